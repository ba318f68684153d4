"""What an exception of the database means, by the exceptions that the two databases really raise."""

import asyncio
import errno
import sqlite3
from pathlib import Path

import asyncpg
import pytest
from tortoise.connection import get_connection
from tortoise.exceptions import DBConnectionError, DoesNotExist, OperationalError
from tortoise.transactions import in_transaction

from clinic.database.faults import Fault, fault_of
from clinic.organizations.models import Organization
from runtime.database import open_database
from runtime.database.config import sqlite_path
from tests.adapters.smtp_servers import silent_server
from tests.databases import PostgresServer
from tests.run import Clones, name_in

_DRIVER = {
    asyncpg.DeadlockDetectedError("x"): Fault.PASSING,
    asyncpg.SerializationError("x"): Fault.PASSING,
    asyncpg.LockNotAvailableError("x"): Fault.PASSING,
    asyncpg.ConnectionDoesNotExistError("x"): Fault.OUTAGE,
    asyncpg.CannotConnectNowError("x"): Fault.OUTAGE,
    asyncpg.AdminShutdownError("x"): Fault.OUTAGE,
    asyncpg.TooManyConnectionsError("x"): Fault.OUTAGE,
    asyncpg.DiskFullError("x"): Fault.OUTAGE,
    asyncpg.ReadOnlySQLTransactionError("x"): Fault.OUTAGE,
    asyncpg.QueryCanceledError("x"): Fault.OUTAGE,
    asyncpg.InvalidPasswordError("x"): Fault.OUTAGE,
    asyncpg.InterfaceError("connection is closed"): Fault.OUTAGE,
    asyncpg.InternalClientError("cannot switch to state 12"): Fault.OUTAGE,
    asyncpg.UndefinedTableError("x"): Fault.DEFECT,
    asyncpg.UniqueViolationError("x"): Fault.DEFECT,
    asyncpg.DataError("x"): Fault.DEFECT,
    ConnectionResetError(): Fault.OUTAGE,
    TimeoutError(): Fault.OUTAGE,
    OSError(errno.ENOSPC, "no space"): Fault.OUTAGE,
    OSError(errno.EMFILE, "too many files"): Fault.OUTAGE,
    FileNotFoundError(errno.ENOENT, "a template of ours"): Fault.DEFECT,
    DBConnectionError("gone"): Fault.OUTAGE,
    KeyError("x"): Fault.DEFECT,
    DoesNotExist(Organization): Fault.DEFECT,
}


@pytest.mark.parametrize(("error", "meant"), _DRIVER.items(), ids=lambda value: type(value).__name__)
def test_each_exception_has_one_meaning_bare_or_in_tortoises_clothes(error: Exception, meant: Fault) -> None:
    assert fault_of(error) is meant
    if not isinstance(error, DoesNotExist | DBConnectionError):
        assert fault_of(OperationalError(error)) is meant


async def test_locked_sqlite_is_passing(sqlite_database: str) -> None:
    other = sqlite3.connect(sqlite_path(sqlite_database) or "", isolation_level=None)
    async with open_database(f"{sqlite_database}&busy_timeout=1"):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError) as failed:
            async with in_transaction():
                pass
        other.close()
    assert fault_of(failed.value) is Fault.PASSING


async def test_full_sqlite_is_an_outage(sqlite_database: str) -> None:
    async with open_database(sqlite_database):
        connection = get_connection("default")
        _, [pages] = await connection.execute_query("PRAGMA page_count")
        await connection.execute_query(f"PRAGMA max_page_count = {pages[0]}")
        with pytest.raises(OperationalError) as failed:
            await connection.execute_script("CREATE TABLE filler AS SELECT hex(randomblob(100000)) AS x")
    assert fault_of(failed.value) is Fault.OUTAGE


async def test_missing_sqlite_folder_is_an_outage_and_a_missing_table_a_defect(tmp_path: Path) -> None:
    async with open_database(f"sqlite://{tmp_path / 'a' / 'x.sqlite3'}"):
        connection = get_connection("default")
        with pytest.raises(OperationalError) as no_table:
            await connection.execute_query("SELECT 1 FROM nowhere")
    assert fault_of(no_table.value) is Fault.DEFECT


async def test_absent_postgres_is_an_outage_wherever_it_is_noticed(
    clones: Clones, postgres_server: PostgresServer
) -> None:
    url = await clones.postgres()
    name = name_in(url)
    async with open_database(url):
        connection = get_connection("default")
        await connection.execute_query("SELECT 1")
        await postgres_server.run(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        postgres_server.cut_connections(name)
        try:
            for _ in range(2):  # first a connection is found dead, then none can be made
                with pytest.raises(DBConnectionError) as statement:
                    await connection.execute_query("SELECT 1")
                with pytest.raises(DBConnectionError) as transaction:
                    async with in_transaction():
                        pass
                assert {fault_of(statement.value), fault_of(transaction.value)} == {Fault.OUTAGE}
        finally:
            await postgres_server.run(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
        await connection.execute_query("SELECT 1")


async def test_a_server_that_never_answers_is_an_outage_soon() -> None:
    async with silent_server() as port, open_database(f"postgres://v@127.0.0.1:{port}/x?timeout=0.2&sslmode=disable"):
        asked = [get_connection("default").execute_query("SELECT 1") for _ in range(3)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [DBConnectionError] * 3


async def test_too_many_connections_are_waited_for(clones: Clones, postgres_server: PostgresServer) -> None:
    url = await clones.postgres()
    name = name_in(url)
    await postgres_server.run(f"ALTER DATABASE {name} CONNECTION LIMIT 1")
    # The limit does not bind a superuser, so a role of its own asks.
    await postgres_server.run("DROP ROLE IF EXISTS limited")
    await postgres_server.run("CREATE ROLE limited LOGIN")
    other = await asyncpg.connect(host=str(postgres_server.folder), user="limited", database=name)
    try:
        async with open_database(url.replace("vestibule@", "limited@")):
            waiting = asyncio.create_task(get_connection("default").execute_query("SELECT 1"))
            await asyncio.wait([waiting], timeout=0.15)
            assert not waiting.done()
            await other.close()
            await waiting
    finally:
        await other.close()
        await postgres_server.run(f"ALTER DATABASE {name} CONNECTION LIMIT -1")
