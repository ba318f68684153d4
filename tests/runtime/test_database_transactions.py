"""Transactions end whole and free what they hold, whenever they are cancelled or fail."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import asyncpg
import pytest
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError
from tortoise.transactions import in_transaction

from runtime.database import migrate, open_database, tortoise_config
from runtime.database.config import forget_prepared_sql
from tests.databases import PostgresServer
from tests.run import name_in
from tests.runtime.toy import toy_apps
from tests.runtime.toy.models import Book, Shelf
from tests.runtime.toy.processes import run_together

SEED = 20261122
STOCK_ENGINES = {"sqlite": "tortoise.backends.sqlite", "postgres": "tortoise.backends.asyncpg"}


@pytest.fixture
async def toy_url(fresh_database_url: str) -> str:
    await migrate(fresh_database_url, apps=toy_apps())
    return fresh_database_url


@pytest.fixture
async def toy(toy_url: str) -> AsyncIterator[BaseDBAsyncClient]:
    """An open database with one shelf; three connections at most."""
    async with open_database(toy_url, pool_size=3, apps=toy_apps()) as context:
        await Shelf.create(id=1, name="poetry")
        yield context.db()


@asynccontextmanager
async def _stock(config: dict[str, Any]) -> AsyncIterator[BaseDBAsyncClient]:
    """The same database through the library's own client."""
    connection = config["connections"]["default"]
    connection["engine"] = STOCK_ENGINES["sqlite" if "file_path" in connection["credentials"] else "postgres"]
    forget_prepared_sql()
    context = TortoiseContext()
    with context:
        await context.init(config)
        client = context.db()
        try:
            yield client
        finally:
            if getattr(client, "_pool", None):
                client._pool.terminate()  # a leaked connection would keep an orderly end waiting
                client._pool = None
            await client.close()


def _held(client: BaseDBAsyncClient) -> int:
    """How many connections (SQLite: how many locks) somebody holds."""
    if client.capabilities.dialect == "sqlite":
        return int(client._lock.locked())  # type: ignore[attr-defined]
    return int(client._pool.get_size() - client._pool.get_idle_size())


async def _write_pair(title: str) -> None:
    """Two books of one title, the second inside a savepoint: one without the other is a torn transaction."""
    async with in_transaction():
        await Shelf.get(id=1)
        await Book.create(shelf_id=1, title=title)
        async with in_transaction():
            await Book.create(shelf_id=1, title=title)


async def _create_and_fail(title: str, shelf_id: int = 1) -> None:
    async with in_transaction():
        await Book.create(shelf_id=shelf_id, title=title)
        raise LookupError


async def _titles() -> list[str]:
    return sorted(book.title for book in await Book.all())


