"""People further along their way, for tests about what staff do with them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from clinic.portal_access.actions import SignedIn, print_instructions
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.portal_access.models import PortalAccount
from clinic.records.models import Contact
from clinic.sessions.models import SessionKind
from clinic.sessions.queries import caller_by_access_token
from clinic.values.callers import Permission, StaffCaller
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.journey import accept, invited
from tests.factories import Mailbox, Practice


async def desk_of(practice: Practice) -> StaffCaller:
    """The front desk: portal accounts and contacts."""
    return await practice.staff(Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS)


async def registered(practice: Practice, mailbox: Mailbox, contact: Contact | None = None) -> tuple[Contact, SignedIn]:
    """A contact whose person accepted the invitation and is signed in by app."""
    there = await invited(practice, mailbox, contact)
    claim = IdentityClaim(date_of_birth=there.contact.date_of_birth)
    return there.contact, await accept(practice, there.token, claim, kind=SessionKind.API)


async def opens(practice: Practice, signed_in: SignedIn) -> bool:
    """Whether the session still opens anything."""
    now: datetime = practice.services.clock.now()
    token = signed_in.session.access_token
    return await caller_by_access_token(token, practice.anonymous.origin, now) is not None


async def pin_of(practice: Practice, contact: Contact) -> str:
    """The PIN on record now."""
    return practice.services.secrets.decrypt((await Contact.get(id=contact.id)).pin_encrypted)


async def printed_token(practice: Practice, desk: StaffCaller, contact: Contact) -> str:
    """The secret of a sheet's short-lived address."""
    printed = await print_instructions(desk, contact.id, practice.services)
    return printed.url.rpartition("/")[2]


async def account_now(account: PortalAccount) -> PortalAccount:
    """The account as it is stored."""
    return await PortalAccount.get(id=account.id)


async def events(action: str) -> list[Mapping[str, Any]]:
    """The audit's events of this kind, oldest first."""
    found = await AuditEvent.filter(action=action).order_by("sequence")
    return [{"actor": e.actor_id, "subject": e.subject_id, "reason": e.reason, "details": e.details} for e in found]
