"""Chooses ports for the demo: the default ones, or the next free ones."""

import socket
from dataclasses import dataclass

HOST = "127.0.0.1"
LAST_PORT = 65535


@dataclass(frozen=True)
class Ports:
    """The ports of the demo's parts, which listen on the loopback address only."""

    api: int
    portal: int
    smtp: int
    letters: int


@dataclass(frozen=True)
class PortChoice:
    """The ports to use, and a sentence for each default port that was taken."""

    ports: Ports
    notes: tuple[str, ...]


USUAL = Ports(api=8000, portal=8001, smtp=1025, letters=8025)
_NAMES = {"api": "the API", "portal": "the portal", "smtp": "the mail catcher", "letters": "the page of letters"}


def choose_ports(usual: Ports = USUAL) -> PortChoice:
    """For each part its default port, or the next free port that is no other part's default."""
    wanted = vars(usual)
    chosen: dict[str, int] = {}
    notes: list[str] = []
    for name, port in wanted.items():
        others = {*chosen.values(), *(each for other, each in wanted.items() if other != name)}
        free = next(each for each in range(port, LAST_PORT + 1) if each not in others and is_free(each))
        chosen[name] = free
        if free != port:
            notes.append(f"Port {port} is taken: {_NAMES[name]} uses {free} instead.")
    return PortChoice(Ports(**chosen), tuple(notes))


def is_free(port: int) -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as trial:
        # Servers set this option too: a port with connections in TIME_WAIT counts as free.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            return False
    return True
