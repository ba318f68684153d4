"""0011: a database from before MACs, with rows, is migrated and then vouched for."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from clinic.database.rows import fetch_changed
from clinic.organizations.models import Organization
from clinic.upkeep.audit_verification import Fault
from clinic.upkeep.vouching import vouch_for_older_rows
from clinic.values.paper import PaperSize
from clinic.work.audit_chain import GENESIS, event_hash
from clinic.work.models import AuditEvent
from runtime.database import migrate, open_database
from runtime.database.config import CLINIC_APPS
from tests.clock import FixedClock
from tests.factories import make_services
from tests.factories.chains import verify_chain
from tests.runtime.toy.variants import Variants
from tests.security.test_forging import insert

EVENTS = 1001

# Columns of an organization that later migrations add.
LATER = {
    *("staff_idle_minutes", "require_staff_second_factor", "password_sign_in", "allowed_origins", "paper_size"),
    "signed_retention_years",
}


async def test_rows_from_before_stay_and_are_vouched_for(
    fresh_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FixedClock
) -> None:
    earlier = Variants(tmp_path, monkeypatch).first(9, "clinic.migrations")
    await migrate(fresh_database_url, apps={"clinic": {**CLINIC_APPS["clinic"], "migrations": earlier}})
    async with open_database(fresh_database_url):
        organization = Organization(id=uuid4(), slug="alder", name="Alder", created_at=clock.now())
        columns = sorted(Organization._meta.db_fields - LATER)
        await insert("organization", **{column: getattr(organization, column) for column in columns})
        await write_events(organization)

    assert "0011_macs" in await migrate(fresh_database_url)

    async with open_database(fresh_database_url):
        assert (await Organization.get(id=organization.id)).paper_size is PaperSize.A4
        before = await verify_chain(organization.id)
        assert before.broken is not None
        assert (before.broken.fault, before.broken.sequence) == (Fault.NOT_VOUCHED, 1)
        [done] = await vouch_for_older_rows(make_services(clock))
        assert (done.slug, done.events, done.broken) == ("alder", EVENTS, None)
        after = await verify_chain(organization.id)
        assert (after.events, after.broken) == (EVENTS + 1, None)


async def write_events(organization: Organization) -> None:
    """As the earlier program wrote them: hashes, and no MACs."""
    previous = GENESIS
    for number in range(1, EVENTS + 1):
        event = AuditEvent(
            id=uuid4(),
            organization_id=organization.id,
            sequence=number,
            at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
            action="organization.created" if number == 1 else "thing.done",
            actor_kind="system",
            actor_name="test",
            subject_kind="Organization",
            subject_id=organization.id,
            previous_hash=previous,
        )
        event.hash = previous = event_hash(event)
        columns = sorted(AuditEvent._meta.db_fields - {"mac"})
        await insert("audit_event", **{column: getattr(event, column) for column in columns})
    head = "INSERT INTO audit_head (organization_id, sequence, hash) VALUES ($1, $2, $3) RETURNING 1"
    await fetch_changed(head, organization.id, EVENTS, previous)
