"""Runs a command of ours within the test's process, which takes milliseconds where a process takes a second."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import typer
from typer.testing import CliRunner

from runtime.database import open_database

T = TypeVar("T")
Look = Callable[[Callable[[], Awaitable[Any]]], Any]


@dataclass(frozen=True)
class Answer:
    """What a command printed, and why it failed, if it did."""

    output: str
    errors: str
    failure: BaseException | None
    exit_code: int

    @property
    def as_json(self) -> Any:
        assert self.failure is None, self.failure
        return json.loads(self.output)


def run(program: typer.Typer, *arguments: str, typed: str = "") -> Answer:
    """Run the command with these words on standard input."""
    done = CliRunner().invoke(program, list(arguments), input=typed)
    failure = done.exception if not isinstance(done.exception, SystemExit) else None
    return Answer(done.stdout, done.stderr, failure, done.exit_code)


def looking_into(database_url: str) -> Look:
    """A function that runs another one with the database open, beside the commands, which open it themselves."""

    def look(read: Callable[[], Awaitable[T]]) -> T:
        async def opened() -> T:
            async with open_database(database_url):
                return await read()

        return asyncio.run(opened())

    return look
