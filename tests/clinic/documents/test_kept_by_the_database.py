"""What the database itself keeps of documents, whatever our code may do one day: nothing shown or signed changes."""

from datetime import UTC, datetime, timedelta

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from clinic.database.rows import fetch_changed
from tests.clinic.world import World, make_world
from tests.factories import Practice

MOMENT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
async def here(practice: Practice) -> World:
    return await make_world(practice)


def update(here: World, key: str, *columns: str) -> str:
    sets = ", ".join(f"{column} = ${number}" for number, column in enumerate(columns, start=2))
    return f"UPDATE {here[key]._meta.db_table} SET {sets} WHERE id = $1 RETURNING id"  # noqa: S608 - names of ours


async def refused(here: World, key: str, named: str, changes: dict[str, object]) -> None:
    """The database refuses the change by this name; values that name a row of the world stand for its id."""
    values = [here[value].id if isinstance(value, str) and value in here else value for value in changes.values()]
    with pytest.raises(IntegrityError, match=named):
        await fetch_changed(update(here, key, *changes), here[key].id, *values)


FACTS = {
    "contact_id": "another contact",
    "title": "Another",
    "kind": "CONSENT",
    "language": "es",
    "sha256": "1" * 64,
    "byte_count": 2,
    "page_count": 2,
    "text": "other words",
    "in_sequence": True,
    "created_at": MOMENT,
    "created_by_id": "another member",
}


@pytest.mark.parametrize("column", list(FACTS))
async def test_what_a_document_is_never_changes(here: World, practice: Practice, column: str) -> None:
    values = {**FACTS, "created_by_id": (await practice.staff()).staff_member_id}
    await refused(
        here,
        "document",
        "document_moved" if column == "contact_id" else "document_unchanging",
        {column: values[column]},
    )


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("upload", "sha256", "1" * 64),
        ("upload", "byte_count", 2),
        ("upload", "page_count", 2),
        ("signature", "document_id", "another document"),
        ("signature", "signer_id", "another contact"),
        ("signature", "position", 7),
        ("signing_consent", "text", "other words"),
        ("signing_consent", "version", "2"),
        ("signing_consent", "given_at", MOMENT),
    ],
)
async def test_what_was_sent_asked_or_agreed_to_never_changes(
    here: World, table: str, column: str, value: object
) -> None:
    named = "signature_moved" if column == "signer_id" else f"{table}_unchanging"
    await refused(here, table, named, {column: value})


@pytest.mark.parametrize(
    ("key", "column"),
    [
        ("upload", "used_at"),
        ("signature", "signed_at"),
        ("signature", "declined_at"),
        ("signing_consent", "withdrawn_at"),
        ("another document", "withdrawn_at"),
        ("another document", "superseded_at"),
    ],
)
async def test_what_has_happened_never_unhappens(here: World, key: str, column: str) -> None:
    sql, row = update(here, key, column), here[key]
    for value in (None, MOMENT + timedelta(days=1)):
        with pytest.raises(IntegrityError, match=f"{row._meta.db_table}_unchanging"):
            async with in_transaction():
                await fetch_changed(sql, row.id, MOMENT)
                await fetch_changed(sql, row.id, value)


COMPLETED = {"completed_at": MOMENT, "completed_sha256": "0" * 64, "signature_state": "COMPLETED"}


@pytest.mark.parametrize(
    ("key", "named", "changes"),
    [
        ("another document", "document_completed_with_file", {**COMPLETED, "completed_sha256": ""}),
        ("another document", "document_completed_with_file", {**COMPLETED, "completed_at": None}),
        ("another document", "document_completed_with_file", {**COMPLETED, "signature_state": "WAITING"}),
        ("document", "document_ends_one_way", {"withdrawn_at": MOMENT}),
        ("document", "document_ends_one_way", COMPLETED),
        ("another document", "document_ends_one_way", {**COMPLETED, "withdrawn_at": MOMENT}),
        ("signature", "signed_or_declined", {"signed_at": MOMENT, "declined_at": MOMENT}),
    ],
)
async def test_wrong_state_is_refused_by_name(here: World, key: str, named: str, changes: dict[str, object]) -> None:
    await refused(here, key, named, changes)


async def test_evidence_is_written_once(here: World) -> None:
    proof = here["signature_evidence"].id
    for sql, named in (
        ("UPDATE signature_evidence SET content = 'x' WHERE id = $1 RETURNING id", "append"),
        ("DELETE FROM signature_evidence WHERE id = $1 RETURNING id", "signature_evidence_kept"),
    ):
        with pytest.raises(IntegrityError, match=named):
            await fetch_changed(sql, proof)
