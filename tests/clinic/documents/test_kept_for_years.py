"""The database lets evidence go when the practice's rule has passed, and not a signature earlier, whoever asks."""

from datetime import UTC, datetime, timedelta

import pytest
from tortoise.exceptions import IntegrityError

from clinic.database.rows import fetch_changed
from clinic.documents.models import Document, EvidenceMac, SignatureEvidence
from clinic.organizations.models import Organization
from clinic.records.models import Contact
from tests.clinic.documents.signing import paper, person, sign
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice

SIGNED_AGO = timedelta(days=365 * 8 + 2)


@pytest.fixture
async def signed(practice: Practice, mailbox: Mailbox, clock: FixedClock) -> Document:
    """Signed more than eight years before the test's clock, which itself is in the past."""
    clock.advance(-SIGNED_AGO)
    omar = await person(practice, mailbox)
    document = await sign(practice, omar, await paper(practice, omar.contact, omar.contact))
    clock.advance(SIGNED_AGO)
    return document


async def rule(practice: Practice, years: int | None) -> None:
    await Organization.filter(id=practice.organization.id).update(signed_retention_years=years)


DELETE = {
    EvidenceMac: "DELETE FROM evidence_mac RETURNING id",
    SignatureEvidence: "DELETE FROM signature_evidence RETURNING id",
}


async def delete_all() -> int:
    return sum([len(await fetch_changed(sql)) for sql in DELETE.values()])


async def refused() -> None:
    for model, sql in DELETE.items():
        with pytest.raises(IntegrityError, match=f"{model._meta.db_table}_kept"):
            await fetch_changed(sql)
        assert await model.all().count() == 1


async def test_evidence_stays_for_ever_without_a_rule(signed: Document) -> None:
    assert (await Document.get(id=signed.id)).last_signed_at is not None
    await refused()


async def test_evidence_goes_when_the_rule_has_passed_and_not_before(practice: Practice, signed: Document) -> None:
    await rule(practice, 30)
    await refused()
    await rule(practice, 8)
    assert await delete_all() == 2


async def test_evidence_about_somebody_who_was_a_child_stays_longer(practice: Practice, signed: Document) -> None:
    await rule(practice, 8)
    born = datetime.now(UTC).date() - timedelta(days=366 * 18)
    await Contact.filter(id=signed.contact_id).update(date_of_birth=born)
    await refused()
    await Contact.filter(id=signed.contact_id).update(date_of_birth=None)
    assert await delete_all() == 2


async def test_rule_is_between_one_and_a_hundred_years(practice: Practice) -> None:
    for years in (0, 101, -1):
        with pytest.raises(IntegrityError, match="signed_retention_is_years"):
            await rule(practice, years)


@pytest.mark.parametrize(("ago", "kept"), [(362, True), (369, False)])
async def test_days_are_counted_by_the_databases_own_clock(
    practice: Practice, mailbox: Mailbox, clock: FixedClock, ago: int, kept: bool
) -> None:
    """The program's clock does not matter. In 362 days no year has passed in any zone; in 369 one has in each."""
    clock.advance(datetime.now(UTC) - clock.now() - timedelta(days=ago))
    omar = await person(practice, mailbox)
    await sign(practice, omar, await paper(practice, omar.contact, omar.contact))
    await rule(practice, 1)
    clock.advance(timedelta(days=3000))
    if kept:
        await refused()
    else:
        assert await delete_all() == 2