async def _cancel_in_begin() -> None:
    """Cancel a transaction whose BEGIN has been sent and not been answered."""
    task = asyncio.create_task(_write_pair("cancelled"))
    await asyncio.sleep(0)  # lets the task run up to its first real wait, which is for BEGIN
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class TestCancellation:
    async def test_stock_client_stays_held_after_a_cancelled_begin(self, toy_url: str) -> None:
        async with _stock(tortoise_config(toy_url, apps=toy_apps())) as client:
            await client.execute_query("SELECT 1")
            await _cancel_in_begin()
            assert _held(client) == 1

    async def test_own_client_is_free_after_a_cancelled_begin(self, toy: BaseDBAsyncClient) -> None:
        await toy.execute_query("SELECT 1")
        await _cancel_in_begin()
        assert _held(toy) == 0
        await _write_pair("after")
        assert await _titles() == ["after", "after"]

    async def test_200_random_cancellations_leave_everything_free_and_whole(self, toy: BaseDBAsyncClient) -> None:
        chance = random.Random(SEED)
        done: set[str] = set()

        async def one(number: int) -> None:
            await _write_pair(str(number))
            done.add(str(number))

        async def cancelled_somewhere(number: int) -> None:
            task = asyncio.create_task(one(number))
            for _ in range(chance.randrange(500)):
                await asyncio.sleep(0)
            for _ in range(chance.randrange(1, 4)):
                task.cancel()
                await asyncio.sleep(0)
            with suppress(asyncio.CancelledError):
                await task

        for start in range(0, 200, 4):
            await asyncio.gather(*(cancelled_somewhere(number) for number in range(start, start + 4)))
        assert _held(toy) == 0
        assert get_connection("default") is toy
        await asyncio.gather(*(one(number) for number in range(200, 220)))
        titles = await _titles()
        assert all(titles.count(title) == 2 for title in titles)
        assert done <= set(titles)
        assert len(done) < 220, "no cancellation hit"

    async def test_cancelled_statement_is_over_before_the_next_begins(self, toy: BaseDBAsyncClient) -> None:
        """Else the next one's count would include the cancelled one's rows."""

        async def rename() -> None:
            await Book.filter(title="old").update(title="old")

        await Book.bulk_create([Book(shelf_id=1, title="old") for _ in range(500)])
        for _ in range(20):
            slow = asyncio.create_task(rename())
            await asyncio.sleep(0)
            slow.cancel()
            assert await Book.filter(title="never").update(title="x") == 0
            with suppress(asyncio.CancelledError):
                await slow

    async def test_cancelled_savepoint_leaves_the_outer_transaction_usable(self, toy: BaseDBAsyncClient) -> None:
        async def inner() -> None:
            async with in_transaction():
                raise AssertionError("cancelled before")

        async with in_transaction():
            await Book.create(shelf_id=1, title="before")
            task = asyncio.create_task(inner())
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await Book.create(shelf_id=1, title="after")
        assert await _titles() == ["after", "before"]

    async def test_timeout_inside_a_transaction_undoes_it(self, toy: BaseDBAsyncClient) -> None:
        async def forever() -> None:
            async with asyncio.timeout(0), in_transaction():
                await Book.create(shelf_id=1, title="late")
                await asyncio.Event().wait()

        with pytest.raises(TimeoutError):
            await forever()
        assert _held(toy) == 0
        assert await Book.all().count() == 0


class TestFailingBegin:
    async def test_stock_sqlite_stays_locked_when_the_file_can_not_be_opened(self, fresh_sqlite: str) -> None:
        missing = fresh_sqlite.replace("fresh.sqlite3", "missing/fresh.sqlite3")
        async with _stock(tortoise_config(missing, apps=toy_apps())) as client:
            with pytest.raises(Exception, match="unable to open database file"):
                await _write_pair("x")
            assert _held(client) == 1

    async def test_own_sqlite_is_free_when_the_file_can_not_be_opened(self, fresh_sqlite: str) -> None:
        folder = fresh_sqlite.replace("fresh.sqlite3", "")  # a folder is no database
        async with open_database(folder, apps=toy_apps()) as context:
            with pytest.raises(OperationalError, match="unable to open database file"):
                await _write_pair("x")
            assert _held(context.db()) == 0
            with pytest.raises(OperationalError, match="unable to open database file"):
                await Shelf.all()
            assert _held(context.db()) == 0

    async def test_own_sqlite_is_free_when_another_process_keeps_the_write_lock(self, fresh_sqlite: str) -> None:
        await migrate(fresh_sqlite, apps=toy_apps())
        async with open_database(f"{fresh_sqlite}?busy_timeout=1", apps=toy_apps()) as context:
            await Shelf.create(id=1, name="poetry")
            with _other_process(fresh_sqlite) as other:
                other.execute("BEGIN IMMEDIATE")
                with pytest.raises(OperationalError, match="database is locked"):
                    await _write_pair("x")
                assert _held(context.db()) == 0
            await _write_pair("x")
            assert await Book.all().count() == 2

    async def test_stock_postgres_task_keeps_a_dead_client_when_begin_fails(
        self, fresh_postgres: str, postgres_server: PostgresServer
    ) -> None:
        async with _stock(tortoise_config(fresh_postgres, apps=toy_apps())) as client:
            await client.execute_query("SELECT 1")
            postgres_server.cut_connections(name_in(fresh_postgres))
            with pytest.raises((asyncpg.PostgresError, OSError)):
                await _write_pair("x")
            assert get_connection("default") is not client

    async def test_own_postgres_task_works_on_when_begin_fails(
        self, fresh_postgres: str, postgres_server: PostgresServer
    ) -> None:
        await migrate(fresh_postgres, apps=toy_apps())
        async with open_database(fresh_postgres, apps=toy_apps(), pool_size=1) as context:
            await Shelf.create(id=1, name="poetry")
            postgres_server.cut_connections(name_in(fresh_postgres))
            with pytest.raises((asyncpg.PostgresError, OSError)):
                await _write_pair("x")
            assert get_connection("default") is context.db()
            assert _held(context.db()) == 0
            await _write_pair("x")
            assert await Book.all().count() == 2

    async def test_own_postgres_task_works_on_when_the_server_is_lost_inside(
        self, fresh_postgres: str, postgres_server: PostgresServer
    ) -> None:
        await migrate(fresh_postgres, apps=toy_apps())

        async def lose_the_server() -> None:
            async with in_transaction():
                await Shelf.create(id=2, name="lost")
                postgres_server.cut_connections(name_in(fresh_postgres))

        async with open_database(fresh_postgres, apps=toy_apps(), pool_size=1) as context:
            await Shelf.create(id=1, name="poetry")
            with pytest.raises((asyncpg.PostgresError, OSError)):
                await lose_the_server()
            assert _held(context.db()) == 0
            assert await Shelf.all().count() == 1


