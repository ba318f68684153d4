"""Models are made when a migration looks at them, and then they are those that Tortoise would have made."""

import pytest
from tortoise import fields
from tortoise.migrations import operations as ops
from tortoise.migrations.migration import Migration
from tortoise.migrations.schema_generator.state import State
from tortoise.migrations.schema_generator.state_apps import StateApps

from runtime.database.migration_models import LazyState

SHELF = ops.CreateModel("Shelf", fields=[("id", fields.IntField(primary_key=True))], options={"table": "shelf"})
BOOK = ops.CreateModel(
    "Book",
    fields=[
        ("id", fields.IntField(primary_key=True)),
        ("shelf", fields.ForeignKeyField("toy.Shelf", related_name="books")),
    ],
    options={"table": "book"},
)
READER = ops.CreateModel("Reader", fields=[("id", fields.IntField(primary_key=True))], options={"table": "reader"})
ROOM = ops.AddField("Shelf", "room", fields.CharField(max_length=40, null=True))
FORGET_ROOM = ops.RemoveField("Shelf", "room")
RENAME = ops.RenameModel("Reader", "Borrower")
DELETE = ops.DeleteModel("Book")


def lazy() -> LazyState:
    return LazyState.empty({"toy": "default"})


async def forward(state: State, *operations: ops.Operation) -> None:
    migration = Migration("0001_toy", "toy")
    migration.operations = list(operations)
    await migration.apply(state, dry_run=True)


def seen(apps: StateApps) -> dict[str, set[str]]:
    return {name: set(model._meta.fields_map) for name, model in apps.apps.get("toy", {}).items()}


async def test_models_are_those_that_tortoise_makes() -> None:
    stock = State(models={}, apps=StateApps(default_connections={"toy": "default"}))
    state = lazy()
    for operation in (BOOK, SHELF, READER, ROOM, FORGET_ROOM, RENAME, DELETE):
        operation.state_forward("toy", stock)
        operation.state_forward("toy", state)
        assert seen(state.apps) == seen(stock.apps)
    assert set(seen(state.apps)) == {"Shelf", "Borrower"}


async def test_model_is_made_with_those_that_it_refers_to_and_no_others() -> None:
    state = lazy()
    await forward(state, SHELF, BOOK, READER)
    book = state.apps.get_model("toy.Book")
    assert book._meta.fields_map["shelf"].related_model is not None  # type: ignore[attr-defined]
    assert book._meta.fields_db_projection == {"id": "id", "shelf_id": "shelf_id"}
    assert state.apps.get_model("toy", "Book") is book


async def test_what_was_made_before_a_change_is_made_anew() -> None:
    state = lazy()
    await forward(state, SHELF)
    before = state.apps.get_model("toy.Shelf")
    earlier = state.clone()
    await forward(state, ROOM)
    assert "room" not in before._meta.fields_map
    assert "room" in state.apps.get_model("toy.Shelf")._meta.fields_map
    assert "room" not in earlier.apps.get_model("toy.Shelf")._meta.fields_map


async def test_relation_to_a_model_that_no_migration_makes_is_an_error() -> None:
    with pytest.raises(RuntimeError, match=r"No migration made toy\.Shelf, to which Book refers"):
        await forward(lazy(), BOOK)


def test_unknown_model_is_an_error() -> None:
    with pytest.raises(LookupError, match=r"toy\.Shelf"):
        lazy().reload_model("toy", "Shelf")
