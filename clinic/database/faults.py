"""Classifies exceptions of the database: is it worth another attempt, is the database away, or is it a defect of ours?

Everybody who must tell these apart asks here: actions, the worker, readiness, the commands and both faces.
"""

import errno
import sqlite3
from datetime import timedelta
from enum import StrEnum

from tortoise.exceptions import DBConnectionError, IntegrityError, OperationalError

RETRY_AFTER = timedelta(seconds=5)
"""How long a client is asked to wait while the database or the file store is away. A restart takes about as long."""


class Fault(StrEnum):
    """What an exception means for the work that it ended."""

    # A conflict with another transaction, or a lock that was not free in time. Another attempt may work at once.
    PASSING = "passing"
    # The database, the network or the disk can't be used now. The same work may succeed later.
    OUTAGE = "outage"
    # Another attempt would fail likewise.
    DEFECT = "defect"


# SQLite's result codes (https://sqlite.org/rescode.html) without their extensions.
_SQLITE_PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_SQLITE_OUTAGES = frozenset(
    {
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)

# PostgreSQL's error codes (its manual, appendix A), by their beginning.
_POSTGRES_PASSING = ("40", "55P03")
_POSTGRES_OUTAGES = (
    "08",  # connection
    "25006",  # read-only: a replica, after a failover
    "25P03",  # ended because it was idle in a transaction
    "28",  # the role may not sign in
    "3D000",  # no such database
    "53",  # no disk, no memory, too many connections
    "57014",  # cancelled, or the statement took too long
    "57P",  # shutting down, starting up
    "58",  # the server's files or its system
)

# OSErrors that say something about a path of ours, not about the machine.
_ABOUT_A_PATH = frozenset({errno.ENOENT, errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.EACCES, errno.EPERM})


def fault_of(error: BaseException) -> Fault:
    """What the exception means. An `OSError` of the network or the disk is an outage, too."""
    if isinstance(error, DBConnectionError):
        return Fault.OUTAGE
    driver_error = _driver_error(error)
    if isinstance(driver_error, sqlite3.Error):
        return _sqlite_fault(driver_error)
    code = getattr(driver_error, "sqlstate", None)
    if isinstance(code, str):
        return _postgres_fault(code)
    if isinstance(driver_error, OSError) and driver_error.errno not in _ABOUT_A_PATH:
        return Fault.OUTAGE
    return Fault.OUTAGE if _is_broken_connection(driver_error) else Fault.DEFECT


def is_unavailable(error: BaseException) -> bool:
    """Whether the same work may succeed later, without a change of ours."""
    return fault_of(error) is not Fault.DEFECT


def _driver_error(error: BaseException) -> BaseException:
    """The exception of the driver inside one of Tortoise's, or the exception itself."""
    if isinstance(error, OperationalError):
        inner = error.args[0] if error.args else None
        inner = inner if isinstance(inner, BaseException) else error.__cause__
        # A broken constraint stays what it is: an action may try again, but nobody else.
        if inner is not None and not isinstance(error, IntegrityError):
            return inner
    return error


def _sqlite_fault(error: sqlite3.Error) -> Fault:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return Fault.DEFECT
    if code & 0xFF in _SQLITE_PASSING:
        return Fault.PASSING
    return Fault.OUTAGE if code & 0xFF in _SQLITE_OUTAGES else Fault.DEFECT


def _postgres_fault(code: str) -> Fault:
    if code.startswith(_POSTGRES_PASSING):
        return Fault.PASSING
    return Fault.OUTAGE if code.startswith(_POSTGRES_OUTAGES) else Fault.DEFECT


def _is_broken_connection(error: BaseException) -> bool:
    """What asyncpg itself says of a connection that was cut. Its classes for that are plain `Exception`s.

    They are known by their module, because the core doesn't import drivers. Wrong arguments are ValueErrors.
    """
    return type(error).__module__.partition(".")[0] == "asyncpg" and not isinstance(error, ValueError)
