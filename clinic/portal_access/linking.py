"""Creates and ends links between accounts and contacts, inside an action's transaction with both rows locked."""

from uuid import UUID

from clinic.portal_access.account_tokens import close_tokens
from clinic.portal_access.errors import NotLinked
from clinic.portal_access.models import (
    InvitationClosed,
    LinkedHow,
    PortalAccount,
    PortalLink,
    PrintedSheet,
    TokenClosed,
    TokenPurpose,
)
from clinic.records.invitation_withdrawal import withdraw
from clinic.records.models import Contact
from clinic.records.pin import renew_pin
from clinic.sessions.actions import end_all_of_account
from clinic.values.ports import Services
from clinic.work.unit_of_work import Work

# The purposes of tokens that give access. An objection to a change of address (KEEP_EMAIL) protects the account, so it
# stays open.
ACCESS_PURPOSES = (TokenPurpose.VERIFY_EMAIL, TokenPurpose.RESET_PASSWORD, TokenPurpose.CONFIRM_NEW_EMAIL)


async def create_link(
    account: PortalAccount, contact: Contact, how: LinkedHow, linked_by: UUID | None, work: Work
) -> PortalLink:
    """Create a live link. The person must still confirm their identity (security.md, Identity before records)."""
    link = await PortalLink.create(
        organization_id=contact.organization_id,
        account_id=account.id,
        contact_id=contact.id,
        email=account.email,
        linked_at=work.now,
        linked_how=how,
        linked_by_id=linked_by,
    )
    work.audit("portal_account.linked", account, contact_id=contact.id, how=how.value)
    work.concerns(contact.id)
    return link


async def live_link(contact: Contact) -> tuple[PortalLink, PortalAccount]:
    """The contact's live link and its account; the account is locked. Raises `NotLinked`."""
    link = await PortalLink.get_or_none(contact_id=contact.id, unlinked_at=None)
    if link is None:
        raise NotLinked
    return link, await PortalAccount.filter(id=link.account_id).select_for_update().get()


async def end_link(
    link: PortalLink,
    account: PortalAccount,
    contact: Contact,
    reason: str,
    ended_by: UUID | None,
    work: Work,
    services: Services,
) -> None:
    """End the link and the account's sessions, mailed links and printed sheets, and renew the PIN.

    An unregistered account exists only for this link, so it is withdrawn with its invitation.
    """
    if account.registered_at is None:
        await withdraw(account, link, InvitationClosed.REVOKED, reason, work, ended_by=ended_by)
    else:
        await PortalLink.filter(id=link.id, unlinked_at=None).update(
            unlinked_at=work.now, unlinked_by_id=ended_by, unlink_reason=reason
        )
        work.audit("portal_account.unlinked", account, reason=reason, contact_id=contact.id)
        work.concerns(contact.id)
    await end_all_of_account(account.id, "unlinked", work.now)
    await close_tokens(account.id, TokenClosed.WITHDRAWN, work, *ACCESS_PURPOSES)
    await replace_pin(contact, work, services)


async def replace_pin(contact: Contact, work: Work, services: Services) -> None:
    """Set a new PIN. The addresses of sheets that were printed before expire at once."""
    renew_pin(contact, services)
    await contact.save(update_fields=["pin_encrypted", "pin_hash"])
    await PrintedSheet.filter(contact_id=contact.id, expires_at__gt=work.now).update(expires_at=work.now)
    work.audit("portal_pin.renewed", contact)
