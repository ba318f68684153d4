"""0008: the links of the first release's letters still open after an invitation's token moved to its letter."""

from datetime import timedelta
from pathlib import Path

import pytest

from clinic.database.rows import fetch
from clinic.letters.delivery import deliver_due_letters
from clinic.mail.models import Letter
from clinic.portal_access.access import invitation_by_token
from clinic.portal_access.actions import invite_contact, resend_invitation
from clinic.values.callers import Permission
from runtime.database import migrate, open_database
from runtime.database.config import CLINIC_APPS
from tests.clock import FixedClock
from tests.factories import Mailbox, make_services, open_practice
from tests.factories.letters import token_in
from tests.runtime.toy.variants import Variants

LATER = {
    ("audit_event", "mac"): "VARCHAR(100) NOT NULL DEFAULT ''",
    ("audit_head", "mac"): "VARCHAR(100) NOT NULL DEFAULT ''",
    ("staff_member", "last_signed_in_at"): "TIMESTAMP",
    ("staff_member", "disabled_reason"): "VARCHAR(200) NOT NULL DEFAULT ''",
    ("letter", "staff_token_id"): "UUID",
    ("letter", "staff_member_id"): "UUID",
}


async def test_link_of_a_letter_without_a_token_still_opens(
    fresh_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    earlier = Variants(tmp_path, monkeypatch).first(7, "clinic.migrations")
    await migrate(fresh_database_url, apps={"clinic": {**CLINIC_APPS["clinic"], "migrations": earlier}})
    mailbox = Mailbox()
    services = make_services(clock, mailbox)
    async with open_database(fresh_database_url):
        # Today's actions also write what later migrations added.
        for (table, column), kind in LATER.items():
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
        for table, column in LATER:
            await fetch(f"ALTER TABLE {table} DROP COLUMN {column}")

    assert (await migrate(fresh_database_url))[0] == "0008_one_invitation_token"

    async with open_database(fresh_database_url):
        found = await invitation_by_token(practice.organization.id, token_in(mailbox.letters[-1]))
        assert found is not None
        assert found.why_not_usable(clock.now()) is None
        assert await Letter.filter(token_hash=None).count() == len(mailbox.letters) - 1
