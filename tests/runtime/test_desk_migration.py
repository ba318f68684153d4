"""0028: phone numbers that were on record before are found by their digits."""

from pathlib import Path

import pytest

from clinic.database.rows import fetch
from clinic.records.models import ContactPhone
from runtime.database import migrate, open_database
from runtime.database.config import CLINIC_APPS
from tests.clock import FixedClock
from tests.runtime.toy.variants import Variants

ORGANIZATION, CONTACT = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"


async def test_numbers_on_record_get_the_form_by_which_they_are_found(
    fresh_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    earlier = Variants(tmp_path, monkeypatch).before("0028_desk", "clinic.migrations")
    await migrate(fresh_database_url, apps={"clinic": {**CLINIC_APPS["clinic"], "migrations": earlier}})
    async with open_database(fresh_database_url):
        await fetch(
            "INSERT INTO organization (id, slug, name, discreet_name, brand_colour, address, phone, website, "
            "support_email, time_zone, languages, created_at) "
            "VALUES ($1, 'a', 'A', 'Portal', '#2b5f75', '', '', '', '', 'UTC', 'en', $2)",
            ORGANIZATION,
            clock.now(),
        )
        await fetch(
            "INSERT INTO contact (id, organization_id, kind, given_name, family_name, given_key, family_key, sort_key, "
            "language, pin_encrypted, pin_hash, created_at, updated_at) "
            "VALUES ($1, $2, 'CLIENT', 'A', '', 'a', '', 'a', 'en', '', '1', $3, $3)",
            CONTACT,
            ORGANIZATION,
            clock.now(),
        )
        for position, number in enumerate(("(208) 555-0123", "0208 555 0124 x 7", "none yet")):
            await fetch(
                "INSERT INTO contact_phone (id, organization_id, contact_id, position, number) "
                "VALUES ($1, $2, $3, $4, $5)",
                f"00000000-0000-4000-8000-00000000001{position}",
                ORGANIZATION,
                CONTACT,
                position,
                number,
            )

    assert "0028_desk" in await migrate(fresh_database_url)

    async with open_database(fresh_database_url):
        phones = await ContactPhone.all().order_by("position")
        assert [phone.reversed_digits for phone in phones] == ["3210555802", "4210555802", ""]
