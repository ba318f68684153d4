"""`migrate` makes schemas whole or not at all, once, and loses no row; and the rule for the clinic's migrations."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError
from tortoise.fields.base import Field
from tortoise.migrations import operations as ops
from tortoise.migrations.api import migrate as stock_migrate
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.executor import MigrationExecutor
from tortoise.migrations.migration import Migration

from runtime.database import MigrationBrokeReferences, migrate, open_database, schema_version_problem, tortoise_config
from runtime.database.config import CLINIC_APPS, AppsConfig
from runtime.database.locks import migration_lock
from tests.runtime.toy import toy_apps
from tests.runtime.toy.models import Book, Shelf
from tests.runtime.toy.processes import run_together, start
from tests.runtime.toy.variants import Variants

ADD_COLUMN_AND_TABLE = """
    ops.AddField("Shelf", "room", fields.CharField(max_length=40, null=True)),
    ops.AddField("Shelf", "floor", fields.IntField(db_default=0)),
    ops.AddIndex("Shelf", Index(fields=["room"], name="shelf_by_room")),
    ops.CreateModel("Reader", fields=[("id", fields.IntField(primary_key=True))], options={"table": "reader"}),
"""
WIDEN_PARENT = 'ops.AlterField("Shelf", "name", fields.CharField(max_length=80, db_index=True))'
TRIGGER = """
    ops.RunSQL("CREATE TRIGGER no_empty_title BEFORE INSERT ON book WHEN NEW.title = '' "
               "BEGIN SELECT RAISE(ABORT, 'empty; title'); SELECT 1; END"),
"""
FAIL_HALFWAY = """
    ops.CreateModel("Reader", fields=[("id", fields.IntField(primary_key=True))], options={"table": "reader"}),
    ops.RunSQL("INSERT INTO shelf (id, name, books_taken) VALUES (1, 'half; done', 0)"),
    ops.RunSQL("INSERT INTO no_such_table VALUES (1)"),
"""
LOSE_PARENT = """
    ops.RunSQL("DELETE FROM shelf"),
"""
STOP_HALFWAY = """
    ops.CreateModel("Reader", fields=[("id", fields.IntField(primary_key=True))], options={"table": "reader"}),
    ops.RunPython(stop),
"""
# What changes a table's columns or constraints: on SQLite Tortoise then copies the table, or refuses.
REBUILDING = (
    ops.AlterField,
    ops.RemoveField,
    ops.RenameField,
    ops.RenameModel,
    ops.AddConstraint,
    ops.RemoveConstraint,
    ops.RenameConstraint,
)


@pytest.fixture
def variants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Variants:
    return Variants(tmp_path, monkeypatch)


@asynccontextmanager
async def _toy(database_url: str) -> AsyncIterator[TortoiseContext]:
    async with open_database(database_url, apps=toy_apps()) as context:
        yield context


async def _fill(database_url: str) -> None:
    async with _toy(database_url):
        await Shelf.create(id=1, name="poetry")
        await Book.bulk_create([Book(shelf_id=1, title=str(number)) for number in range(5)])


async def _names(database_url: str, kind: str) -> set[str]:
    """The names of the schema's `kind`: table, index or trigger. What the database makes by itself is left out."""
    return (await _names_by_kind(database_url, kind))[kind]


async def _names_by_kind(database_url: str, *kinds: str) -> dict[str, set[str]]:
    queries = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = '{}' AND name NOT LIKE 'sqlite_%'",
        "table": "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'",
        "index": "SELECT indexname AS name FROM pg_indexes WHERE schemaname = 'public'",
        "trigger": "SELECT tgname AS name FROM pg_trigger WHERE NOT tgisinternal",
    }
    found = {}
    async with _toy(database_url) as context:
        for kind in kinds:
            query = queries["sqlite" if database_url.startswith("sqlite") else kind].format(kind)
            found[kind] = {row["name"] for row in (await context.db().execute_query(query))[1]}
    return found


