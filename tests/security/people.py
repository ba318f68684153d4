"""A person's way from the letter to a session, for tests that begin after it."""

from dataclasses import dataclass

from clinic.letters.delivery import deliver_due_letters
from clinic.portal_access.actions import accept_invitation, invite_contact
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.portal_access.models import PortalAccount
from clinic.records.models import Contact
from clinic.sessions.actions import OpenedSession
from clinic.sessions.models import SessionKind
from tests.factories import BORN, PASSWORD, Mailbox, Practice
from tests.factories.letters import token_in

EMAIL = "omar.reyes@example.com"


@dataclass(frozen=True)
class Person:
    """Somebody on record with a registered account and a session."""

    contact: Contact
    account: PortalAccount
    session: OpenedSession


async def invited(practice: Practice, mailbox: Mailbox, contact: Contact | None = None) -> str:
    """Invite a contact (a new one unless given) by letter; the token of its link."""
    contact = contact or await practice.contact()
    await invite_contact(practice.system, contact.id, practice.services)
    await deliver_due_letters(practice.services, worker_name="test")
    return token_in(mailbox.letters[-1])


async def registered(practice: Practice, mailbox: Mailbox, *, kind: SessionKind = SessionKind.API) -> Person:
    """A new contact who accepted their invitation."""
    contact = await practice.contact()
    token = await invited(practice, mailbox, contact)
    claim = IdentityClaim(date_of_birth=BORN)
    done = await accept_invitation(practice.anonymous, token, claim, PASSWORD, practice.services, kind=kind)
    return Person(contact, done.account, done.session)
