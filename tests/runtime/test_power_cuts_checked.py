"""`vestibule check` says whether a power cut takes what the database has acknowledged."""

from collections.abc import Iterator

import pytest

from runtime.commands.failures import CommandFailed
from runtime.commands.power_cuts import require_kept_commits
from runtime.database import open_database
from tests.databases import PostgresServer

KEPT = "takes nothing acknowledged"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """With PostgreSQL's own settings, unlike the server of the other tests."""
    server = PostgresServer(durable=True)
    try:
        server.start()
        yield server
    finally:
        server.stop()


async def said(url: str, *, in_production: bool = True) -> str:
    async with open_database(url):
        try:
            return f"ok: {await require_kept_commits(in_production=in_production)}"
        except CommandFailed as failed:
            return f"FAIL: {failed}"


async def test_each_setting_of_postgres_that_loses_commits_is_named_with_the_remedy(server: PostgresServer) -> None:
    url = server.url("postgres")
    assert await said(url) == f"ok: {KEPT}"
    for name in ("fsync", "synchronous_commit"):
        await _set(server, name, "off")
        expected = f"a power cut takes what was acknowledged, because {name} is off (set by: configuration file): "
        found = await said(url)
        assert found.startswith(f"FAIL: {expected}turn it on in PostgreSQL (ALTER SYSTEM SET "), found
        assert (await said(url, in_production=False)).startswith(f"ok: {expected}")
        await _set(server, name, "on")
    await _set(server, "full_page_writes", "off")
    assert await said(url) == (
        f"ok: {KEPT}, but full_page_writes is off (set by: configuration file): turn it on, unless the file system "
        "never writes half a page, as ZFS"
    )
    await _set(server, "full_page_writes", "on")
    assert await said(url) == f"ok: {KEPT}"


async def test_what_only_the_programs_own_database_turns_off_is_found(server: PostgresServer) -> None:
    await server.run("CREATE DATABASE hurried")
    await server.run("ALTER DATABASE hurried SET synchronous_commit = off")
    assert "synchronous_commit is off (set by: database)" in await said(server.url("hurried"))
    # The others wait for this machine's disk, and for a standby besides.
    await server.run("ALTER DATABASE hurried SET synchronous_commit = remote_apply")
    assert await said(server.url("hurried")) == f"ok: {KEPT}"


@pytest.mark.parametrize("value", ["NORMAL", "OFF"])
async def test_sqlite_that_does_not_wait_for_the_disk_is_named(sqlite_database: str, value: str) -> None:
    plain = sqlite_database.partition("?")[0]
    assert await said(plain) == f"ok: {KEPT}"
    assert await said(f"{plain}?synchronous={value}") == (
        f"FAIL: a power cut may take what was acknowledged, because synchronous is {value}: "
        "take ?synchronous=… off the end of VESTIBULE_DATABASE_URL"
    )


async def _set(server: PostgresServer, name: str, value: str) -> None:
    """For all connections from now on."""
    await server.run(f"ALTER SYSTEM SET {name} = {value}")
    await server.run("SELECT pg_reload_conf()")
    # The server reads its settings in its own time, and a connection of before keeps those it has.
    for _ in range(500):
        connection = await server.connect("postgres")
        try:
            if await connection.fetchval("SELECT current_setting($1)", name) == value:
                return
        finally:
            await connection.close()
    raise AssertionError(f"{name} did not become {value}")
