"""Runs a command of ours within the test's process, which takes milliseconds where a process takes a second."""

import json
from dataclasses import dataclass
from typing import Any

import typer
from typer.testing import CliRunner


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
