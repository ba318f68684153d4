"""The demo practice: each state is there, today is full whatever day it is, and seeding again changes nothing."""

import asyncio
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from tortoise.context import TortoiseContext

from adapters.secrets import KeyringSecrets
from clinic.documents.actions.share import unshare_document
from clinic.documents.models import Document, DocumentRecipient, Signature, Upload
from clinic.documents.reader_lists import documents_for
from clinic.documents.rendered_pages import page_texts
from clinic.documents.visibility import reader_of
from clinic.letters.delivery import deliver_due_letters
from clinic.mail.models import Letter, LetterKind
from clinic.organizations.models import Facility, Organization, OrganizationLogo
from clinic.portal_access.facts import status_facts
from clinic.portal_access.models import PortalAccount
from clinic.portal_access.status import PortalState, decide
from clinic.records.models import Appointment, Contact, Episode, Relationship
from clinic.staff.models import StaffMember
from clinic.values.callers import PatientCaller, Permission, StaffCaller
from clinic.values.paging import PageRequest
from clinic.values.passwords import password_matches
from clinic.values.ports import Addresses, Services
from dev.demo.logos import harbor_logo, willow_logo
from dev.demo.people import PASSWORD
from dev.demo.practice import seed_demo
from runtime.database import open_database
from tests.clock import FixedClock
from tests.factories import SECRET_KEY, make_services

STATES = {
    "Nora Gray": PortalState.NO_EMAIL,
    "Omar Reyes": PortalState.NO_ACCOUNT,
    "Ines Novak": PortalState.INVITED,
    "Ana Santos": PortalState.ACCOUNT_NOT_LINKED,
    "Leo Park": PortalState.LINKED,
    "Mia Park": PortalState.EMAIL_CONFLICT,
}
BOISE = ZoneInfo("America/Boise")


def services(clock: FixedClock) -> Services:
    addresses = Addresses("http://127.0.0.1:8000", "http://127.0.0.1:8001", "no-reply@portal.example")
    return make_services(clock, addresses=addresses)


async def willow_creek() -> Organization:
    return await Organization.get(slug="willow-creek")


async def states_by_name() -> dict[str, PortalState]:
    contacts = await Contact.filter(organization_id=(await willow_creek()).id)
    facts = await status_facts([contact.id for contact in contacts])
    return {contact.display_name: decide(facts[contact.id])[0] for contact in contacts}


async def everything_counted() -> list[int]:
    people = (Organization, Facility, StaffMember, Contact, Episode, Relationship, PortalAccount, Letter)
    kinds = (*people, Document, DocumentRecipient, Upload, Signature, Appointment)
    return [await kind.all().count() for kind in kinds]


async def test_states_people_and_documents_are_as_the_page_says(database: TortoiseContext, clock: FixedClock) -> None:
    same = services(clock)
    await seed_demo(same)

    await there_is_a_contact_in_each_state()
    await people_are_who_the_page_says()
    await leo_has_documents_to_read_and_to_sign_and_so_has_his_child(same)


async def there_is_a_contact_in_each_state() -> None:
    states = await states_by_name()
    assert {name: states[name] for name in STATES} == STATES
    assert len(states) >= 36
    assert set(states.values()) == set(PortalState)
    # The same person at the other practice: nothing crosses.
    other = await Organization.get(slug="harbor-house")
    leo = await Contact.get(organization_id=other.id, family_name="Park")
    assert decide((await status_facts([leo.id]))[leo.id])[0] is PortalState.NO_ACCOUNT
    assert await OrganizationLogo.all().count() == 2


async def people_are_who_the_page_says() -> None:
    practice = await willow_creek()
    granted = {member.email: member for member in await StaffMember.filter(organization_id=practice.id)}
    assert granted["front.desk@willow-creek.example"].granted == {
        Permission.WEB_PORTAL,
        Permission.MANAGE_CONTACTS,
        Permission.VIEW_CONTACTS,
    }
    assert granted["admin@willow-creek.example"].granted == set(Permission)
    assert granted["billing@willow-creek.example"].granted == set()
    for member in (granted["front.desk@willow-creek.example"], granted["billing@willow-creek.example"]):
        assert await password_matches(member.password_hash, PASSWORD)
    leo = await PortalAccount.get(organization_id=practice.id, email_normal="leo.park@example.com")
    assert await password_matches(leo.password_hash, PASSWORD)
    omar = await Contact.get(organization_id=practice.id, given_name="Omar")
    episode = await Episode.get(contact_id=omar.id, ended_at=None).prefetch_related("facility")
    tie = await Relationship.get(organization_id=practice.id, kind="parent").prefetch_related("client", "relative")
    assert episode.facility is not None
    assert episode.facility.name == "Riverside"
    assert (tie.client.display_name, tie.relative.display_name) == ("Mia Park", "Leo Park")
    assert tie.portal_access


async def papers_of(name: str) -> dict[str, Document]:
    found = Document.filter(organization_id=(await willow_creek()).id, contact__given_name=name)
    return {document.title: document for document in await found}


