"""Expected failures of a command, which are reported in one line without a traceback."""

from tortoise.exceptions import DBConnectionError, OperationalError

from clinic.database.faults import is_unavailable
from clinic.values.errors import ClinicError
from runtime.backup.errors import BackupFailed
from runtime.commands.refusal_words import refusal_words
from runtime.settings import SettingsInvalid


class CommandFailed(Exception):
    """The reason why nothing was done, in one sentence with the remedy."""


def is_expected(error: BaseException) -> bool:
    """Whether the operator can act on it. A database without our tables answers OperationalError, so that is one."""
    expected = (CommandFailed, BackupFailed, SettingsInvalid, ClinicError, OSError, OperationalError, DBConnectionError)
    return isinstance(error, expected) or is_unavailable(error)


def in_one_line(error: BaseException) -> str:
    """The error message in one line. A message from the database is shortened, because it may quote values."""
    if isinstance(error, ClinicError):
        return " ".join(refusal_words(error).split())
    if isinstance(error, CommandFailed | BackupFailed | SettingsInvalid):
        return " ".join(str(error).split())
    cause = error.args[0] if error.args and isinstance(error.args[0], BaseException) else error
    text = " ".join(str(cause).split())
    return f"the database or the network failed: {type(cause).__name__}{': ' if text else ''}{text[:200]}"
