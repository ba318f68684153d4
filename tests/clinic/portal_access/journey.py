"""The steps between a contact and a registered person, for tests about what comes before, between and after."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher

from clinic.letters.delivery import deliver_due_letters
from clinic.portal_access.actions import SignedIn, accept_invitation, invite_contact
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.portal_access.facts import status_facts
from clinic.portal_access.models import PortalAccount
from clinic.portal_access.status import PortalState, decide
from clinic.records.models import Contact
from clinic.sessions.models import SessionKind
from clinic.values.callers import Anonymous, Origin, Permission, StaffCaller
from tests.factories import BORN, PASSWORD, Mailbox, Practice
from tests.factories.letters import invites, token_in

BORN_THEN = IdentityClaim(date_of_birth=BORN)


@cache
def password_hash() -> str:
    """The hash of `PASSWORD`, with parameters that cost little: how it is made is another test's subject."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@dataclass
class Invited:
    """A contact with an invitation, and the secret of its letter."""

    contact: Contact
    account: PortalAccount
    token: str
    caller: StaffCaller


async def deliver(practice: Practice) -> None:
    """Send what is due."""
    await deliver_due_letters(practice.services, worker_name="worker-1")


async def invited(practice: Practice, mailbox: Mailbox, contact: Contact | None = None) -> Invited:
    """Invite a contact and read the letter. Others that are due at the same moment leave in any order."""
    contact = contact or await practice.contact()
    desk = await practice.staff(Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS)
    account = await invite_contact(desk, contact.id, practice.services)
    before = len(mailbox.letters)
    await deliver(practice)
    [letter] = [one for one in mailbox.letters[before:] if invites(one) and account.email in str(one["To"])]
    return Invited(contact, account, token_in(letter), desk)


async def accept(
    practice: Practice,
    token: str,
    claim: IdentityClaim = BORN_THEN,
    password: str = PASSWORD,
    *,
    caller: Anonymous | None = None,
    kind: SessionKind = SessionKind.BROWSER,
) -> SignedIn:
    """Register with the letter's link."""
    return await accept_invitation(caller or practice.anonymous, token, claim, password, practice.services, kind=kind)


async def state_of(contact: Contact) -> PortalState:
    """What the icon shows."""
    return decide((await status_facts([contact.id]))[contact.id])[0]


async def self_registered(practice: Practice, email: str, *, verified: bool) -> PortalAccount:
    """An account its person made alone; later issues make them by an action."""
    now: datetime = practice.services.clock.now()
    return await PortalAccount.create(
        organization_id=practice.organization.id,
        email=email,
        email_normal=email,
        password_hash=password_hash(),
        created_at=now,
        registered_at=now,
        email_verified_at=now if verified else None,
    )


def somewhere(practice: Practice, address: str) -> Anonymous:
    """Nobody we know, from this network address."""
    return Anonymous(practice.organization.id, Origin(address, "test", "request-1"))
