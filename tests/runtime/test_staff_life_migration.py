"""0013: everybody who works at a practice keeps reading contacts; who was disabled gets nothing new."""

from pathlib import Path

import pytest

from clinic.database.rows import fetch
from clinic.staff.models import StaffMember, StaffState
from clinic.values.callers import Permission
from runtime.database import migrate, open_database
from runtime.database.config import CLINIC_APPS
from tests.clock import FixedClock
from tests.factories import make_services
from tests.runtime.toy.variants import Variants

ORGANIZATION = "00000000-0000-4000-8000-000000000001"
BEFORE = ["", "WEB_PORTAL", "MANAGE_STAFF", "MANAGE_CONTACTS WEB_PORTAL", "MANAGE_CONTACTS VIEW_AUDIT"]
AFTER = [
    "VIEW_CONTACTS",
    "VIEW_CONTACTS WEB_PORTAL",
    "MANAGE_STAFF VIEW_CONTACTS",
    "MANAGE_CONTACTS VIEW_CONTACTS WEB_PORTAL",
    "MANAGE_CONTACTS VIEW_AUDIT VIEW_CONTACTS",
]


async def test_existing_members_keep_reading_contacts(
    fresh_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    earlier = Variants(tmp_path, monkeypatch).first(9, "clinic.migrations")
    await migrate(fresh_database_url, apps={"clinic": {**CLINIC_APPS["clinic"], "migrations": earlier}})
    now = make_services(clock).clock.now()
    async with open_database(fresh_database_url):
        await fetch(
            "INSERT INTO organization (id, slug, name, discreet_name, brand_colour, address, phone, website, "
            "support_email, time_zone, languages, created_at) "
            "VALUES ($1, 'a', 'A', 'Portal', '#2b5f75', '', '', '', '', 'UTC', 'en', $2)",
            ORGANIZATION,
            now,
        )
        for number, permissions in enumerate([*BEFORE, "WEB_PORTAL"]):
            await fetch(
                "INSERT INTO staff_member (id, organization_id, name, email, email_normal, password_hash, "
                "permissions, created_at, disabled_at) VALUES ($1, $2, $3, $4, $4, '!', $5, $6, $7)",
                f"00000000-0000-4000-8000-0000000001{number:02}",
                ORGANIZATION,
                f"{number}",
                f"{number}@a.example",
                permissions,
                now,
                now if number == len(BEFORE) else None,
            )

    assert "0013_staff_life" in await migrate(fresh_database_url)

    async with open_database(fresh_database_url):
        members = await StaffMember.all().order_by("name")
        assert [member.permissions for member in members] == [*AFTER, "WEB_PORTAL"]
        assert all(Permission.VIEW_CONTACTS in member.granted for member in members[:-1])
        assert [member.state for member in members] == [StaffState.ACTIVE] * len(BEFORE) + [StaffState.DISABLED]
