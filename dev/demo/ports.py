"""Finding ports for the demo: the usual ones, or the next that are free."""

import socket
from dataclasses import dataclass

HOST = "127.0.0.1"
LAST_PORT = 65535


@dataclass(frozen=True)
class Ports:
    """Where the demo's parts listen, all on this machine only."""

    api: int
    portal: int
    smtp: int
    letters: int


@dataclass(frozen=True)
class PortChoice:
    """The ports to use, and a sentence for each that was taken."""

    ports: Ports
    notes: tuple[str, ...]


USUAL = Ports(api=8000, portal=8001, smtp=1025, letters=8025)
_NAMES = {"api": "the API", "portal": "the portal", "smtp": "the mail catcher", "letters": "the page of letters"}


def choose_ports(usual: Ports = USUAL) -> PortChoice:
    """The usual ports; where one is taken, the next free one that no other part wants."""
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
    """Whether a server could listen there now."""
    with socket.socket() as trial:
        # As servers do: a port whose last connections are still fading away is free.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            return False
    return True
