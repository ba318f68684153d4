"""What every throw-away process does first and last: limits, then the content from standard input, then one answer.

The answer is a line with a word, and behind it what was asked for. Dying without an answer is an answer.
"""

import os
import resource
import sys
from collections.abc import Callable

MEMORY = 1_500_000_000
"""Bytes of address space. A page of a hundred megapixels fits; what takes more is meant to."""

PROCESSOR_SECONDS = 30
"""Of processor, not of the clock. Should the parent die, this process ends by itself."""


def answer_with(work: Callable[[bytes, list[str]], tuple[str, bytes]]) -> None:
    """Confine this process, let `work` answer what was asked, and exit."""
    answer_to = _confine()
    content = sys.stdin.buffer.read()
    word, answer = work(content, sys.argv[3:])
    with os.fdopen(answer_to, "wb") as out:
        out.write(word.encode() + b"\n" + answer)
        out.flush()
    # Nothing is left to tidy up, and a library's tidying may crash on a hostile file.
    os._exit(0)


def _confine() -> int:
    """Take away what the work needs not: memory, time, files, the right of way. Gives where the answer goes."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    os.nice(10)
    # What a library prints must not get into the answer.
    answer_to = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return answer_to
