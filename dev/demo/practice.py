"""Creates the demo practices through the same actions that staff and patients use, and fills today's calendar.

Each step first looks for existing records, so the seeding can run at every start and after an interruption.
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
from clinic.organizations.logos import redraw_logo
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
from dev.demo.people import PASSWORD, PRACTICES, Person, PortalAccess, Practice

COMMAND = "vestibule seed demo"
_HOURS = (8, 9, 10, 11, 13, 14, 15, 16)
_LENGTH = timedelta(minutes=50)


@dataclass(frozen=True)
class _SeedContext:
    """The arguments that all steps share."""

    practice: Practice
    organization: Organization
    services: Services

    @property
    def caller(self) -> SystemCaller:
        return SystemCaller(self.organization.id, COMMAND)


async def seed_demo(services: Services) -> list[str]:
    """Create what is missing in both practices and in today's calendars. Returns a sentence for each change."""
    done: list[str] = []
    for practice in PRACTICES:
        context = _SeedContext(practice, await _organization(practice, services), services)
        facilities = await _facilities(context)
        clinicians = await _staff(context)
        contacts, made = await _people(context, facilities)
        if made:
            done.append(f"{practice.organization.name}: {made} contacts, {len(practice.staff)} staff members.")
        written = await _documents(context, contacts)
        if written:
            done.append(f"{practice.organization.name}: {written} documents.")
        entered = await _fill_today(context, contacts, clinicians, facilities)
        if entered:
            done.append(f"{practice.organization.name}: {entered} appointments for today.")
    return done


async def _organization(practice: Practice, services: Services) -> Organization:
    there = await Organization.get_or_none(slug=practice.organization.slug)
    if there is not None:
        return there
    return await create_organization(
        replace(practice.organization, logo=await redraw_logo(practice.draw_logo(), services)), services, by=COMMAND
    )


async def _facilities(context: _SeedContext) -> dict[str, Facility]:
    return {
        place.name: await create_facility(
            context.caller, place.name, context.services, address=place.address, phone=place.phone
        )
        for place in context.practice.places
    }


async def _staff(context: _SeedContext) -> list[UUID]:
    """Create missing staff members. Returns the ids of the clinicians."""
    clinicians: list[UUID] = []
    for worker in context.practice.staff:
        member = await StaffMember.get_or_none(
            organization_id=context.organization.id, email_normal=normal_email(worker.email)
        )
        if member is None:
            member = await create_staff_member(
                context.caller,
                name=worker.name,
                email=worker.email,
                password=PASSWORD,
                services=context.services,
                permissions=worker.permissions,
            )
        if worker.clinician:
            clinicians.append(member.id)
    return clinicians


async def _people(context: _SeedContext, facilities: Mapping[str, Facility]) -> tuple[dict[str, UUID], int]:
    """Create missing contacts. Returns the ids of all contacts by full name, and how many were created."""
    organization_id = context.organization.id
    there = {contact.display_name: contact.id for contact in await Contact.filter(organization_id=organization_id)}
    in_care = set(await Episode.filter(organization_id=organization_id).values_list("contact_id", flat=True))
    linked = set(await PortalLink.filter(organization_id=organization_id).values_list("contact_id", flat=True))
    usable = Invitation.filter(
        organization_id=organization_id, closed_at=None, expires_at__gt=context.services.clock.now()
    )
    invited = set(await usable.values_list("contact_id", flat=True))
    before = len(there)
    for person in context.practice.people:
        name = f"{person.given_name} {person.family_name}"
        if name not in there:
            there[name] = (await create_contact(context.caller, _facts(person), context.services)).id
        if person.place and there[name] not in in_care:
            place = facilities[person.place]
            await create_episode(context.caller, there[name], place.id, context.services, at_facility=True)
        # An earlier run may have stopped between the invitation and the registration.
        interrupted = person.access is PortalAccess.REGISTERED and there[name] in invited
        if person.access is not PortalAccess.NONE and (there[name] not in linked or interrupted):
            await _give_access(context, person, there[name])
    for client, relative, kind in context.practice.relatives:
        if not await Relationship.exists(client_id=there[client], relative_id=there[relative]):
            await create_relationship(
                context.caller, there[client], there[relative], kind, context.services, portal_access=True
            )
    return there, len(there) - before


