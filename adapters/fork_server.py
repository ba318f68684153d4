"""A process that loads the libraries of one kind of task once, and forks for each task. Linux only.

It never reads a document itself. A forked process is as fresh as a new one: it has the libraries and one socket, enters
the box and ends after its answer. `adapters.forking` starts this process and asks it; decision 0093 says why.
"""

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass

from adapters import sandbox

MAX_REQUEST_BYTES = 16_384
STARTED = b"started\n"


@dataclass(frozen=True, eq=False)
class _Running:
    """One forked process. `end` becomes readable when it has ended, `caller` when nobody wants its answer any more."""

    pid: int
    end: int
    caller: socket.socket


def main() -> None:
    """Load the module named in the arguments, then fork for each request on the socket of that number, until none comes
    for so many seconds.
    """
    # Of the same user, and its children parse strangers' files.
    sandbox.forbid_reading_this_process()
    module = importlib.import_module(sys.argv[3])
    for name in getattr(module, "LOADED_BEFORE", ()):
        importlib.import_module(name)
    if threading.active_count() > 1 or len(os.listdir("/proc/self/task")) > 1:
        raise RuntimeError("A process with threads can't be forked safely.")
    # Looking at these objects for garbage would copy the memory that the forked processes share.
    gc.collect()
    gc.freeze()
    task = _serve(socket.socket(fileno=int(sys.argv[4])), float(sys.argv[5]))
    if task is not None:
        sys.argv[3:] = task
        module.main()
        sys.stdout.flush()
    # What the libraries of this process do when it ends is not done again in each forked one.
    os._exit(0)


def _serve(control: socket.socket, idle_seconds: float) -> list[str] | None:
    """Returns the task in each forked process, and None in this one once nobody asks any more."""
    running: list[_Running] = []
    while True:
        watched = {one.end: one for one in running} | {one.caller.fileno(): one for one in running}
        ready, _, _ = select.select([control.fileno(), *watched], [], [], None if running else idle_seconds)
        if not ready:
            return None
        for one in {watched[number] for number in ready if number in watched}:
            _finish(one)
            running.remove(one)
        if control.fileno() in ready:
            request, received, _, _ = socket.recv_fds(control, MAX_REQUEST_BYTES, 2)
            if not request:
                break
            pid = os.fork()
            if pid == 0:
                _forget([control, *(one.caller for one in running)])
                _take_over(received[0])
                return [str(word) for word in json.loads(request)]
            running.append(_Running(pid, os.pidfd_open(pid), socket.socket(fileno=received[1])))
            os.close(received[0])
            with suppress(OSError):
                running[-1].caller.sendall(STARTED)
    # The process that asks has ended.
    for one in running:
        _finish(one)
    return None


def _finish(one: _Running) -> None:
    """Kill the process unless it has ended, and tell its exit code. Nobody else has its id before this waits for it."""
    os.kill(one.pid, signal.SIGKILL)
    _, status = os.waitpid(one.pid, 0)
    os.close(one.end)
    with one.caller, suppress(OSError):
        one.caller.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _forget(sockets: list[socket.socket]) -> None:
    """These objects no longer own the numbers of files that a later one may get."""
    for one in sockets:
        one.detach()


def _take_over(stream: int) -> None:
    """The socket becomes standard input and output, and every other open file is closed."""
    os.dup2(stream, 0)
    os.dup2(stream, 1)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
