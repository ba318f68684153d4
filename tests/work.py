"""How much Python work something does: lines run, which is the same on a busy machine and on an idle one."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import graphql
import strawberry

import api
import clinic
import runtime

# What runs for each request on the event loop, and code that is made while running, such as plans. Drivers and the loop
# are left out: how often they wake up is chance.
COUNTED = (*(str(Path(package.__path__[0])) for package in (api, clinic, runtime, strawberry, graphql)), "<")
# A planted fault is written in a test.
PLANTED = str(Path(__file__).parent / "api")


@dataclass
class Work:
    """Lines run so far."""

    lines: int = 0


@contextmanager
def counted_work() -> Iterator[Work]:
    """Counts the lines that this thread runs within the block, in our code and in the GraphQL libraries."""
    work = Work()

    def by_line(_frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            work.lines += 1
        return by_line

    def by_call(frame: FrameType, _event: str, _argument: Any) -> Any:
        return by_line if frame.f_code.co_filename.startswith((*COUNTED, PLANTED)) else None

    before = sys.gettrace()
    sys.settrace(by_call)
    try:
        yield work
    finally:
        sys.settrace(before)
