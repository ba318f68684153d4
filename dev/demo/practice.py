"""Fills the demo practices through the same actions that staff and patients use, and keeps today's calendar full.

Everything is found before it is made, so that it may run at every start, and again after an interruption.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import cycle
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.letters.composing import LINK_PURPOSE
from clinic.mail.models import Letter
from clinic.organizations.actions import create_facility, create_organization
from clinic.organizations.models import Facility, Organization
from clinic.portal_access.actions import accept_invitation, invite_contact
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.portal_access.models import Invitation, PortalAccount, PortalLink
from clinic.records.actions.appointments import create_appointment
from clinic.records.actions.contacts import ContactFacts, create_contact
from clinic.records.actions.episodes import create_episode
from clinic.records.actions.relationships import create_relationship
from clinic.records.models import Appointment, Contact, Episode, Relationship
from clinic.sessions.models import SessionKind
from clinic.staff.actions import create_staff_member
from clinic.staff.models import StaffMember
from clinic.values.callers import Anonymous, Origin, SystemCaller
from clinic.values.passwords import hash_password
from clinic.values.ports import Services
from clinic.values.text import normal_email
from clinic.values.tokens import hash_token
from dev.demo.documents import seed_documents
from dev.demo.people import PASSWORD, PRACTICES, Door, Person, Practice

COMMAND = "vestibule seed demo"
_HOURS = (8, 9, 10, 11, 13, 14, 15, 16)
_LENGTH = timedelta(minutes=50)


@dataclass(frozen=True)
class _Seeding:
    """What every step needs."""

    practice: Practice
    organization: Organization
    services: Services

    @property
    def caller(self) -> SystemCaller:
        return SystemCaller(self.organization.id, COMMAND)


async def seed_demo(services: Services) -> list[str]:
    """Make what is missing of both practices and of today's calendars. Returns a sentence per thing that was done."""
    done: list[str] = []
    for practice in PRACTICES:
        seeding = _Seeding(practice, await _organization(practice, services), services)
        facilities = await _facilities(seeding)
        clinicians = await _staff(seeding)
        contacts, made = await _people(seeding, facilities)
        if made:
            done.append(f"{practice.organization.name}: {made} contacts, {len(practice.staff)} staff members.")
        written = await _documents(seeding, contacts)
        if written:
            done.append(f"{practice.organization.name}: {written} documents.")
        entered = await _fill_today(seeding, contacts, clinicians, facilities)
        if entered:
            done.append(f"{practice.organization.name}: {entered} appointments for today.")
    return done


async def _organization(practice: Practice, services: Services) -> Organization:
    there = await Organization.get_or_none(slug=practice.organization.slug)
    if there is not None:
        return there
    return await create_organization(
        replace(practice.organization, logo_png=practice.draw_logo()), services, by=COMMAND
    )


async def _facilities(seeding: _Seeding) -> dict[str, Facility]:
    return {
        place.name: await create_facility(
            seeding.caller, place.name, seeding.services, address=place.address, phone=place.phone
        )
        for place in seeding.practice.places
    }


async def _staff(seeding: _Seeding) -> list[UUID]:
    """Everybody who works there; the ids of those who have appointments."""
    clinicians: list[UUID] = []
    for worker in seeding.practice.staff:
        member = await StaffMember.get_or_none(
            organization_id=seeding.organization.id, email_normal=normal_email(worker.email)
        )
        if member is None:
            member = await create_staff_member(
                seeding.caller,
                name=worker.name,
                email=worker.email,
                password=PASSWORD,
                services=seeding.services,
                permissions=worker.permissions,
            )
        if worker.clinician:
            clinicians.append(member.id)
    return clinicians


async def _people(seeding: _Seeding, facilities: Mapping[str, Facility]) -> tuple[dict[str, UUID], int]:
    """The contacts by full name, and how many were made now."""
    organization_id = seeding.organization.id
    there = {contact.display_name: contact.id for contact in await Contact.filter(organization_id=organization_id)}
    in_care = set(await Episode.filter(organization_id=organization_id).values_list("contact_id", flat=True))
    linked = set(await PortalLink.filter(organization_id=organization_id).values_list("contact_id", flat=True))
    usable = Invitation.filter(
        organization_id=organization_id, closed_at=None, expires_at__gt=seeding.services.clock.now()
    )
    invited = set(await usable.values_list("contact_id", flat=True))
    before = len(there)
    for person in seeding.practice.people:
        name = f"{person.given_name} {person.family_name}"
        if name not in there:
            there[name] = (await create_contact(seeding.caller, _facts(person), seeding.services)).id
        if person.place and there[name] not in in_care:
            place = facilities[person.place]
            await create_episode(seeding.caller, there[name], place.id, seeding.services, at_facility=True)
        # Who was invited when an earlier seeding was cut off still walks in.
        waits = person.door is Door.REGISTERED and there[name] in invited
        if person.door is not Door.CLOSED and (there[name] not in linked or waits):
            await _open_door(seeding, person, there[name])
    for client, relative, kind in seeding.practice.relatives:
        if not await Relationship.exists(client_id=there[client], relative_id=there[relative]):
            await create_relationship(
                seeding.caller, there[client], there[relative], kind, seeding.services, portal_access=True
            )
    return there, len(there) - before


