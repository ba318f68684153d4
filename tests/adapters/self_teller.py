"""A single-use process that tells of itself what the task names."""

import json
import os
import random
import uuid
from collections.abc import Callable
from pathlib import Path

from adapters.subprocess_child import run_task

# Counts in the process that is forked from, if anything of one task were left for the next.
_asked: list[str] = []


def main() -> None:
    run_task(_answer)


def _answer(_content: bytes, task: list[str]) -> tuple[str, bytes]:
    _asked.append(task[0])
    return "ok", json.dumps(_TOLD[task[0]]()).encode()


def _open_files() -> list[int]:
    """Asked one by one, because the box has no /proc."""
    return [number for number in range(256) if _is_open(number)]


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


_TOLD: dict[str, Callable[[], object]] = {
    "environment": lambda: dict(os.environ),
    "open files": _open_files,
    "chance": lambda: [random.random(), str(uuid.uuid4())],
    "asked": lambda: _asked,
    "process": lambda: [os.getpid(), os.getppid()],
    "folder": lambda: str(Path.cwd()),
}
