"""Sends the letter of an invitation again, because it was lost or the invitation expired."""

from uuid import UUID

from clinic.mail.outbox import cancel_queued_letters
from clinic.portal_access.actions.invite import issue_invitation, renew_invitation
from clinic.portal_access.errors import PortalAccountExists
from clinic.portal_access.linking import live_link
from clinic.portal_access.models import Invitation, LetterSender, PortalAccount
from clinic.records.access import contact_for_change
from clinic.records.models import Contact
from clinic.throttling.throttle import RESEND_PER_CONTACT, count_attempt
from clinic.values.callers import Permission, StaffCaller
from clinic.values.ports import Services
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work


@retry_on_conflict
async def resend_invitation(
    caller: StaffCaller,
    contact_id: UUID | None,
    services: Services,
    *,
    sender: LetterSender | None = None,
    request_key: IdempotencyKey | None = None,
) -> PortalAccount:
    """Queue a new letter and extend the invitation; needs WEB_PORTAL. If `sender` is None, the sender stays the same.

    The old link works until the new letter is sent, so that the person always has a link. Raises `TooManyAttempts`,
    `PortalAccountExists` if the person has registered, `NotLinked` if nobody is invited, `NotFound`.
    """
    async with unit_of_work(caller, services, request_key=request_key) as work:
        contact = await contact_for_change(caller, contact_id, Permission.WEB_PORTAL)
        if work.earlier_result:
            return await PortalAccount.get(id=work.earlier_result)
        _, account = await live_link(contact)
        if account.registered_at is not None:
            raise PortalAccountExists(account.id)
        # Inside the transaction on purpose: the limit protects a mailbox and no secret, so only queued letters count.
        await count_attempt(RESEND_PER_CONTACT, str(contact.id), services.clock)
        await _queue_again(caller, account, contact, sender, work, services)
        work.result_id = account.id
    return account


async def _queue_again(
    caller: StaffCaller,
    account: PortalAccount,
    contact: Contact,
    sender: LetterSender | None,
    work: Work,
    services: Services,
) -> None:
    invitation = await Invitation.filter(account_id=account.id, closed_at=None).select_for_update().first()
    if invitation is None:
        sender = sender or LetterSender.AUTOMATIC
        invitation = await issue_invitation(account, contact, sender, caller.staff_member_id, work, services)
    else:
        await cancel_queued_letters(invitation, work.now)
        await renew_invitation(invitation, account, contact, sender or invitation.sender, work, services)
    work.audit("invitation.resent", invitation, account_id=account.id, sender=invitation.sender.value)
    work.concerns_account(account.id)