class TestMigrate:
    async def test_names_what_it_applied_and_nothing_the_second_time(self, fresh_database_url: str) -> None:
        assert await migrate(fresh_database_url, apps=toy_apps()) == ["0001_shelves"]
        assert await migrate(fresh_database_url, apps=toy_apps()) == []
        assert await _names(fresh_database_url, "table") == {"shelf", "book", "tortoise_migrations"}

    async def test_folder_of_a_sqlite_file_is_made_for_its_owner_only(self, tmp_path: Path) -> None:
        await migrate(f"sqlite://{tmp_path}/new/deep/toy.sqlite3", apps=toy_apps())
        assert (tmp_path / "new" / "deep").stat().st_mode & 0o777 == 0o700

    async def test_three_processes_at_once_apply_each_migration_once(self, fresh_database_url: str) -> None:
        answers = await run_together(
            3, "tests.runtime.toy.migrator", fresh_database_url, toy_apps()["toy"]["migrations"]
        )
        assert sorted(json.loads(answer) for answer in answers) == [[], [], ["0001_shelves"]]

    async def test_failing_migration_leaves_the_schema_as_it_was(
        self, fresh_database_url: str, variants: Variants
    ) -> None:
        apps = toy_apps(variants.toy_and("0002_fails", FAIL_HALFWAY))
        with pytest.raises(OperationalError, match="no_such_table"):
            await migrate(fresh_database_url, apps=apps)
        assert await _names(fresh_database_url, "table") == {"shelf", "book", "tortoise_migrations"}
        async with _toy(fresh_database_url):
            assert await Shelf.all().count() == 0
            assert await schema_version_problem(apps=apps) == (
                "The database lacks 0002_fails. Run `vestibule migrate`."
            )

    async def test_semicolons_in_texts_and_triggers_end_no_statement(
        self, fresh_sqlite: str, variants: Variants
    ) -> None:
        await migrate(fresh_sqlite, apps=toy_apps(variants.toy_and("0002_trigger", TRIGGER)))
        assert await _names(fresh_sqlite, "trigger") == {"no_empty_title"}

    async def test_killed_migration_leaves_the_schema_as_it_was(
        self, fresh_database_url: str, variants: Variants, tmp_path: Path
    ) -> None:
        module = variants.toy_and("0002_stops", STOP_HALFWAY)
        path = tmp_path / module / "0002_stops.py"
        path.write_text(
            "import asyncio\n\nasync def stop(apps, editor):\n    print('inside', flush=True)\n"
            "    await asyncio.Event().wait()\n" + path.read_text()
        )
        process = await start("tests.runtime.toy.migrator", fresh_database_url, module, python_path=tmp_path)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"go\n")
        assert await process.stdout.readline() == b"inside\n"
        process.kill()
        await process.communicate()
        later = toy_apps(variants.toy_and("0002_adds", ADD_COLUMN_AND_TABLE))
        assert await migrate(fresh_database_url, apps=later) == ["0002_adds"]

    async def test_cancelled_wait_for_the_lock_gives_up(self, fresh_database_url: str) -> None:
        async with migration_lock(fresh_database_url):
            waiting = asyncio.create_task(migrate(fresh_database_url, apps=toy_apps()))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(waiting, 0.2)
        assert await migrate(fresh_database_url, apps=toy_apps()) == ["0001_shelves"]

    async def test_unreadable_history_is_an_error_and_not_an_empty_one(self, fresh_database_url: str) -> None:
        async with _toy(fresh_database_url) as context:
            await context.db().execute_script("CREATE TABLE tortoise_migrations (id INT)")
        with pytest.raises(OperationalError, match="app"):
            await migrate(fresh_database_url, apps=toy_apps())
        assert await _names(fresh_database_url, "table") == {"tortoise_migrations"}

    async def test_each_migration_is_told_when_it_begins(self, fresh_database_url: str, variants: Variants) -> None:
        told: list[tuple[str, int, int]] = []
        apps = toy_apps(variants.toy_and("0002_adds", ADD_COLUMN_AND_TABLE))
        await migrate(fresh_database_url, apps=apps, beginning=lambda *each: told.append(each))
        assert told == [("0001_shelves", 1, 2), ("0002_adds", 2, 2)]
        await migrate(fresh_database_url, apps=apps, beginning=lambda *each: told.append(each))
        assert len(told) == 2


class TestPopulatedTables:
    async def test_added_columns_lose_no_row_and_no_index(self, fresh_database_url: str, variants: Variants) -> None:
        await migrate(fresh_database_url, apps=toy_apps())
        await _fill(fresh_database_url)
        indexes = await _names(fresh_database_url, "index")
        apps = toy_apps(variants.toy_and("0002_adds", ADD_COLUMN_AND_TABLE))
        assert await migrate(fresh_database_url, apps=apps) == ["0002_adds"]
        assert await _names(fresh_database_url, "index") >= indexes | {"shelf_by_room"}
        async with _toy(fresh_database_url):
            assert (await Shelf.all().count(), await Book.all().count()) == (1, 5)

    async def test_stock_migration_of_a_parent_deletes_its_children_on_sqlite(
        self, fresh_sqlite: str, variants: Variants
    ) -> None:
        await migrate(fresh_sqlite, apps=toy_apps())
        await _fill(fresh_sqlite)
        config = tortoise_config(fresh_sqlite, apps=toy_apps(variants.toy_and("0002_widens", WIDEN_PARENT)))
        config["connections"]["default"]["engine"] = "tortoise.backends.sqlite"
        context = TortoiseContext()
        async with context:
            await stock_migrate(config=config)
        async with _toy(fresh_sqlite):
            assert (await Shelf.all().count(), await Book.all().count()) == (1, 0)

    async def test_own_migration_of_a_parent_keeps_its_children(
        self, fresh_database_url: str, variants: Variants
    ) -> None:
        await migrate(fresh_database_url, apps=toy_apps())
        await _fill(fresh_database_url)
        await migrate(fresh_database_url, apps=toy_apps(variants.toy_and("0002_widens", WIDEN_PARENT)))
        async with _toy(fresh_database_url):
            assert (await Shelf.all().count(), await Book.all().count()) == (1, 5)

    async def test_migration_that_orphans_rows_is_undone_on_sqlite(self, fresh_sqlite: str, variants: Variants) -> None:
        await migrate(fresh_sqlite, apps=toy_apps())
        await _fill(fresh_sqlite)
        with pytest.raises(MigrationBrokeReferences) as refusal:
            await migrate(fresh_sqlite, apps=toy_apps(variants.toy_and("0002_loses", LOSE_PARENT)))
        assert (refusal.value.migration, refusal.value.tables) == ("0002_loses", ["book"])
        async with _toy(fresh_sqlite):
            assert (await Shelf.all().count(), await Book.all().count()) == (1, 5)


