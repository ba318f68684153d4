"""0030: in an existing practice somebody may grant MANAGE_INTEGRATIONS."""

from pathlib import Path

import pytest

from clinic.database.rows import fetch
from clinic.staff.models import StaffMember
from runtime.database import migrate, open_database
from runtime.database.config import CLINIC_APPS
from tests.clock import FixedClock
from tests.runtime.toy.variants import Variants

ORGANIZATION = "00000000-0000-4000-8000-000000000001"
BEFORE = {
    "both": ("MANAGE_CONTACTS MANAGE_ORGANIZATION MANAGE_STAFF", "hash", None),
    "staff only": ("MANAGE_STAFF", "hash", None),
    "practice only": ("MANAGE_ORGANIZATION", "hash", None),
    "invited": ("MANAGE_ORGANIZATION MANAGE_STAFF", "", None),
    "disabled": ("MANAGE_ORGANIZATION MANAGE_STAFF", "hash", "now"),
    "has it": ("MANAGE_INTEGRATIONS MANAGE_ORGANIZATION MANAGE_STAFF", "hash", None),
}


async def test_who_manages_practice_and_staff_may_manage_integrations(
    fresh_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    earlier = Variants(tmp_path, monkeypatch).before("0030_integrations", "clinic.migrations")
    await migrate(fresh_database_url, apps={"clinic": {**CLINIC_APPS["clinic"], "migrations": earlier}})
    async with open_database(fresh_database_url):
        await fetch(
            "INSERT INTO organization (id, slug, name, discreet_name, brand_colour, address, phone, website, "
            "support_email, time_zone, languages, created_at) "
            "VALUES ($1, 'a', 'A', 'Portal', '#2b5f75', '', '', '', '', 'UTC', 'en', $2)",
            ORGANIZATION,
            clock.now(),
        )
        for place, (name, (permissions, password_hash, disabled)) in enumerate(BEFORE.items()):
            await fetch(
                "INSERT INTO staff_member (id, organization_id, name, email, email_normal, password_hash, permissions, "
                "created_at, disabled_at) VALUES ($1, $2, $3, $3, $3, $4, $5, $6, $7)",
                f"00000000-0000-4000-8000-00000000001{place}",
                ORGANIZATION,
                name,
                password_hash,
                permissions,
                clock.now(),
                clock.now() if disabled else None,
            )

    assert "0030_integrations" in await migrate(fresh_database_url)

    async with open_database(fresh_database_url):
        after = {member.name: member.permissions for member in await StaffMember.all()}
        assert after.pop("both") == "MANAGE_CONTACTS MANAGE_INTEGRATIONS MANAGE_ORGANIZATION MANAGE_STAFF"
        assert after == {name: permissions for name, (permissions, *_) in BEFORE.items() if name != "both"}
