"""Failures of a command that the person who typed it can mend: said in one line, without a traceback."""

import sqlite3

import asyncpg
from tortoise.exceptions import DBConnectionError, OperationalError

from clinic.values.errors import ClinicError
from runtime.commands.refusal_words import refusal_words
from runtime.settings import SettingsInvalid


class CommandFailed(Exception):
    """Why nothing was done, in one sentence that names the remedy."""


EXPECTED = (
    CommandFailed,
    SettingsInvalid,
    ClinicError,
    OSError,
    DBConnectionError,
    OperationalError,
    sqlite3.OperationalError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)


def in_one_line(error: BaseException) -> str:
    """What the error says, without the values a database may quote and without line breaks."""
    if isinstance(error, ClinicError):
        return " ".join(refusal_words(error).split())
    if isinstance(error, CommandFailed | SettingsInvalid):
        return " ".join(str(error).split())
    cause = error.args[0] if error.args and isinstance(error.args[0], BaseException) else error
    text = " ".join(str(cause).split())
    return f"the database or the network failed: {type(cause).__name__}{': ' if text else ''}{text[:200]}"
