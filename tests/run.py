"""What all workers of one test run share: a PostgreSQL server, migrated databases to clone, whatever is made once.

Each worker is a process. Whichever first needs a thing makes it, the others wait for that and use it too.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from runtime.database import migrate
from tests.databases import PostgresServer

_TEMPLATE = "migrated"
_SERVER = "postgres"


def shared_folder(config: pytest.Config, folders: pytest.TempPathFactory) -> Path:
    """The temporary folder of the whole run; a worker's own lies inside it."""
    own = folders.getbasetemp()
    return own.parent if hasattr(config, "workerinput") else own


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


@contextmanager
def alone(shared: Path, name: str) -> Iterator[Path]:
    """No other worker is in here meanwhile. The file of that name is for telling the next what was made."""
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield shared / name


def server_of_the_run(shared: Path, config: pytest.Config) -> PostgresServer:
    """The PostgreSQL server, started by the first who asks. It ends with the process that outlives all workers."""
    with alone(shared, _SERVER) as noted:
        if noted.exists():
            return PostgresServer(Path(noted.read_text()))
        server = PostgresServer()
        # Noted before it starts: whatever comes of that, the run's end tidies it up.
        noted.write_text(str(server.folder))
        server.start(until_end_of=os.getppid() if is_worker(config) else os.getpid())
        return server


def stop_server_of_the_run(shared: Path) -> None:
    """For the process that outlives all workers. Where nobody asked for a server there is none."""
    noted = shared / _SERVER
    if noted.exists():
        PostgresServer(Path(noted.read_text())).stop()
        noted.unlink()


class Clones:
    """Migrated, empty databases, as many as are asked for: the migrations run once a run for each kind."""

    def __init__(self, shared: Path, server: PostgresServer, worker: str) -> None:
        self._shared = shared
        self._server = server
        self._worker = worker
        self._numbers = count(1)

    async def postgres(self) -> str:
        """The address of a new database on the run's server."""
        with alone(self._shared, f"{_TEMPLATE}-postgres") as noted:
            if not noted.exists():
                await self._server.run(f"CREATE DATABASE {_TEMPLATE}")
                await migrate(self._server.url(_TEMPLATE))
                noted.touch()
            name = f"clone_{self._worker}_{next(self._numbers)}"
            await self._server.run(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        return self._server.url(name)

    async def drop(self, url: str) -> None:
        await self._server.run(f"DROP DATABASE {name_in(url)} WITH (FORCE)")


async def migrated_sqlite(shared: Path) -> Path:
    """A migrated file to copy."""
    with alone(shared, f"{_TEMPLATE}-sqlite") as noted:
        file = noted.with_suffix(".sqlite3")
        if not noted.exists():
            await migrate(f"sqlite://{file}")
            noted.touch()
        return file


def sqlite_copy(template: Path, path: Path) -> str:
    """The address of a copy of that file. Nothing of a test need survive a power cut: no commit waits for the disk."""
    return f"sqlite://{shutil.copyfile(template, path)}?synchronous=OFF"


def name_in(postgres_url: str) -> str:
    """The database's name in its address."""
    return postgres_url.partition("@/")[2].partition("?")[0]
