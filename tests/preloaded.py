"""Starts our programs from a process that has loaded their libraries already: it forks for each start.

Loading takes more than a second of processor time, and the suite starts hundreds of programs. The tests of the commands
and of the demo (`tests/runtime`) start the installed command itself.
"""

import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from runtime.cli import COMMANDS

# `serve` returns in each forked process, which then does what the installed command does.
_CODE = "import sys; from tests.preloaded import serve; serve(int(sys.argv[1])); from runtime.cli import main; main()"
# What the commands load only when they run.
_LOADED_LATER = (
    "adapters.openid",
    "adapters.program_keys",
    "adapters.second_factors",
    "aiosqlite",
    "asyncpg",
    "api.app",
    "patient_portal.app",
    "tortoise.backends.asyncpg.client",
    "tortoise.backends.sqlite.client",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.websockets.auto",
)


class StartedProgram:
    """A running `vestibule …`, with the part of `subprocess.Popen` that tests need."""

    def __init__(self, status: IO[bytes]) -> None:
        """`status` gives a line with the process's id and, when it has ended, a line with its exit code."""
        self._status = status
        self.pid = int(status.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, negative for a signal, or None while the program runs."""
        return self._ended_within(0)

    def wait(self, seconds: float) -> int:
        """The exit code. Raises `subprocess.TimeoutExpired`."""
        code = self._ended_within(seconds)
        if code is None:
            raise subprocess.TimeoutExpired("vestibule", seconds)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _ended_within(self, seconds: float) -> int | None:
        if self.returncode is None and select.select([self._status], [], [], seconds)[0]:
            with self._status:
                self.returncode = int(self._status.readline())
        return self.returncode


def start(
    arguments: Sequence[str], environment: Mapping[str, str], streams: tuple[int, int, int], folder: Path | None = None
) -> StartedProgram:
    """Start `vestibule` with these arguments, this whole environment, and standard input, output and error."""
    request = json.dumps([list(arguments), dict(environment), str(folder or Path.cwd())]).encode()
    reads, writes = os.pipe()
    try:
        _server().ask(request, [*streams, writes])
    finally:
        os.close(writes)
    return StartedProgram(open(reads, "rb", buffering=0))  # it closes the file


def run(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    typed: str = "",
    folder: Path | None = None,
    timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end. Raises `subprocess.TimeoutExpired`, after killing it."""
    with TemporaryFile("w+") as given, TemporaryFile("w+") as printed, TemporaryFile("w+") as complained:
        given.write(typed)
        given.seek(0)
        streams = (given.fileno(), printed.fileno(), complained.fileno())
        started = start(arguments, environment, streams, folder)
        try:
            code = started.wait(timeout)
        except subprocess.TimeoutExpired:
            started.send_signal(signal.SIGKILL)
            started.wait(timeout)
            raise
        printed.seek(0)
        complained.seek(0)
        return subprocess.CompletedProcess(["vestibule", *arguments], code, printed.read(), complained.read())


class _Server:
    """The loaded process of this test process. It ends when this process does."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        self._lock = threading.Lock()
        with theirs:
            command = [sys.executable, "-c", _CODE, str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        atexit.register(self._end)

    def ask(self, request: bytes, streams: list[int]) -> None:
        with self._lock:
            socket.send_fds(self._socket, [len(request).to_bytes(4, "big")], streams)
            self._socket.sendall(request)

    def _end(self) -> None:
        self._socket.close()
        self._process.wait()


_lock = threading.Lock()
_running: list[_Server] = []


def _server() -> _Server:
    with _lock:
        if not _running:
            _running.append(_Server())
        return _running[0]


def serve(number: int) -> None:
    """Fork for each request on the socket of that number. Returns in the forked processes only."""
    for name in (*(command.module for command in COMMANDS.values()), *_LOADED_LATER):
        import_module(name)
    if threading.active_count() > 1:
        raise RuntimeError("A process with threads can't be forked safely.")
    gc.freeze()
    requests = socket.socket(fileno=number)
    while True:
        length, received, _, _ = socket.recv_fds(requests, 4, 4)
        if not length:
            os._exit(0)
        arguments, environment, folder = json.loads(_exactly(requests, int.from_bytes(length, "big")))
        *streams, status = received
        if os.fork() == 0:
            requests.close()
            if _is_forked_program(status):
                _become(arguments, environment, folder, streams)
                return
        for one in received:
            os.close(one)
        _reap()


def _reap() -> None:
    """Take leave of the processes that have reported a program's end."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def _exactly(requests: socket.socket, length: int) -> bytes:
    came = b""
    while len(came) < length and (more := requests.recv(length - len(came))):
        came += more
    return came


def _is_forked_program(status: int) -> bool:
    """Fork once more: the first process reports the second's id and its end, and never returns."""
    pid = os.fork()
    if pid == 0:
        os.close(status)
        return True
    os.write(status, b"%d\n" % pid)
    _, ended = os.waitpid(pid, 0)
    os.write(status, b"%d\n" % os.waitstatus_to_exitcode(ended))
    os._exit(0)


def _become(arguments: list[str], environment: dict[str, str], folder: str, streams: list[int]) -> None:
    """Take over what a new process would have been given."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv[1:] = arguments
