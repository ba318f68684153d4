"""Starts the single-use processes of a task from a process that has its libraries loaded (`adapters.fork_server`).

A start takes a few milliseconds instead of a tenth of a second or more. Linux only; elsewhere each is a new process.
"""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import cache

from adapters.fork_server import STARTED

# The child gets this process's import path but not its environment, which contains the secret keys.
STARTER = "import sys, importlib; sys.path[:] = sys.argv[1].split('\\n'); importlib.import_module(sys.argv[2]).main()"
ENVIRONMENT = {"LANG": "C.UTF-8"}

IDLE_SECONDS = 60.0
"""How long a server waits for another task. Then it ends, so that its memory is free."""

# Seconds that a server may take to end with this process.
_EXIT_TIMEOUT = 2.0


class ServerGone(Exception):
    """The server ended, or could not be started."""


def starter_arguments(module: str) -> list[str]:
    """The command that runs a module's `main` in a new Python."""
    paths = "\n".join(path or os.getcwd() for path in sys.path)
    return [sys.executable, "-I", "-c", STARTER, paths, module]


@cache
def is_possible() -> bool:
    """Whether this system can wait for a process without a race, which a server needs."""
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:
        return False
    return True


class ForkedProcess:
    """One task's process, like `asyncio.subprocess.Process` as far as the pool needs it."""

    def __init__(self, stream: tuple[StreamReader, StreamWriter], life: tuple[StreamReader, StreamWriter]) -> None:
        self.stdout, self.stdin = stream
        self._told, self._teller = life
        self.returncode: int | None = None

    async def has_started(self) -> bool:
        """False if the server ended before it read the request."""
        return await self._told.readline() == STARTED

    def kill(self) -> None:
        self._teller.write(b"kill\n")

    async def wait(self) -> None:
        """Until it has ended. Then its sockets are closed."""
        if self.returncode is None:
            # Nothing is told where the server was killed.
            self.returncode = int(await self._told.readline() or -signal.SIGKILL)
        self.close()
        for writer in (self.stdin, self._teller):
            with suppress(OSError):
                await writer.wait_closed()

    def close(self) -> None:
        """A process that still runs is killed by its server then."""
        self.stdin.close()
        self._teller.close()


class ForkServer:
    """The server for one module's tasks. It starts with the first task, and again after it ended."""

    def __init__(self, module: str, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._module = module
        self._idle_seconds = idle_seconds
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._reaper: threading.Thread | None = None

    async def start(self, task: Sequence[str]) -> ForkedProcess:
        """A new process at this task. Raises `ServerGone`. A caller that is cancelled meanwhile leaves none."""
        for _ in range(2):
            stream, theirs = socket.socketpair()
            life, their_life = socket.socketpair()
            with ExitStack() as undone:
                undone.callback(stream.close)
                undone.callback(life.close)
                with theirs, their_life:
                    await asyncio.to_thread(self._send, json.dumps(list(task)).encode(), (theirs, their_life))
                streams = await asyncio.open_unix_connection(sock=stream)
                undone.callback(streams[1].close)
                told = await asyncio.open_unix_connection(sock=life)
                undone.callback(told[1].close)
                process = ForkedProcess(streams, told)
                if await process.has_started():
                    undone.pop_all()
                    return process
        raise ServerGone

    def _send(self, request: bytes, sockets: Sequence[socket.socket]) -> None:
        numbers = [one.fileno() for one in sockets]
        with self._lock:
            if self._control is not None:
                try:
                    socket.send_fds(self._control, [request], numbers)
                except OSError:
                    self._end()
                else:
                    return
            self._launch()
            assert self._control is not None  # noqa: S101  just launched
            socket.send_fds(self._control, [request], numbers)

    def _launch(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        number = theirs.fileno()
        with theirs:
            process = subprocess.Popen(  # noqa: S603  our own module
                [*starter_arguments("adapters.fork_server"), self._module, str(number), str(self._idle_seconds)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=ENVIRONMENT,
                pass_fds=[number],
            )
        # It ends by itself when nobody asks for a while, and would otherwise stay in the list of processes.
        self._reaper = threading.Thread(target=process.wait, name=f"waits for {self._module}", daemon=True)
        self._reaper.start()

    def _end(self) -> None:
        """End the server with all that it forked."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._reaper is not None:
            self._reaper.join(_EXIT_TIMEOUT)
            self._reaper = None

    def end(self) -> None:
        with self._lock:
            self._end()

    def wait(self) -> None:
        """Until the server has ended by itself. Blocks."""
        if self._reaper is not None:
            self._reaper.join()


_servers: dict[tuple[int, str], ForkServer] = {}


def server_for(module: str) -> ForkServer:
    """The one server of this process for this module's tasks."""
    key = (os.getpid(), module)
    if key not in _servers:
        _servers[key] = ForkServer(module)
        atexit.register(_servers[key].end)
    return _servers[key]