def _facts(person: Person) -> ContactFacts:
    return ContactFacts(
        given_name=person.given_name,
        family_name=person.family_name,
        kind=person.kind,
        date_of_birth=person.date_of_birth,
        language=person.language,
        emails=(person.email,) if person.email else (),
        phones=(person.phone,) if person.phone else (),
    )


async def _give_access(context: _SeedContext, person: Person, contact_id: UUID) -> None:
    if person.access is PortalAccess.SELF_REGISTERED:
        await _self_register(context, person)
        return
    account = await invite_contact(context.caller, contact_id, context.services)
    if person.access is PortalAccess.INVITED:
        return
    # Derive the same token as the letter, so that it works whether or not a worker has sent the letter.
    open_letters = Letter.filter(invitation__account_id=account.id, invitation__closed_at=None)
    [letter] = await open_letters.order_by("-created_at").limit(1)
    token = context.services.secrets.derive_token(LINK_PURPOSE, str(letter.id))
    await Letter.filter(id=letter.id).update(token_hash=hash_token(token))
    visitor = Anonymous(context.organization.id, Origin(agent=COMMAND))
    claim = IdentityClaim(date_of_birth=person.date_of_birth)
    await accept_invitation(visitor, token, claim, PASSWORD, context.services, kind=SessionKind.BROWSER)


async def _self_register(context: _SeedContext, person: Person) -> None:
    """A person who registered with the practice's web link and confirmed the address, but is not linked yet."""
    email = person.email or ""
    if await PortalAccount.exists(organization_id=context.organization.id, email_normal=normal_email(email)):
        return
    now = context.services.clock.now()
    # Inserted directly: the action for self-registration would send a letter whose link must be opened.
    await PortalAccount.create(
        organization_id=context.organization.id,
        email=email,
        email_normal=normal_email(email),
        language=person.language,
        password_hash=await hash_password(PASSWORD),
        created_at=now,
        registered_at=now,
        email_verified_at=now,
        last_signed_in_at=now,
    )


async def _documents(context: _SeedContext, contacts: Mapping[str, UUID]) -> int:
    """Returns how many documents were created."""
    if not context.practice.documents:
        return 0
    desk = await StaffMember.get(
        organization_id=context.organization.id, email_normal=normal_email(context.practice.staff[0].email)
    )
    return await seed_documents(context.practice.documents, desk, contacts, context.services, by=COMMAND)


async def _fill_today(
    context: _SeedContext, contacts: Mapping[str, UUID], clinicians: list[UUID], facilities: Mapping[str, Facility]
) -> int:
    """Fill every clinician's hours today in the practice's time zone. Returns how many appointments were created."""
    zone = ZoneInfo(context.organization.time_zone)
    today = context.services.clock.now().astimezone(zone).date()
    begins, ends = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (today, today + timedelta(days=1)))
    taken = {
        (appointment.staff_member_id, appointment.starts_at)
        for appointment in await Appointment.filter(
            organization_id=context.organization.id, starts_at__gte=begins, starts_at__lt=ends
        )
    }
    places = list(facilities.values())
    expected = _appointment_contacts(context.practice, contacts)
    entered = 0
    for hour in _HOURS:
        for number, clinician in enumerate(clinicians):
            contact_id = next(expected)
            starts_at = datetime.combine(today, time(hour), zone).astimezone(UTC)
            if (clinician, starts_at) in taken:
                continue
            await create_appointment(
                context.caller,
                contact_id,
                starts_at,
                starts_at + _LENGTH,
                context.services,
                facility_id=places[number % len(places)].id,
                at_facility=True,
                staff_member_id=clinician,
                with_staff_member=True,
            )
            entered += 1
    return entered


def _appointment_contacts(practice: Practice, contacts: Mapping[str, UUID]) -> Iterator[UUID]:
    """Contacts for today's appointments in an endless cycle, which starts with the practice's `first_appointments`."""
    names = [f"{person.given_name} {person.family_name}" for person in practice.people]
    others = [name for name in names if name not in practice.first_appointments]
    return cycle([contacts[name] for name in (*practice.first_appointments, *others)])
