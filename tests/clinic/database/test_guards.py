"""What the database itself refuses, whatever our code may do one day: rows that point abroad, and wrong states."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise.exceptions import IntegrityError
from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model
from tortoise.transactions import in_transaction

from clinic.database.rows import fetch_changed
from clinic.database.tenancy import TenantModel
from clinic.work.models import AuditEvent
from tests.clinic.world import World, make_world
from tests.factories import Practice
from tests.factories.contents import models

MOMENT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class UndoneError(Exception):
    """Ends a transaction whose changes must not stay."""


@dataclass(frozen=True)
class Reference:
    """A column of one tenant-owned table that names a row of another."""

    table: str
    column: str
    target: str


def references() -> Iterator[Reference]:
    for model in models():
        for field in model._meta.fields_map.values():
            if isinstance(field, ForeignKeyFieldInstance):
                related: type[Model] = field.related_model
                if issubclass(related, TenantModel):
                    column = str(field.source_field)
                    yield Reference(str(model._meta.db_table), column, str(related._meta.db_table))


@pytest.fixture
async def here(practice: Practice) -> World:
    return await make_world(practice)


@pytest.fixture
async def abroad(other_practice: Practice) -> World:
    return await make_world(other_practice)


async def refusal(sql: str, *values: object) -> str | None:
    """What the database says to a statement, which is undone; None if it takes it."""
    try:
        async with in_transaction():
            await fetch_changed(sql, *values)
            raise UndoneError
    except IntegrityError as problem:
        return str(problem)
    except UndoneError:
        return None


async def copy_refused(row: TenantModel, **changes: object) -> str | None:
    """What the database says to another row like this one, with an id and secrets of its own but for `changes`."""
    table = str(row._meta.db_table)
    [columns] = await fetch_changed(f"SELECT * FROM {table} WHERE id = $1", row.id)  # noqa: S608 - a model's table
    for column in ("id", "access_hash", "refresh_hash", "token_hash", "message_id", "pin_hash"):
        if columns.get(column) is not None:
            columns[column] = uuid4() if column == "id" else uuid4().hex
    columns.update(changes)
    places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}) RETURNING id"  # noqa: S608 - its columns
    return await refusal(sql, *columns.values())


# What makes a copy no duplicate of a live row.
PAST: dict[str, dict[str, object]] = {
    "contact_email": {"position": 7, "address_normal": "another@example.com"},
    "contact_phone": {"position": 7},
    "facility": {"name": "Another"},
    "staff_member": {"email_normal": "another@example.com"},
    "portal_account": {"email_normal": "another@example.com"},
    "episode": {"ended_at": MOMENT},
    "portal_link": {"unlinked_at": MOMENT},
    "invitation": {"closed_at": MOMENT, "closed_why": "USED"},
    "account_token": {"closed_at": MOMENT, "closed_why": "USED"},
    "staff_token": {"closed_at": MOMENT, "closed_why": "USED"},
    "transfer_request": {"decided_at": MOMENT},
    "contact_merge": {"decided_at": MOMENT},
    "signing_consent": {"withdrawn_at": MOMENT},
    "passkey": {"credential_id": "another"},
    "recovery_code": {"code_hash": "another"},
    "provider_sign_in": {"nonce_hash": "another"},
    "staff_identity": {"subject": "another"},
    "external_id": {"value": "another"},
    "used_assertion": {"digest": "another"},
}


# The same, where it takes another row to point to.
ELSEWHERE: dict[str, dict[str, str | int]] = {
    "relationship": {"relative_id": "another contact"},
    "document_recipient": {"document_id": "another document"},
    "signature": {"signer_id": "another contact", "position": 1},
    "signature_evidence": {"signature_id": "another signature"},
    "evidence_mac": {"signature_id": "another signature"},
    "completion": {"document_id": "another document"},
    "service_account": {"staff_member_id": "another staff member"},
    "totp": {"staff_member_id": "another staff member"},
    "staff_identity": {"staff_member_id": "another staff member"},
}

# A row of these is of a staff member or of a portal account, never of both.
OF_ONE_PERSON = frozenset({"passkey", "totp", "recovery_code", "factor_challenge"})
_OTHER = {"staff_member_id": "account_id", "account_id": "staff_member_id"}

# How a row refuses that may not change at all, wherever it would point to.
UNCHANGING = ("unchanging", "append", "moved")


def distinct(here: World, table: str) -> dict[str, object]:
    """What makes a copy of a row no duplicate of it."""
    pointers = ELSEWHERE.get(table, {})
    return {
        **PAST.get(table, {}),
        **{column: here[to].id if isinstance(to, str) else to for column, to in pointers.items()},
    }


# An external id is of one record, whose kind it names.
_CALLED = ("contact_id", "relationship_id", "appointment_id", "staff_member_id", "facility_id")


def others_than(reference: Reference) -> dict[str, str | None]:
    """The columns that must be empty, or say another kind, where this one is set."""
    if reference.table == "external_id":
        others: dict[str, str | None] = {column: None for column in _CALLED if column != reference.column}
        return {**others, "kind": reference.column.removesuffix("_id").upper()}
    return {_OTHER[reference.column]: None} if reference.table in OF_ONE_PERSON else {}


def test_world_is_whole(here: World) -> None:
    owned = {str(model._meta.db_table) for model in models() if issubclass(model, TenantModel)}
    assert owned - set(here) == {AuditEvent._meta.db_table}


async def test_no_row_can_be_made_that_points_into_another_organization(here: World, abroad: World) -> None:
    tried = list(references())
    assert len(tried) >= 41
    for reference in tried:
        free = str(ELSEWHERE.get(reference.table, {}).get(reference.column, reference.target))
        row, foreign = here[reference.table], abroad[free].id
        changes = {**distinct(here, reference.table), **others_than(reference), reference.column: foreign}
        said = await copy_refused(row, **changes)
        assert said is not None, f"{reference} may point abroad"
        assert f"same_organization_{reference.table}_{reference.column}" in said


async def test_no_row_can_be_turned_to_point_into_another_organization(here: World, abroad: World) -> None:
    for reference in references():
        others = others_than(reference).items()
        cleared = "".join(f", {column} = " + (f"'{value}'" if value else "NULL") for column, value in others)
        sql = f"UPDATE {reference.table} SET {reference.column} = $1{cleared} WHERE id = $2 RETURNING id"  # noqa: S608
        said = await refusal(sql, abroad[reference.target].id, here[reference.table].id)
        assert said is not None, f"{reference} may be turned abroad"
        # A row already there may be in the way first.
        wall = f"same_organization_{reference.table}_{reference.column}"
        assert any(word in said.lower() for word in (wall, "unique", *UNCHANGING)), f"{reference}: {said}"


async def test_no_row_that_others_point_to_or_that_points_to_others_can_move(
    here: World, abroad: World, other_practice: Practice
) -> None:
    tables = {reference.table for reference in references()} | {reference.target for reference in references()}
    for table in sorted(tables):
        sql = f"UPDATE {table} SET organization_id = $1 WHERE id = $2 RETURNING id"  # noqa: S608 - a model's table
        said = await refusal(sql, other_practice.organization.id, here[table].id)
        assert said is not None, f"a row of {table} may move"
        assert any(word in said for word in ("organization", *UNCHANGING)), f"{table}: {said}"


async def test_rows_within_one_organization_are_taken(here: World) -> None:
    for reference in references():
        changes = distinct(here, reference.table)
        if reference.table == "relationship":
            changes = {"client_id": here["another contact"].id, "relative_id": here["contact"].id}
        assert await copy_refused(here[reference.table], **changes) is None, reference


ONLY_ONE: list[tuple[str, str, dict[str, object]]] = [
    ("one account per address", "portal_account", {}),
    ("one live link per account", "portal_link", {"contact_id": "another contact"}),
    ("one live link per contact", "portal_link", {"account_id": "another account"}),
    ("one open invitation per account", "invitation", {}),
    ("one open token per purpose", "account_token", {}),
    ("one open staff token per purpose", "staff_token", {}),
    ("one open transfer per contact", "transfer_request", {}),
    ("one open merge per duplicate", "contact_merge", {}),
    ("one open episode per contact", "episode", {}),
    ("one staff member per address", "staff_member", {}),
    ("one address in each place", "contact_email", {"address_normal": "another@example.com"}),
    ("each address once", "contact_email", {"position": 7}),
    ("one number in each place", "contact_phone", {}),
    ("two people are related once", "relationship", {}),
    ("one place of a name", "facility", {}),
    ("one logo", "organization_logo", {}),
    ("one place for each signer", "signature", {"position": 1}),
    ("one signer in each place", "signature", {"signer_id": "another contact"}),
    ("one evidence for each signature", "signature_evidence", {}),
    ("one completion for each document", "completion", {}),
    ("each recipient once", "document_recipient", {}),
    ("one live consent of an account", "signing_consent", {}),
    ("one secret of codes for each person", "totp", {}),
    ("one provider of each practice", "identity_provider", {}),
    ("one member for each subject", "staff_identity", {"staff_member_id": "another member"}),
    ("one subject for each member", "staff_identity", {"subject": "another"}),
    ("no sign-in at the provider twice", "provider_sign_in", {}),
    *(
        (f"no {column} twice", table, {**PAST.get(table, {}), column: "same"})
        for table, column in (
            ("contact", "pin_hash"),
            ("letter", "token_hash"),
            ("account_token", "token_hash"),
            ("staff_token", "token_hash"),
            ("printed_sheet", "token_hash"),
            ("letter", "message_id"),
            ("patient_session", "access_hash"),
            ("patient_session", "refresh_hash"),
            ("staff_session", "access_hash"),
            ("staff_session", "refresh_hash"),
        )
    ),
]


async def test_second_of_what_there_is_one_of_is_refused(here: World) -> None:
    known: dict[object, UUID] = {
        "another contact": here["another contact"].id,
        "another account": await another_account(here),
        "another member": here["another staff member"].id,
    }
    for rule, table, changes in ONLY_ONE:
        row = here[table]
        meant = {
            column: getattr(row, column) if value == "same" else known.get(value, value)
            for column, value in changes.items()
        }
        said = await copy_refused(row, **meant)
        assert said is not None, rule
        assert "unique" in said.lower(), rule


async def another_account(here: World) -> UUID:
    [columns] = await fetch_changed("SELECT * FROM portal_account WHERE id = $1", here["portal_account"].id)
    columns.update(id=uuid4(), email_normal="second@example.com")
    places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    sql = f"INSERT INTO portal_account ({', '.join(columns)}) VALUES ({places}) RETURNING id"  # noqa: S608
    [made] = await fetch_changed(sql, *columns.values())
    return UUID(str(made["id"]))


NEVER: list[tuple[str, str, dict[str, Any]]] = [
    ("appointment_ends_after_start", "appointment", {"ends_at": MOMENT - timedelta(hours=1)}),
    ("appointment_ends_after_start", "appointment", {"ends_at": MOMENT - timedelta(hours=2)}),
    ("relationship_between_two_people", "relationship", {"relative_id": "contact"}),
    ("invitation_closed_with_reason", "invitation", {"closed_at": MOMENT}),
    ("invitation_closed_with_reason", "invitation", {"closed_why": "USED"}),
    ("merged_is_archived", "contact", {"merged_into_id": "another contact", "archived_at": None}),
    ("merge_of_two_records", "contact_merge", {"decided_at": MOMENT, "duplicate_id": "contact"}),
    ("merge_decided_by_another", "contact_merge", {"decided_at": MOMENT, "decided_by_id": "staff_member"}),
    ("transfer_decided_by_another", "transfer_request", {"decided_at": MOMENT, "decided_by_id": "staff_member"}),
    ("passkey_of_one_person", "passkey", {"account_id": "portal_account", "credential_id": "another"}),
    ("totp_of_one_person", "totp", {"staff_member_id": None}),
    ("registered_account_has_password", "portal_account", {"registered_at": MOMENT, "email_normal": "b@example.com"}),
]


async def test_wrong_state_is_refused_by_name(here: World) -> None:
    for name, table, changes in NEVER:
        row = here[table]
        meant = {
            column: here[value].id if isinstance(value, str) and value in here else value
            for column, value in changes.items()
        }
        sets = ", ".join(f"{column} = ${number}" for number, column in enumerate(meant, start=2))
        update = f"UPDATE {table} SET {sets} WHERE id = $1 RETURNING id"  # noqa: S608 - names of columns
        for said in (await copy_refused(row, **meant), await refusal(update, row.id, *meant.values())):
            assert said is not None, name
            assert name in said
