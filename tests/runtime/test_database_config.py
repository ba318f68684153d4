"""From the address to an open database: what each part of it means, what is refused, and who closes."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tortoise.context import TortoiseContext, get_current_context
from tortoise.exceptions import ConfigurationError

from clinic.organizations.models import Organization
from runtime.database import DatabaseUrlInvalid, open_database, tortoise_config
from tests.clock import FixedClock


def _credentials(database_url: str, pool_size: int = 10) -> dict[str, object]:
    credentials: dict[str, object] = tortoise_config(database_url, pool_size=pool_size)["connections"]["default"][
        "credentials"
    ]
    return credentials


class TestAddress:
    @pytest.mark.parametrize(
        ("database_url", "path"),
        [
            ("sqlite://var/vestibule.sqlite3", "var/vestibule.sqlite3"),
            ("sqlite:///srv/vestibule.sqlite3", "/srv/vestibule.sqlite3"),
            ("sqlite://name%20with%20spaces.sqlite3", "name with spaces.sqlite3"),
        ],
    )
    def test_sqlite_names_a_file(self, database_url: str, path: str) -> None:
        expected = {"file_path": path, "busy_timeout": 10_000, "synchronous": "FULL"}
        assert _credentials(database_url) == expected

    def test_sqlite_pragmas_may_follow(self) -> None:
        assert _credentials("sqlite://x.sqlite3?busy_timeout=50")["busy_timeout"] == "50"

    def test_postgres_names_server_user_and_database(self) -> None:
        assert _credentials("postgres://ann:p%40ss@db.example:6432/clinic", pool_size=7) == {
            "host": "db.example",
            "port": 6432,
            "user": "ann",
            "password": "p@ss",
            "database": "clinic",
            "minsize": 1,
            "maxsize": 7,
            "timeout": 5.0,
        }

    def test_postgres_options_are_passed_on_with_their_type(self) -> None:
        url = "postgresql:///clinic?host=/run/postgresql&statement_cache_size=0&maxsize=3&sslmode=require"
        credentials = _credentials(url)
        assert credentials["host"] == "/run/postgresql"
        assert credentials["statement_cache_size"] == 0
        assert credentials["maxsize"] == 3
        assert credentials["ssl"] == "require"

    @pytest.mark.parametrize(
        ("database_url", "problem"),
        [
            ("mysql://ann:secret@db/clinic", "must begin with sqlite:// or postgres://"),
            ("sqlite://", "must name a file"),
            ("sqlite://:memory:", "must name a file"),
            ("sqlite://x.sqlite3?busy_timeout=1;DROP", "pragmas only"),
            ("postgres://ann:secret@db", "must name a server and a database"),
            ("postgres:///clinic", "must name a server and a database"),
            ("postgres://ann:secret@db:70000/clinic", "port that is no number up to 65535"),
            ("postgres://ann:secret@db/clinic?colour=red", "not known: colour"),
            ("postgres://ann:secret@db/clinic?maxsize=many", "no number: maxsize"),
        ],
    )
    def test_wrong_address_is_refused_without_repeating_the_password(self, database_url: str, problem: str) -> None:
        with pytest.raises(DatabaseUrlInvalid) as refusal:
            tortoise_config(database_url)
        assert problem in str(refusal.value)
        assert "secret" not in str(refusal.value)


class TestOpenDatabase:
    async def test_any_task_finds_it_until_the_block_ends(self, database_url: str) -> None:
        found = asyncio.Event()

        async def elsewhere() -> int:
            await found.wait()
            return await Organization.all().count()

        task = asyncio.create_task(elsewhere())  # its context was copied before the database was open
        async with open_database(database_url):
            found.set()
            assert await task == 0
        assert get_current_context() is None

    async def test_opened_twice_it_is_shared_and_closed_by_the_last(self, database_url: str) -> None:
        first, second = open_database(database_url), open_database(database_url)
        assert await first.__aenter__() is await second.__aenter__()
        await first.__aexit__(None, None, None)
        assert await Organization.all().count() == 0
        await second.__aexit__(None, None, None)
        assert get_current_context() is None

    async def test_databases_of_both_kinds_may_follow_each_other(
        self, sqlite_database: str, postgres_database: str, tmp_path: Path
    ) -> None:
        for url in (sqlite_database, postgres_database, postgres_database, sqlite_database, sqlite_database):
            async with open_database(url) as context:
                await Organization.all().delete()
                await Organization.create(slug="willow-creek", name="Willow Creek", created_at=datetime.now(UTC))
                # SQLite has its own operator for this, and another placeholder.
                assert [row.name for row in await Organization.filter(slug__icontains="WILLOW")] == ["Willow Creek"]
                assert context.db().capabilities.dialect == url.partition(":")[0]

    async def test_another_database_at_the_same_time_is_refused(
        self, database: TortoiseContext, database_kind: str, tmp_path: Path
    ) -> None:
        other = f"sqlite://{tmp_path}/other.sqlite3" if database_kind == "postgres" else "postgres://x@127.0.0.1/other"
        with pytest.raises(ConfigurationError):
            async with open_database(other):
                pass
        # Statements that are made anew and statements that were prepared are still in the open database's own SQL.
        willow = await Organization.create(slug="willow-creek", name="Willow Creek", created_at=datetime.now(UTC))
        assert [row.name for row in await Organization.filter(slug__icontains="WILLOW")] == ["Willow Creek"]
        await willow.delete()
        assert await Organization.all().count() == 0

    async def test_sqlite_connection_is_set_up_as_decided(self, sqlite_database: str) -> None:
        full = 2  # each commit is on disk before it is acknowledged
        expected = {"foreign_keys": 1, "journal_mode": "wal", "busy_timeout": 10_000, "synchronous": full}
        async with open_database(sqlite_database.partition("?")[0]) as context:
            answers = {name: (await context.db().execute_query(f"PRAGMA {name}"))[1][0][0] for name in expected}
        assert answers == expected

    def test_process_that_fails_while_it_is_open_ends_at_once(self, sqlite_database: str) -> None:
        script = (
            "import asyncio\nfrom runtime.database import open_database\n"
            "from clinic.organizations.models import Organization\n"
            "async def main():\n"
            f"    async with open_database({sqlite_database!r}):\n"
            "        print(await Organization.all().count(), flush=True)\n"
            "        raise SystemExit(7)\n"
            "asyncio.run(main())\n"
        )
        root = Path(__file__).parents[2]
        ended = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, timeout=60, check=False)
        assert (ended.returncode, ended.stdout) == (7, b"0\n")


class TestFixtures:
    @pytest.mark.parametrize("turn", [1, 2])
    async def test_each_test_finds_the_database_empty(
        self, database: TortoiseContext, clock: FixedClock, turn: int
    ) -> None:
        assert await Organization.all().count() == 0
        await Organization.create(slug=f"practice-{turn}", name="Practice", created_at=clock.now())
        assert (await Organization.get()).created_at == clock.now()