class TestSchemaVersion:
    async def test_names_what_is_missing_until_migrated(self, fresh_database_url: str) -> None:
        async with _toy(fresh_database_url):
            assert await schema_version_problem(apps=toy_apps()) == (
                "The database lacks 0001_shelves. Run `vestibule migrate`."
            )
        await migrate(fresh_database_url, apps=toy_apps())
        async with _toy(fresh_database_url):
            assert await schema_version_problem(apps=toy_apps()) is None

    async def test_database_ahead_of_the_program_is_no_problem(
        self, fresh_database_url: str, variants: Variants
    ) -> None:
        await migrate(fresh_database_url, apps=toy_apps(variants.toy_and("0002_adds", ADD_COLUMN_AND_TABLE)))
        async with _toy(fresh_database_url):
            assert await schema_version_problem(apps=toy_apps()) is None

    async def test_clinic_database_is_current(self, database: TortoiseContext) -> None:
        assert await schema_version_problem() is None


def _against_the_rule(migration: Migration) -> list[str]:
    """What in it may lose rows or indexes on SQLite, or can't be applied where there are rows."""
    found = [
        f"{migration.name}: {type(operation).__name__}"
        for operation in migration.operations
        if isinstance(operation, REBUILDING)
    ]
    for operation in migration.operations:
        if isinstance(operation, ops.AddField):
            field = operation.field
            assert isinstance(field, Field)
            if not field.null and not field.has_db_default():
                found.append(f"{migration.name}: AddField {operation.name} without db_default")
    return found


async def _migrations(apps: AppsConfig) -> list[Migration]:
    executor = MigrationExecutor(get_connection("default"), {label: dict(app) for label, app in apps.items()})
    await executor.loader.build_graph()
    return [executor.loader.disk_migrations[key] for key in sorted(executor.loader.disk_migrations)]


class TestClinicMigrations:
    async def test_none_breaks_the_rule(self, database: TortoiseContext) -> None:
        migrations = await _migrations(CLINIC_APPS)
        assert [problem for migration in migrations for problem in _against_the_rule(migration)] == []

    async def test_each_comes_after_the_one_before(self, sqlite_database: str) -> None:
        async with open_database(sqlite_database):
            migrations = await _migrations(CLINIC_APPS)
        names = [migration.name for migration in migrations]
        assert [migration.dependencies for migration in migrations] == [[], *([("clinic", n)] for n in names[:-1])]
        assert [migration.name for migration in migrations if not migration.atomic] == []

    @pytest.mark.parametrize(
        ("operations", "problem"),
        [
            (WIDEN_PARENT, "0002_bad: AlterField"),
            ('ops.AddField("Shelf", "room", fields.IntField(default=0))', "0002_bad: AddField room without db_default"),
        ],
    )
    async def test_the_rule_finds_what_breaks_it(
        self, database: TortoiseContext, variants: Variants, operations: str, problem: str
    ) -> None:
        migrations = await _migrations(toy_apps(variants.toy_and("0002_bad", operations)))
        assert [found for migration in migrations for found in _against_the_rule(migration)] == [problem]

    async def test_equal_the_models(self, database: TortoiseContext) -> None:
        assert database.apps is not None
        detector = MigrationAutodetector(database.apps, {label: dict(app) for label, app in CLINIC_APPS.items()})
        missing = [operation.describe() for writer in await detector.changes() for operation in writer.operations]
        assert missing == []

    async def test_none_loses_an_index_or_a_trigger_of_an_earlier_one(
        self, fresh_database_url: str, variants: Variants
    ) -> None:
        kinds = ("table", "index", "trigger")
        before: dict[str, set[str]] = {kind: set() for kind in kinds}
        app = dict(CLINIC_APPS["clinic"])
        for module in variants.one_after_the_other("clinic.migrations"):
            assert len(await migrate(fresh_database_url, apps={"clinic": app | {"migrations": module}})) == 1
            after = await _names_by_kind(fresh_database_url, *kinds)
            assert {kind: before[kind] - after[kind] for kind in kinds} == {kind: set() for kind in kinds}
            before = after
        assert await migrate(fresh_database_url) == []