async def leo_has_documents_to_read_and_to_sign_and_so_has_his_child(same: Services) -> None:
    leos, mias = await papers_of("Leo"), await papers_of("Mia")
    assert {title: document.sharing.value for title, document in leos.items()} == {
        "Welcome to Willow Creek Counseling": "ALL_AUTHORIZED",
        "Practice policies and fees": "CHOSEN_RECIPIENTS",
        "Consent to counseling": "ALL_AUTHORIZED",
        "Goals for the spring": "NOT_SHARED",
    }
    assert [title for title, document in leos.items() if not document.text] == ["Practice policies and fees"]
    [consent] = mias.values()
    account = await PortalAccount.get(organization_id=consent.organization_id, email_normal="leo.park@example.com")
    caller = PatientCaller(consent.organization_id, account.id, uuid4())
    reader = await reader_of(caller, same.clock.now())
    assert reader is not None
    seen = (await documents_for(reader, PageRequest())).rows
    assert {row.title for row in seen if row.awaits_reader} == {"Consent to counseling", consent.title}
    assert {row.title for row in seen if not row.awaits_reader} == {
        "Welcome to Willow Creek Counseling",
        "Practice policies and fees",
    }
    assert "Mia Park" in " ".join(await page_texts(consent, same))
    # One letter for all of them, which leads to the list.
    [letter] = await Letter.filter(kind=LetterKind.DOCUMENT_AWAITS)
    assert (letter.to_address, letter.document_id) == ("leo.park@example.com", None)


async def test_what_somebody_unshared_stays_so_at_the_next_start(database: TortoiseContext, clock: FixedClock) -> None:
    same = services(clock)
    await seed_demo(same)
    document = (await papers_of("Leo"))["Consent to counseling"]
    desk = await StaffMember.get(email="front.desk@willow-creek.example")
    caller = StaffCaller(desk.organization_id, desk.id, uuid4(), desk.granted)
    await unshare_document(caller, document.id, same)
    assert await seed_demo(same) == []
    assert (await Document.get(id=document.id)).sharing.value == "NOT_SHARED"


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 22, 5, 30, tzinfo=UTC),  # Saturday evening in Boise, Sunday in Greenwich
        datetime(2026, 3, 8, 18, 0, tzinfo=UTC),  # the day that has 23 hours
        datetime(2028, 2, 29, 12, 0, tzinfo=UTC),
    ],
)
async def test_today_is_full_whatever_day_it_is(sqlite_database: str, now: datetime) -> None:
    async with open_database(sqlite_database):
        await seed_demo(services(FixedClock(now)))
        practice = await willow_creek()
        appointments = await Appointment.filter(organization_id=practice.id)
        contacts = Contact.filter(id__in=[each.contact_id for each in appointments])
        expected = {contact.display_name for contact in await contacts}

    assert len(appointments) >= 20
    assert {each.starts_at.astimezone(BOISE).date() for each in appointments} == {now.astimezone(BOISE).date()}
    assert {each.starts_at.astimezone(BOISE).hour for each in appointments} == {8, 9, 10, 11, 13, 14, 15, 16}
    assert set(STATES) <= expected


async def test_seeding_again_changes_nothing_until_the_next_day(database: TortoiseContext, clock: FixedClock) -> None:
    same = services(clock)
    first = await seed_demo(same)
    before = await everything_counted()
    second = await seed_demo(same)

    assert len(first) == 5
    assert second == []
    assert await everything_counted() == before

    clock.advance(timedelta(days=1))
    done = await seed_demo(same)

    assert [sentence.split(":")[0] for sentence in done] == ["Willow Creek Counseling", "Harbor House Therapy"]
    assert await Appointment.all().count() == 2 * before[-1]


class Carrier:
    """A mail server that takes every letter."""

    async def deliver(self, message: EmailMessage) -> None:
        assert message["To"]


class Interrupted(KeyringSecrets):
    """Cuts the seeding off where the first person who was invited walks in."""

    def derive_token(self, purpose: str, subject: str) -> str:
        raise ConnectionError


async def test_people_walk_in_while_a_worker_sends_their_letters(database: TortoiseContext, clock: FixedClock) -> None:
    same = replace(services(clock), mail=Carrier())
    seeding = asyncio.create_task(seed_demo(same))
    while not seeding.done():
        await deliver_due_letters(same, worker_name="worker")
    await seeding

    states = await states_by_name()
    assert {name: states[name] for name in STATES} == STATES


@pytest.mark.parametrize("sent", [True, False])
async def test_who_was_invited_when_the_seeding_was_cut_off_walks_in_at_the_next(
    database: TortoiseContext, clock: FixedClock, sent: bool
) -> None:
    same = replace(services(clock), mail=Carrier())
    with pytest.raises(ConnectionError):
        await seed_demo(replace(same, secrets=Interrupted([SECRET_KEY])))
    if sent:
        assert await deliver_due_letters(same, worker_name="worker") == 2
    await seed_demo(same)

    states = await states_by_name()
    assert {name: states[name] for name in STATES} == STATES
    assert await PortalAccount.filter(registered_at=None).count() == 4


async def test_an_interrupted_seeding_is_completed(database: TortoiseContext, clock: FixedClock) -> None:
    same = services(clock)
    await seed_demo(same)
    before = await everything_counted()
    lost = await Contact.get(given_name="Yusuf")
    await Appointment.filter(contact_id=lost.id).delete()
    await lost.delete()
    await seed_demo(same)

    assert await everything_counted() == before


@pytest.mark.parametrize("draw", [willow_logo, harbor_logo])
def test_each_practice_has_a_logo(draw: Callable[[], bytes]) -> None:
    logo = Image.open(io.BytesIO(draw()))
    colours = logo.convert("RGB").getcolors(maxcolors=1_000_000)
    assert (logo.format, logo.size) == ("PNG", (320, 320))
    assert colours is not None
    assert len(colours) > 100