def _facts(person: Person) -> ContactFacts:
    return ContactFacts(
        given_name=person.given_name,
        family_name=person.family_name,
        kind=person.kind,
        date_of_birth=person.born,
        language=person.language,
        emails=(person.email,) if person.email else (),
        phones=(person.phone,) if person.phone else (),
    )


async def _open_door(seeding: _Seeding, person: Person, contact_id: UUID) -> None:
    if person.door is Door.CAME_ALONE:
        await _registered_alone(seeding, person)
        return
    account = await invite_contact(seeding.caller, contact_id, seeding.services)
    if person.door is Door.INVITED:
        return
    # The very token that the letter bears: a worker may have sent it, sends it at this moment, or never will.
    open_letters = Letter.filter(invitation__account_id=account.id, invitation__closed_at=None)
    [letter] = await open_letters.order_by("-created_at").limit(1)
    token = seeding.services.secrets.derive_token(LINK_PURPOSE, str(letter.id))
    await Invitation.filter(id=letter.invitation_id, closed_at=None).update(token_hash=hash_token(token))
    visitor = Anonymous(seeding.organization.id, Origin(agent=COMMAND))
    claim = IdentityClaim(date_of_birth=person.born)
    await accept_invitation(visitor, token, claim, PASSWORD, seeding.services, kind=SessionKind.BROWSER)


async def _registered_alone(seeding: _Seeding, person: Person) -> None:
    """Somebody who registered by the practice's web link and confirmed the address; staff have not linked them."""
    email = person.email or ""
    if await PortalAccount.exists(organization_id=seeding.organization.id, email_normal=normal_email(email)):
        return
    now = seeding.services.clock.now()
    # No action does this yet: it becomes the self-registration's own once that journey exists.
    await PortalAccount.create(
        organization_id=seeding.organization.id,
        email=email,
        email_normal=normal_email(email),
        language=person.language,
        password_hash=await hash_password(PASSWORD),
        created_at=now,
        registered_at=now,
        email_verified_at=now,
        last_signed_in_at=now,
    )


async def _documents(seeding: _Seeding, contacts: Mapping[str, UUID]) -> int:
    """What the front desk has written and shared. Returns how many documents were made now."""
    if not seeding.practice.papers:
        return 0
    desk = await StaffMember.get(
        organization_id=seeding.organization.id, email_normal=normal_email(seeding.practice.staff[0].email)
    )
    return await seed_documents(seeding.practice.papers, desk, contacts, seeding.services, by=COMMAND)


async def _fill_today(
    seeding: _Seeding, contacts: Mapping[str, UUID], clinicians: list[UUID], facilities: Mapping[str, Facility]
) -> int:
    """Every clinician's hours today in the practice's time zone. Returns how many appointments were entered."""
    zone = ZoneInfo(seeding.organization.time_zone)
    today = seeding.services.clock.now().astimezone(zone).date()
    begins, ends = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (today, today + timedelta(days=1)))
    taken = {
        (appointment.staff_member_id, appointment.starts_at)
        for appointment in await Appointment.filter(
            organization_id=seeding.organization.id, starts_at__gte=begins, starts_at__lt=ends
        )
    }
    places = list(facilities.values())
    expected = _waiting(seeding.practice, contacts)
    entered = 0
    for hour in _HOURS:
        for number, clinician in enumerate(clinicians):
            contact_id = next(expected)
            starts_at = datetime.combine(today, time(hour), zone).astimezone(UTC)
            if (clinician, starts_at) in taken:
                continue
            await create_appointment(
                seeding.caller,
                contact_id,
                starts_at,
                starts_at + _LENGTH,
                seeding.services,
                facility_id=places[number % len(places)].id,
                at_facility=True,
                staff_member_id=clinician,
                with_staff_member=True,
            )
            entered += 1
    return entered


def _waiting(practice: Practice, contacts: Mapping[str, UUID]) -> Iterator[UUID]:
    """Who comes today, in order and without end: those worth looking at first, then the others."""
    names = [f"{person.given_name} {person.family_name}" for person in practice.people]
    others = [name for name in names if name not in practice.first_appointments]
    return cycle([contacts[name] for name in (*practice.first_appointments, *others)])
