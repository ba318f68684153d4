"""Withdraws invitations that no longer apply, such as when staff remove the invited address from the contact."""

from collections.abc import Sequence
from uuid import UUID

from clinic.portal_access.models import Invitation, InvitationClosed, PortalAccount, PortalLink
from clinic.records.models import Contact
from clinic.work.unit_of_work import Work


async def withdraw_if_address_removed(contact: Contact, addresses: Sequence[str], work: Work) -> None:
    """Withdraw the contact's invitation and unregistered account if its address is not one of `addresses`.

    Product §2: if a contact's address changes before the person registers, the state is that of the new address. After
    registration the account stays as it is. Call it inside the action's transaction, with the contact locked.
    """
    link = await PortalLink.get_or_none(contact_id=contact.id, unlinked_at=None)
    if link is None:
        return
    account = await PortalAccount.filter(id=link.account_id).select_for_update().get()
    if account.registered_at is not None or account.email_normal in addresses:
        return
    await withdraw(account, link, InvitationClosed.WITHDRAWN, "the contact's address changed", work)


async def withdraw(
    account: PortalAccount,
    link: PortalLink,
    why: InvitationClosed,
    reason: str,
    work: Work,
    *,
    ended_by: UUID | None = None,
) -> None:
    """End an unregistered account's link and invitation and release its address. An unsent letter is not sent."""
    await PortalLink.filter(id=link.id, unlinked_at=None).update(
        unlinked_at=work.now, unlinked_by_id=ended_by, unlink_reason=reason
    )
    await Invitation.filter(account_id=account.id, closed_at=None).update(closed_at=work.now, closed_why=why)
    await PortalAccount.filter(id=account.id).update(withdrawn_at=work.now)
    work.audit("portal_account.withdrawn", account, reason=reason, contact_id=link.contact_id)
    work.concerns(link.contact_id)
