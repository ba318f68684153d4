"""Migrates a database to the current schema: one process at a time, each migration in one transaction.

A migration and its line in the history are one transaction on both databases, so a crash leaves the schema as it
was before or after, never between. Foreign keys are not enforced on SQLite while a migration runs: there, Tortoise
changes a column by copying the table and dropping the old one, and the drop would delete every child row. They are
checked before the commit instead.

The rule for files in clinic/migrations, kept by tests/runtime/test_database_migrations.py: once released, a
migration only adds tables, nullable or `db_default` columns, and indexes. What makes SQLite copy a table (AlterField,
RemoveField, RenameField, AddConstraint with a CHECK, …) also loses its indexes and constraints silently, so such a
change is written by hand, per database, with a test on populated tables. A Python `default` alone is no default
of the database: on PostgreSQL the new column then fails where there are rows.
"""

import importlib
import pkgutil
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget, PlanStep
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor import BaseSchemaEditor, SqliteSchemaEditor
from tortoise.migrations.schema_generator.state import State
from tortoise.transactions import in_transaction

from runtime.database.config import (
    CLINIC_APPS,
    CONNECTION,
    AppsConfig,
    forget_prepared_sql,
    make_folder,
    sqlite_path,
    tortoise_config,
)
from runtime.database.locks import migration_lock
from runtime.database.migration_models import LazyState
from runtime.database.transactions import finish

HISTORY = "tortoise_migrations"
_HISTORY_EXISTS = {
    "sqlite": f"SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{HISTORY}'",  # noqa: S608 - a constant
    "postgres": f"SELECT 1 WHERE to_regclass('{HISTORY}') IS NOT NULL",
}


class MigrationBrokeReferences(Exception):
    """A migration was rolled back, because it would leave rows with broken references in `tables`."""

    def __init__(self, migration: str, tables: list[str]) -> None:
        self.migration = migration
        self.tables = tables
        super().__init__(f"Migration {migration} was undone: it leaves rows that point nowhere in {', '.join(tables)}.")


Beginning = Callable[[str, int, int], None]
"""Told of each migration when it begins: its name, the how many-th it is, and of how many."""


def _silent(_name: str, _number: int, _of: int) -> None:
    pass


async def migrate(database_url: str, *, apps: AppsConfig = CLINIC_APPS, beginning: Beginning = _silent) -> list[str]:
    """Apply what is missing and return its names, in order; an empty list if the schema was current.

    Safe to run twice, or from several processes at once: the later ones wait and then find nothing to do. If one
    migration fails, those before it stay.
    """
    make_folder(database_url)
    applied = []
    async with migration_lock(database_url), _connected(database_url):
        state = None
        steps = await _missing_steps(apps)
        for number, step in enumerate(steps, start=1):
            beginning(step.migration.name, number, len(steps))
            state = await _apply(step, apps, state)
            applied.append(step.migration.name)
    return applied


async def schema_version_problem(*, apps: AppsConfig = CLINIC_APPS) -> str | None:
    """One line naming the migrations that the open database lacks and the remedy; None if it lacks none.

    A database that is newer than the program is no problem: during an upgrade the old program keeps serving.
    """
    applied = await _applied(get_connection(CONNECTION))
    missing = [key.name for key in _on_disk(apps) if key not in applied]
    return f"The database lacks {', '.join(missing)}. Run `vestibule migrate`." if missing else None


def unknown_migrations(names: Iterable[str], *, apps: AppsConfig = CLINIC_APPS) -> list[str]:
    """Those of the names that this program does not have, because a newer one wrote them."""
    known = {key.name for key in _on_disk(apps)}
    return [name for name in names if name not in known]


@asynccontextmanager
async def _connected(database_url: str) -> AsyncIterator[None]:
    """A connection without models, because each migration contains the models of its time."""
    connections = tortoise_config(database_url, pool_size=2)["connections"]
    if sqlite_path(database_url) is not None:
        connections[CONNECTION]["credentials"]["foreign_keys"] = "OFF"
    context = TortoiseContext()
    with context:
        # Not `init`, which would load the current models.
        context.connections._init_config(connections)
        try:
            yield
        finally:
            await finish(context.close_connections())
            forget_prepared_sql()


class _Recorder(MigrationRecorder):
    """An unreadable history is an error. The library would treat it as empty and apply all migrations again."""

    async def applied_migrations(self) -> list[MigrationKey]:
        return await _applied(self.connection)


class _SqliteEditor(SqliteSchemaEditor):
    """Works around the library, which splits SQL at every semicolon, even inside strings and triggers."""

    async def _run_sql(self, sql: str) -> None:
        await self.client.execute_script(sql)


class _Executor(MigrationExecutor):
    def __init__(self, connection: BaseDBAsyncClient, apps: AppsConfig, state: State | None = None) -> None:
        """`state` is the models as the applied migrations leave them; without it they are worked out."""
        super().__init__(connection, {label: dict(app) for label, app in apps.items()})
        self.recorder = self.loader.recorder = _Recorder(connection)
        self.state = state

    async def _project_state(self, applied: set[MigrationKey], *, upto: MigrationKey | None = None) -> State:
        # Applying a migration brings this state forward, so none is worked out anew for each later one.
        if self.state is None:
            self.state = LazyState.empty(
                {label: app["default_connection"] for label, app in self.loader.apps_config.items()}
            )
            for key in self._full_plan():
                migration = self.loader.graph.nodes[key]
                if key in applied and key != upto and migration is not None:
                    await migration.apply(self.state, dry_run=True, schema_editor=None)
        return self.state

    def _schema_editor(self, atomic: bool = True, collect_sql: bool = False) -> BaseSchemaEditor:
        editor = super()._schema_editor(atomic, collect_sql)
        return _SqliteEditor(self.connection, atomic) if isinstance(editor, SqliteSchemaEditor) else editor


async def _missing_steps(apps: AppsConfig) -> list[PlanStep]:
    return await _Executor(get_connection(CONNECTION), apps).plan()


async def _apply(step: PlanStep, apps: AppsConfig, state: State | None) -> State | None:
    """Apply and record one migration in one transaction. The executor's own transaction becomes a savepoint.

    Takes the models as the migrations before leave them, and returns them as this one does.
    """
    name = step.migration.name
    async with in_transaction(CONNECTION) as transaction:
        executor = _Executor(transaction, apps, state)
        await executor.migrate([MigrationTarget(step.migration.app_label, name)])
        await _refuse_broken_references(transaction, name)
    return executor.state


async def _refuse_broken_references(connection: BaseDBAsyncClient, migration: str) -> None:
    if connection.capabilities.dialect == "sqlite":
        _, rows = await connection.execute_query("PRAGMA foreign_key_check")
        if rows:
            raise MigrationBrokeReferences(migration, sorted({row["table"] for row in rows}))


async def _applied(connection: BaseDBAsyncClient) -> list[MigrationKey]:
    _, found = await connection.execute_query(_HISTORY_EXISTS[connection.capabilities.dialect])
    if not found:
        return []
    _, rows = await connection.execute_query(f"SELECT app, name FROM {HISTORY} ORDER BY applied_at, app, name")  # noqa: S608 - a constant
    return [MigrationKey(app_label=row["app"], name=row["name"]) for row in rows]


def _on_disk(apps: AppsConfig) -> list[MigrationKey]:
    """The migrations sorted by name, which is the order in which they are applied."""
    return [
        MigrationKey(app_label=label, name=module.name)
        for label, app in apps.items()
        for module in pkgutil.iter_modules(importlib.import_module(app["migrations"]).__path__)
        if not module.ispkg and module.name[0] not in "_~"
    ]
