"""Opens the database of VESTIBULE_DATABASE_URL: Tortoise's configuration and the lifetime of the connections."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.context import TortoiseContext
from tortoise.exceptions import ConfigurationError

from runtime.database.transactions import finish

CONNECTION = "default"
APP = "clinic"

AppsConfig = Mapping[str, Mapping[str, Any]]

CLINIC_APPS: AppsConfig = {
    APP: {
        "models": [
            "clinic.organizations.models",
            "clinic.staff.models",
            "clinic.factors.models",
            "clinic.single_sign_on.models",
            "clinic.service_accounts.models",
            "clinic.webhooks.models",
            "clinic.sessions.models",
            "clinic.records.models",
            "clinic.portal_access.models",
            "clinic.documents.models",
            "clinic.mail.models",
            "clinic.work.models",
            "clinic.throttling.models",
        ],
        "default_connection": CONNECTION,
        "migrations": "clinic.migrations",
    }
}

# Milliseconds that a process waits for another's write lock. A transaction takes a few milliseconds.
_BUSY_TIMEOUT = 10_000

CONNECT_SECONDS = 5.0
"""For a new connection to PostgreSQL, and for a free one of the pool."""

# The options of asyncpg and its pool, with their types.
_POSTGRES_OPTIONS: Mapping[str, type[str] | type[int] | type[float]] = {
    "host": str,
    "port": int,
    "ssl": str,
    "application_name": str,
    "schema": str,
    "minsize": int,
    "maxsize": int,
    "max_queries": int,
    "statement_cache_size": int,
    "max_cached_statement_lifetime": int,
    "max_cacheable_statement_size": int,
    "timeout": float,
    "command_timeout": float,
    "max_inactive_connection_lifetime": float,
}


class DatabaseUrlInvalid(ValueError):
    """The database URL is invalid. `problem` says what is expected, without the URL, which contains a password."""

    def __init__(self, problem: str) -> None:
        self.problem = problem
        super().__init__(f"VESTIBULE_DATABASE_URL {problem}")


def sqlite_path(database_url: str) -> Path | None:
    """The file of a SQLite URL, or None for another database. A path without a slash is relative."""
    if not database_url.startswith("sqlite://"):
        return None
    path = unquote(database_url.removeprefix("sqlite://").partition("?")[0])
    if not path or path == ":memory:":
        raise DatabaseUrlInvalid("must name a file, such as sqlite://var/vestibule.sqlite3")
    return Path(path)


def _sqlite_credentials(path: Path, query: str) -> dict[str, Any]:
    options = dict(parse_qsl(query, keep_blank_values=True))
    for name, value in options.items():
        if not re.fullmatch(r"[a-z_]+", name) or not re.fullmatch(r"-?\w+", value):
            raise DatabaseUrlInvalid("may be followed by pragmas only, such as ?busy_timeout=5000")
    # busy_timeout comes first, so that the other pragmas already wait for locks of other processes.
    # FULL: with NORMAL, a power cut may take the last commits, which people were told of. It costs some milliseconds
    # for each commit (docs/operations.md).
    return {"file_path": str(path), "busy_timeout": _BUSY_TIMEOUT, "synchronous": "FULL"} | options


def _postgres_options(query: str) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        name = "ssl" if name == "sslmode" else name
        wanted = _POSTGRES_OPTIONS.get(name)
        if wanted is None:
            raise DatabaseUrlInvalid(f"has an option that is not known: {name}")
        try:
            options[name] = wanted(value)
        except ValueError:
            raise DatabaseUrlInvalid(f"has an option that is no number: {name}") from None
    return options


def postgres_credentials(database_url: str, pool_size: int = 10) -> dict[str, Any]:
    """The arguments for Tortoise's client: host, port, user, password, database, pool size, and asyncpg's options."""
    parts = urlsplit(database_url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise DatabaseUrlInvalid("must begin with sqlite:// or postgres://")
    database = unquote(parts.path.removeprefix("/"))
    try:
        port = parts.port or 5432
    except ValueError:
        raise DatabaseUrlInvalid("has a port that is no number up to 65535") from None
    credentials = {
        "host": unquote(parts.hostname) if parts.hostname else None,
        "port": port,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "database": database,
        "minsize": 1,
        "maxsize": pool_size,
        # asyncpg would wait for a minute for a server that does not answer at all.
        "timeout": CONNECT_SECONDS,
    } | _postgres_options(parts.query)
    if not database or not credentials["host"]:
        raise DatabaseUrlInvalid("must name a server and a database: postgres://user:password@host:5432/name")
    return credentials


def own_connection(database_url: str) -> dict[str, Any] | None:
    """The arguments of `asyncpg.connect` for a connection outside the pool, or None for SQLite. Suits PgBouncer."""
    if sqlite_path(database_url) is not None:
        return None
    options = postgres_credentials(database_url)
    named = {name: options[name] for name in ("host", "port", "user", "password", "database")}
    return named | {"ssl": options.get("ssl"), "statement_cache_size": 0}


def tortoise_config(database_url: str, *, pool_size: int = 10, apps: AppsConfig = CLINIC_APPS) -> dict[str, Any]:
    """Tortoise's configuration for one of `sqlite://path` and `postgres://user:password@host:port/name?option=…`.

    `pool_size` limits the connections of one process to PostgreSQL. The URL's `maxsize` takes precedence.
    """
    path = sqlite_path(database_url)
    if path is None:
        engine, credentials = "postgres", postgres_credentials(database_url, pool_size)
    else:
        engine, credentials = "sqlite", _sqlite_credentials(path, database_url.partition("?")[2])
    return {
        "connections": {CONNECTION: {"engine": f"runtime.database.{engine}_engine", "credentials": credentials}},
        "apps": {label: dict(app) for label, app in apps.items()},
        "use_tz": True,
        "timezone": "UTC",
    }


def make_folder(database_url: str) -> None:
    """Create the folder of a SQLite file, readable only by its owner, because the file contains patient records."""
    path = sqlite_path(database_url)
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def forget_prepared_sql() -> None:
    """Clear what Tortoise prepared for the models, which would be wrong for a database with another dialect."""
    global _prepared_for
    _prepared_for = None
    EXECUTOR_CACHE.clear()


@dataclass
class _Opened:
    """The open database of this process, and its number of users."""

    database_url: str
    context: TortoiseContext
    users: int = 0


_current: _Opened | None = None
# The engine and the models for which Tortoise has prepared its queries. They are the same for all databases of a kind.
_prepared_for: tuple[str, AppsConfig] | None = None


async def _open(database_url: str, pool_size: int, apps: AppsConfig) -> _Opened:
    global _current, _prepared_for  # Tortoise has one global context per process, and so have we
    if _current is not None:
        if _current.database_url != database_url:
            # Tortoise would only refuse after it had prepared all queries in the other database's dialect.
            raise ConfigurationError("This process has another database open.")
        return _current
    make_folder(database_url)
    config = tortoise_config(database_url, pool_size=pool_size, apps=apps)
    wanted = (config["connections"][CONNECTION]["engine"], config["apps"])
    prepared = wanted == _prepared_for
    if not prepared:
        forget_prepared_sql()
    context = TortoiseContext()
    # Servers run start-up and requests in different tasks, and only the global fallback is visible in all of them.
    # Only the fallback remains active after this block, so any task may close the database.
    with context:
        # Without connections Tortoise prepares no queries. They are opened by the first query in either case.
        await context.init(config, init_connections=not prepared, _enable_global_fallback=True)
    _prepared_for = wanted
    _current = _Opened(database_url, context)
    return _current


async def _close(opened: _Opened) -> None:
    global _current
    opened.users -= 1
    if opened.users == 0:
        _current = None
        # An open SQLite connection would make the process hang at its exit.
        await finish(opened.context.close_connections())


@asynccontextmanager
async def open_database(
    database_url: str, *, pool_size: int = 10, apps: AppsConfig = CLINIC_APPS
) -> AsyncIterator[TortoiseContext]:
    """Open the database for all tasks of this process. All connections are closed when the last block ends.

    A process has one database: opening the same URL again shares it, another URL raises ConfigurationError.
    Connections are opened by the first query, so an unreachable server raises there.
    """
    opened = await _open(database_url, pool_size, apps)
    opened.users += 1
    try:
        yield opened.context
    finally:
        await _close(opened)
