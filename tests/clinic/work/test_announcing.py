"""Who hears of what: an action's audit tells it, and those who share an address hear of it too.

That no change of any icon is ever forgotten is shown by the random walks (tests/clinic/portal_access/test_model.py).
"""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from tortoise.context import TortoiseContext

from clinic.database.tenancy import TenantModel
from clinic.documents.actions.read import Reading, record_reading
from clinic.documents.actions.sign import sign_document
from clinic.documents.actions.withdraw import withdraw_document
from clinic.portal_access.actions import invite_contact
from clinic.records.actions.contacts import ContactChanges, update_contact
from clinic.records.actions.relationships import create_relationship
from clinic.records.actions.views import record_views
from clinic.values.callers import Permission
from clinic.values.change import ChangeKind
from clinic.values.errors import ClinicError
from clinic.work.announcing import (
    APPOINTMENTS_OF,
    CONTACTS_OF,
    DOCUMENTS_OF,
    ORGANIZATION_KINDS,
    QUIET_KINDS,
    remove_old_changes,
)
from clinic.work.models import ChangeRow
from tests.clinic.documents.signing import form, paper, person
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice
from tests.factories.contents import models

ROOT = Path(__file__).parents[3]
STATUS, DOCUMENTS = ChangeKind.PORTAL_STATUS, ChangeKind.DOCUMENTS


class Told:
    """What has been announced since the last look."""

    def __init__(self) -> None:
        self._seen = 0

    async def since(self) -> "Counter[tuple[UUID, ChangeKind]]":
        rows = await ChangeRow.filter(number__gt=self._seen).order_by("number")
        self._seen = max([self._seen, *(row.number for row in rows)])
        return Counter((row.contact_id, row.kind) for row in rows)


@pytest.fixture
async def told(practice: Practice) -> Told:
    return Told()


async def test_every_kind_of_record_says_whom_it_concerns_or_that_it_concerns_nobody(database: TortoiseContext) -> None:
    kinds = {model.__name__ for model in models() if issubclass(model, TenantModel)}
    speaking = {*CONTACTS_OF, *DOCUMENTS_OF, *APPOINTMENTS_OF, *ORGANIZATION_KINDS}
    assert kinds - speaking - QUIET_KINDS == set()
    assert QUIET_KINDS & speaking == set()


async def test_whoever_shares_an_address_hears_of_the_others_account(
    practice: Practice, other_practice: Practice, told: Told
) -> None:
    mia, leo = [await practice.contact(name, emails=("park@example.com",)) for name in ("Mia", "Leo")]
    await practice.contact("Nora", emails=("nora@example.com",))
    await other_practice.contact("Mia", emails=("park@example.com",))
    desk = await practice.staff(Permission.WEB_PORTAL)
    await told.since()

    await invite_contact(desk, mia.id, practice.services)

    assert await told.since() == {(mia.id, STATUS): 1, (leo.id, STATUS): 1}
    assert {row.organization_id for row in await ChangeRow.filter(contact_id=mia.id)} == {practice.organization.id}


async def test_whoever_shared_an_address_hears_that_the_other_gave_it_up(practice: Practice, told: Told) -> None:
    mia, leo = [await practice.contact(name, emails=("park@example.com",)) for name in ("Mia", "Leo")]
    await told.since()

    changes = ContactChanges(emails=["mia@example.com"])
    await update_contact(practice.system, mia.id, changes, practice.services)

    assert await told.since() == {(mia.id, STATUS): 1, (leo.id, STATUS): 1}


def test_whoever_changes_an_accounts_address_says_that_it_gave_one_up() -> None:
    actions = [path.read_text(encoding="utf-8") for path in (ROOT / "clinic").rglob("*.py")]
    changing = [text for text in actions if ", account.email_normal = " in text]
    assert len(changing) == 2
    for text in changing:
        before, *_ = text.split(", account.email_normal = ")
        assert before.splitlines()[-2].strip() == "work.address_released(account.email_normal)"


async def test_what_is_refused_is_not_announced(practice: Practice, told: Told) -> None:
    contact = await practice.contact(emails=())
    desk = await practice.staff(Permission.WEB_PORTAL)
    await told.since()

    with pytest.raises(ClinicError):
        await invite_contact(desk, contact.id, practice.services)

    assert await told.since() == {}


async def test_looking_is_not_announced(practice: Practice, told: Told) -> None:
    contact, desk = await practice.contact(), await practice.staff()
    document = await paper(practice, contact)
    await told.since()

    await record_views(desk, [contact.id], practice.services)
    for reading in Reading:
        await record_reading(desk, document.id, reading, practice.services)

    assert await told.since() == {}


async def test_a_relationship_tells_both_and_the_clients_documents(practice: Practice, told: Told) -> None:
    mia, leo = await practice.contact("Mia", emails=()), await practice.contact("Leo", emails=())
    await told.since()

    await create_relationship(practice.system, mia.id, leo.id, "father", practice.services, portal_access=True)

    assert await told.since() == {(mia.id, STATUS): 1, (leo.id, STATUS): 1, (mia.id, DOCUMENTS): 1}


async def test_signing_tells_of_the_document_and_of_its_signer(
    practice: Practice, mailbox: Mailbox, told: Told
) -> None:
    omar = await person(practice, mailbox)
    document = await paper(practice, omar.contact, omar.contact)
    await told.since()

    await sign_document(omar.caller, form(document), practice.services)

    assert await told.since() == {(omar.contact.id, DOCUMENTS): 1, (omar.contact.id, STATUS): 1}


async def test_a_document_taken_back_tells_of_the_documents_alone(practice: Practice, told: Told) -> None:
    contact, desk = await practice.contact(), await practice.staff(Permission.WEB_PORTAL)
    document = await paper(practice, contact)
    await told.since()

    await withdraw_document(desk, document.id, "The wrong form.", practice.services)

    assert await told.since() == {(contact.id, DOCUMENTS): 1}


async def test_announcements_are_forgotten_after_an_hour(practice: Practice, clock: FixedClock) -> None:
    await practice.contact()
    clock.advance(timedelta(hours=1))
    assert await remove_old_changes(clock.now()) == 0
    clock.advance(timedelta(seconds=1))
    assert await remove_old_changes(clock.now()) == 1
    assert await ChangeRow.all().count() == 0
