"""What hostile code in the process that parses strangers' files would try. Each attempt answers what it got."""

import ctypes
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from adapters.subprocess_child import run_task


def main() -> None:
    """Inside the box, where the parsers run."""
    run_task(attempt)


def attempt(content: bytes, arguments: list[str]) -> tuple[str, bytes]:
    """The status `got` with what it got, or `shut` with the error. `content` says where secrets lie and who listens."""
    name, *_ = arguments
    secret, port = content.decode().split("\n")
    try:
        return "got", ATTEMPTS[name](secret, int(port))[:1_000]
    except (OSError, MemoryError, ValueError) as error:
        return "shut", type(error).__name__.encode()


def _read(path: str) -> bytes:
    with Path(path).open("rb") as file:
        found = file.read(10_000)
    if not found:
        raise OSError("nothing in it")
    return found


def _environment_of_anybody(_secret: str, _port: int) -> bytes:
    for process in os.listdir("/proc"):
        if process.isdecimal():
            try:
                return _read(f"/proc/{process}/environ")
            except OSError:
                continue
    raise OSError("of none")


def _memory_of_the_parent(_secret: str, _port: int) -> bytes:
    with Path(f"/proc/{os.getppid()}/mem").open("rb"):
        return b"opened"


def _call(number: int, *arguments: int) -> bytes:
    if ctypes.CDLL(None, use_errno=True).syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return b"done"


def _read_the_parent(_secret: str, _port: int) -> bytes:
    """process_vm_readv without anything to read, which succeeds where it is allowed."""
    return _call(310 if os.uname().machine == "x86_64" else 270, os.getppid(), 0, 0, 0, 0, 0)


def _trace_the_parent(_secret: str, _port: int) -> bytes:
    seize, detach = 0x4206, 17
    number = 101 if os.uname().machine == "x86_64" else 117
    _call(number, seize, os.getppid(), 0, 0)
    _call(number, detach, os.getppid(), 0, 0)
    return b"traced"


def _connect(_secret: str, port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        return b"connected"


def _send(_secret: str, port: int) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outgoing:
        outgoing.sendto(b"secret", ("127.0.0.1", port))
    return b"sent"


def _fork(_secret: str, _port: int) -> bytes:
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return b"forked"


def _write(secret: str, _port: int) -> bytes:
    Path(f"{secret}.made").touch()
    return b"written"


def _limit_the_parent(_secret: str, _port: int) -> bytes:
    return repr(resource.prlimit(os.getppid(), resource.RLIMIT_CPU)).encode()


def _signal_the_parent(_secret: str, _port: int) -> bytes:
    os.kill(os.getppid(), 0)
    return b"signalled"


def _slow_the_parent(_secret: str, _port: int) -> bytes:
    os.setpriority(os.PRIO_PROCESS, os.getppid(), os.getpriority(os.PRIO_PROCESS, os.getppid()))
    return b"slowed"


def _lift_limits(_secret: str, _port: int) -> bytes:
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard + 1, hard + 1) if hard > 0 else (soft, hard))
    return b"lifted"


ATTEMPTS: dict[str, Callable[[str, int], bytes]] = {
    "environment of the parent": lambda _secret, _port: _read(f"/proc/{os.getppid()}/environ"),
    "environment of anybody": _environment_of_anybody,
    "its own environment": lambda _secret, _port: _read("/proc/self/environ"),
    "memory of the parent": _memory_of_the_parent,
    "memory by a call": _read_the_parent,
    "tracing the parent": _trace_the_parent,
    "a settings file": lambda secret, _port: _read(secret),
    "the project's folder": lambda _secret, _port: repr(os.listdir(Path(__file__).parents[2])).encode(),
    "a file of the project": lambda _secret, _port: _read(str(Path(__file__).parents[2] / "pyproject.toml")),
    "a file of the system": lambda _secret, _port: _read("/etc/passwd"),
    "writing a file": _write,
    "a connection": _connect,
    "a datagram": _send,
    "a process": _fork,
    "a program": lambda _secret, _port: subprocess.run([sys.executable, "-c", ""], check=True).args[0].encode(),
    "signals": _signal_the_parent,
    "limits of the parent": _limit_the_parent,
    "priority of the parent": _slow_the_parent,
    "its own limits": _lift_limits,
    "memory": lambda _secret, _port: bytes(bytearray(1_600_000_000)[:1]),
    "open files": lambda _secret, _port: repr([os.dup(0) for _ in range(200)]).encode(),
}


def _forever(_secret: str, _port: int) -> bytes:
    while True:
        pass


ATTEMPTS_ON_TIME_AND_SIZE: dict[str, Callable[[str, int], bytes]] = {"time": _forever}
ATTEMPTS.update(ATTEMPTS_ON_TIME_AND_SIZE)
