"""0008: the links of the first release's letters still open after an invitation's token moved to its letter."""

from datetime import timedelta
from pathlib import Path

import pytest
from tortoise import fields

from clinic.database.rows import fetch, on_postgres
from clinic.letters.delivery import deliver_due_letters
from clinic.mail.models import Letter
from clinic.portal_access.access import invitation_by_token
from clinic.portal_access.actions import invite_contact, resend_invitation
from clinic.values.callers import Permission
from runtime.database import migrate, open_database
from runtime.database.config import CLINIC_APPS
from tests.clock import FixedClock
from tests.factories import Mailbox, make_services, open_practice
from tests.factories.contents import models
from tests.factories.letters import token_in
from tests.runtime.toy.variants import Variants

# What a column that is added for a while may hold, by its field.
KINDS = {
    fields.BooleanField: "BOOLEAN DEFAULT FALSE",
    fields.SmallIntField: "SMALLINT DEFAULT 0",
    fields.IntField: "INTEGER DEFAULT 0",
    fields.BigIntField: "BIGINT DEFAULT 0",
    fields.UUIDField: "UUID",
    fields.DatetimeField: "TIMESTAMPTZ",
    fields.BinaryField: "BYTEA",
}


async def later_columns() -> dict[tuple[str, str], str]:
    """The columns of today's rows that the tables do not have yet, with a type for each."""
    later: dict[tuple[str, str], str] = {}
    for model in models():
        table = str(model._meta.db_table)
        there = await columns_of_table(table)
        for name, field in model._meta.fields_map.items():
            column = str(model._meta.fields_db_projection.get(name, ""))
            if there and column and column not in there:
                later[table, column] = KINDS.get(type(field), "TEXT DEFAULT ''")
    return later


async def later_tables() -> dict[str, str]:
    """The tables of today's models that are not there yet, with their columns."""
    later: dict[str, str] = {}
    for model in models():
        table, columns = str(model._meta.db_table), []
        for name, field in model._meta.fields_map.items():
            if column := model._meta.fields_db_projection.get(name):
                key = " PRIMARY KEY" if field.pk else ""
                columns.append(f"{column} {KINDS.get(type(field), 'TEXT')}{key}")
        if not await columns_of_table(table):
            later[table] = ", ".join(columns)
    return later


async def columns_of_table(table: str) -> set[str]:
    """Empty for a table that is not there yet."""
    if on_postgres():
        sql = "SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1"
        return {str(row["name"]) for row in await fetch(sql, table)}
    return {str(row["name"]) for row in await fetch(f"PRAGMA table_info({table})")}


async def test_link_of_a_letter_without_a_token_still_opens(
    fresh_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    earlier = Variants(tmp_path, monkeypatch).first(7, "clinic.migrations")
    await migrate(fresh_database_url, apps={"clinic": {**CLINIC_APPS["clinic"], "migrations": earlier}})
    mailbox = Mailbox()
    services = make_services(clock, mailbox)
    async with open_database(fresh_database_url):
        # Today's actions also read and write what later migrations added.
        tables = await later_tables()
        for table, columns in tables.items():
            await fetch(f"CREATE TABLE {table} ({columns})")
        later = await later_columns()
        for (table, column), kind in later.items():
            await fetch(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
        practice = await open_practice(services)
        desk = await practice.staff(Permission.WEB_PORTAL)
        contact = await practice.contact()
        await invite_contact(desk, contact.id, services)
        await deliver_due_letters(services, worker_name="w")
        clock.advance(timedelta(hours=1))
        await resend_invitation(desk, contact.id, services)
        await deliver_due_letters(services, worker_name="w")
        # As the first release left it: the newest letter's token at the invitation, none at the letters.
        [newest] = await Letter.all().order_by("-created_at").limit(1)
        await fetch("UPDATE invitation SET token_hash = $1", newest.token_hash)
        await Letter.all().update(token_hash=None)
        for table, column in later:
            await fetch(f"ALTER TABLE {table} DROP COLUMN {column}")
        for table in tables:
            await fetch(f"DROP TABLE {table}")

    assert (await migrate(fresh_database_url))[0] == "0008_one_invitation_token"

    async with open_database(fresh_database_url):
        found = await invitation_by_token(practice.organization.id, token_in(mailbox.letters[-1]))
        assert found is not None
        assert found.why_not_usable(clock.now()) is None
        assert await Letter.filter(token_hash=None).count() == len(mailbox.letters) - 1