@contextmanager
def _other_process(database_url: str) -> Iterator[sqlite3.Connection]:
    """A connection of somebody else's to the same file."""
    connection = sqlite3.connect(database_url.removeprefix("sqlite://"), isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


class TestReadThenWrite:
    """Two processes that read and then write: SQLite can't let the second one wait unless it said so at BEGIN."""

    async def test_stock_sqlite_refuses_the_second_writer_without_waiting(self, fresh_sqlite: str) -> None:
        await migrate(fresh_sqlite, apps=toy_apps())

        async def take_a_book(other: sqlite3.Connection) -> None:
            async with in_transaction():
                shelf = await Shelf.get(id=1)
                other.execute("UPDATE shelf SET books_taken = books_taken + 1")
                await shelf.save()

        with _other_process(fresh_sqlite) as other:
            other.execute("INSERT INTO shelf VALUES (1, 'poetry', 0)")
            async with _stock(tortoise_config(fresh_sqlite, apps=toy_apps())):
                with pytest.raises(OperationalError, match="database is locked"):
                    await take_a_book(other)

    async def test_two_processes_lose_none_of_600_transactions(self, fresh_sqlite: str) -> None:
        await migrate(fresh_sqlite, apps=toy_apps())
        async with open_database(fresh_sqlite, apps=toy_apps()):
            await Shelf.create(id=1, name="poetry")
            await run_together(2, "tests.runtime.toy.rival", fresh_sqlite, "300")
            assert (await Shelf.get(id=1)).books_taken == 600


class TestOneTransaction:
    async def test_failing_block_leaves_nothing(self, toy: BaseDBAsyncClient, caplog: pytest.LogCaptureFixture) -> None:
        with pytest.raises(LookupError):
            await _create_and_fail("x")
        assert await Book.all().count() == 0
        assert _held(toy) == 0
        assert caplog.messages == []

    async def test_savepoint_is_undone_alone(self, toy: BaseDBAsyncClient) -> None:
        async with in_transaction():
            await Book.create(shelf_id=1, title="kept")
            with pytest.raises(LookupError):
                await _create_and_fail("undone")
            with pytest.raises(IntegrityError):
                await _create_and_fail("points nowhere", shelf_id=999)
            async with in_transaction():
                await Book.create(shelf_id=1, title="kept too")
        assert await _titles() == ["kept", "kept too"]

    async def test_script_in_a_failing_block_is_undone_too(self, toy: BaseDBAsyncClient) -> None:
        async def run_script_and_fail() -> None:
            async with in_transaction() as transaction:
                await transaction.execute_script(
                    "INSERT INTO book (id, shelf_id, title) VALUES (1, 1, 'a;b'); -- first; of two\n"
                    "INSERT INTO book (id, shelf_id, title) VALUES (2, 1, 'c')"
                )
                assert await _titles() == ["a;b", "c"]
                raise LookupError

        with pytest.raises(LookupError):
            await run_script_and_fail()
        assert await Book.all().count() == 0

    async def test_task_that_outlives_its_transaction_is_refused(self, toy: BaseDBAsyncClient) -> None:
        over = asyncio.Event()

        async def straggler() -> None:
            await over.wait()
            await Book.create(shelf_id=1, title="too late")

        async with in_transaction():
            task = asyncio.create_task(straggler())
        over.set()
        with pytest.raises(TransactionManagementError, match="Spawn tasks after the commit"):
            await task
        assert await Book.all().count() == 0

    async def test_block_ended_by_another_task_is_undone_and_frees_all(self, toy: BaseDBAsyncClient) -> None:
        async def page() -> AsyncIterator[int]:
            async with in_transaction():
                await Book.create(shelf_id=1, title="x")
                yield 1

        async def begin(pages: AsyncIterator[int]) -> int:
            return await anext(pages)

        pages = page()
        assert await asyncio.create_task(begin(pages)) == 1
        assert _held(toy) == 1
        await asyncio.create_task(pages.aclose())  # type: ignore[attr-defined]
        assert _held(toy) == 0
        assert await Book.all().count() == 0

    async def test_many_rows_are_written_whole_or_not_at_all(self, toy: BaseDBAsyncClient) -> None:
        insert = "INSERT INTO book (id, shelf_id, title) VALUES "
        insert += "($1, $2, $3)" if toy.capabilities.dialect == "postgres" else "(?, ?, ?)"
        with pytest.raises(IntegrityError):
            await toy.execute_many(insert, [[1, 1, "a"], [2, 1, "b"], [1, 1, "again"]])
        assert await Book.all().count() == 0
        await toy.execute_many(insert, [[1, 1, "a"], [2, 1, "b"]])
        async with in_transaction() as transaction:
            await transaction.execute_many(insert, [[3, 1, "c"]])
        assert await Book.all().count() == 3

    async def test_counts_are_of_the_statement_itself(self, toy: BaseDBAsyncClient) -> None:
        """Rows that go along by a cascade are not among them: conditional updates rely on the count."""
        await Book.bulk_create([Book(shelf_id=1, title="x") for _ in range(3)])
        assert await Shelf.filter(id=1).update(name="novels") == 1
        assert await Shelf.filter(id=2).update(name="novels") == 0
        assert await Shelf.filter(id=1).delete() == 1
        assert await Book.all().count() == 0


class TestPassingProblems:
    async def test_deadlock_is_an_operational_error(self, fresh_postgres: str) -> None:
        """The core runs an action again on this error (clinic/work/unit_of_work.py)."""
        await migrate(fresh_postgres, apps=toy_apps())
        async with open_database(fresh_postgres, apps=toy_apps()):
            await Shelf.bulk_create([Shelf(id=1, name="a"), Shelf(id=2, name="b")])
            both_hold_one = asyncio.Barrier(2)

            async def update(first: int, second: int) -> None:
                async with in_transaction() as transaction:
                    await transaction.execute_query("SET LOCAL deadlock_timeout = '10ms'")
                    await Shelf.filter(id=first).update(name="x")
                    await both_hold_one.wait()
                    await Shelf.filter(id=second).update(name="y")

            answers = await asyncio.gather(update(1, 2), update(2, 1), return_exceptions=True)
        (failure,) = [answer for answer in answers if answer is not None]
        assert isinstance(failure, OperationalError)
        assert str(failure).startswith("deadlock detected")
