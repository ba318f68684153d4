"""The frame of every single-use child process: set limits, read standard input, write one answer.

The answer is a line with a status word, followed by the content. The parent treats a missing answer as a failure.
"""

import os
import resource
import sys
from collections.abc import Callable

from adapters import sandbox

MEMORY_LIMIT = 1_500_000_000
"""Bytes of address space. A page of 100 megapixels fits; a file that needs more is treated as an attack."""

CPU_SECONDS = 30
"""Seconds of processor time. It also ends a process whose parent has died."""


def run_task(work: Callable[[bytes, list[str]], tuple[str, bytes]], *, network: bool = False) -> None:
    """Apply the limits, enter the box, run `work` on standard input and the arguments, write its answer and exit.

    With `network` the process can ask servers; only a task that needs one may.
    """
    answer_to = _apply_limits()
    sandbox.enter(network=network)
    content = sys.stdin.buffer.read()
    word, answer = work(content, sys.argv[3:])
    with os.fdopen(answer_to, "wb") as out:
        out.write(word.encode() + b"\n" + answer)
        out.flush()
    # Skip the libraries' cleanup: it may crash after reading a hostile file.
    os._exit(0)


def _apply_limits() -> int:
    """Limit memory, time, file size and priority. Returns the file descriptor for the answer."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    os.nice(10)
    # Anything that a library prints must stay out of the answer.
    answer_to = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return answer_to
