"""Transfers an account from one contact to another: one staff member requests it, a second one decides.

Until then, the one who requested it can withdraw it.

Neither the results nor the errors reveal anything about the other contact to the member who requests the transfer.
"""

from dataclasses import dataclass
from uuid import UUID

from clinic.mail.models import LetterKind
from clinic.mail.outbox import queue_account_letter
from clinic.portal_access.actions.invite import open_account
from clinic.portal_access.errors import (
    AlreadyDecided,
    ConflictChanged,
    NoConflict,
    NotYourRequest,
    SecondPersonNeeded,
    WhyNotSecond,
)
from clinic.portal_access.facts import status_facts
from clinic.portal_access.linking import create_link, end_link, replace_pin
from clinic.portal_access.models import LetterSender, LinkedHow, PortalAccount, PortalLink, TransferRequest
from clinic.portal_access.second_person import require_second_person
from clinic.portal_access.status import PortalState, decide
from clinic.records.access import contact_for_change
from clinic.records.models import Contact
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound
from clinic.values.limits import LONGEST_REASON
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.work.fresh_sign_in import require_fresh
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work

_WHY_UNLINKED = "transferred after review"


@retry_on_conflict
async def request_transfer(
    caller: StaffCaller,
    contact_id: UUID | None,
    reason: str,
    services: Services,
    *,
    request_key: IdempotencyKey | None = None,
) -> TransferRequest:
    """Request the transfer of the account with the contact's address to this contact; needs WEB_PORTAL.

    If the same request is open already, it is returned. Raises `NoConflict`, `InvalidInput`, `NotFound`, and
    `SecondPersonNeeded` for a program: somebody with a program would be two persons.
    """
    problems = Problems()
    reason = problems.line("reason", reason, longest=LONGEST_REASON)
    caller.require(Permission.WEB_PORTAL)
    problems.raise_if_any()
    async with unit_of_work(caller, services, request_key=request_key) as work:
        contact = await contact_for_change(caller, contact_id, Permission.WEB_PORTAL)
        if caller.program_id:
            raise SecondPersonNeeded(WhyNotSecond.IS_PROGRAM)
        if work.earlier_result:
            return await TransferRequest.get(id=work.earlier_result)
        account_id = await _account_in_conflict(contact)
        waiting = await TransferRequest.get_or_none(contact_id=contact.id, decided_at=None)
        if waiting is not None and waiting.account_id == account_id and not await _linked_since(waiting):
            work.result_id = waiting.id
            return waiting
        if waiting is not None:  # it is about an account or a link that no longer causes the conflict
            await TransferRequest.filter(id=waiting.id).delete()
            work.audit("portal_transfer.dropped", waiting, contact_id=contact.id)
            work.concerns(contact.id)
        transfer = await TransferRequest.create(
            organization_id=caller.organization_id,
            contact_id=contact.id,
            account_id=account_id,
            reason=reason,
            asked_by_id=caller.staff_member_id,
            asked_at=work.now,
        )
        work.result_id = transfer.id
        work.audit("portal_transfer.requested", transfer, reason=reason, contact_id=contact.id)
        work.concerns(contact.id)
    return transfer


@retry_on_conflict
async def approve_transfer(caller: StaffCaller, transfer_id: UUID | None, services: Services) -> TransferRequest:
    """Transfer the account to the requested contact; needs WEB_PORTAL and MANAGE_CONTACTS, and a second staff member.

    In one transaction: the other contact's link ends, this contact is linked, both get new PINs and the sessions end.
    The account's address gets a letter, and the person must confirm their identity at the next visit. An unregistered
    account is withdrawn instead, and this contact is invited. Raises `SecondPersonNeeded`, `AlreadyDecided`,
    `NoConflict`, `ConflictChanged`, `NotFound`, `FreshSignInNeeded`.
    """
    async with unit_of_work(caller, services) as work:
        parties = await _parties(caller, transfer_id)
        await require_fresh(caller, work.now)
        await require_second_person(caller, parties.transfer)
        if parties.contact.archived_at is not None:
            raise InvalidInput.one("transferId", Problem.CONTACT_ARCHIVED)
        if await _account_in_conflict(parties.contact) != parties.account.id:
            raise NoConflict
        # An approval must not end a link that is newer than the request.
        if parties.link.linked_at > parties.transfer.asked_at:
            raise ConflictChanged
        await _decide(parties.transfer, caller, work, approved=True)
        staff = caller.staff_member_id
        await end_link(parties.link, parties.account, parties.other, _WHY_UNLINKED, staff, work, services)
        if parties.account.registered_at is None:
            address = (await status_facts([parties.contact.id]))[parties.contact.id].addresses[0]
            await open_account(parties.contact, address, LetterSender.AUTOMATIC, staff, work, services)
        else:
            await create_link(parties.account, parties.contact, LinkedHow.TRANSFER, staff, work)
            await queue_account_letter(LetterKind.ACCOUNT_TRANSFERRED, parties.account, work.now, services)
        await replace_pin(parties.contact, work, services)
    return parties.transfer


@retry_on_conflict
async def decline_transfer(caller: StaffCaller, transfer_id: UUID | None, services: Services) -> TransferRequest:
    """Decline the transfer; needs the same permissions as approving it, and a second staff member.

    Raises `SecondPersonNeeded`, `AlreadyDecided`, `NotFound`.
    """
    async with unit_of_work(caller, services) as work:
        transfer = await _waiting(caller, transfer_id)
        await _decide(transfer, caller, work, approved=False)
    return transfer


@retry_on_conflict
async def withdraw_transfer(caller: StaffCaller, transfer_id: UUID | None, services: Services) -> TransferRequest:
    """Withdraw the transfer, so that nobody decides about it; for the member who asked for it. Needs WEB_PORTAL.

    If it is withdrawn already, it is returned. Raises `NotYourRequest`, `AlreadyDecided`, `NotFound`.
    """
    caller.require(Permission.WEB_PORTAL)
    async with unit_of_work(caller, services) as work:
        transfer = await _found(caller, transfer_id)
        # Locked, so that a second withdrawal at the same time finds the first one.
        transfer = await TransferRequest.filter(id=transfer.id).select_for_update().get()
        if transfer.asked_by_id != caller.staff_member_id or caller.program_id:
            raise NotYourRequest
        if transfer.withdrawn_at:
            return transfer
        await _close(transfer, work, "withdrawn")
    return transfer


@dataclass(frozen=True)
class _Parties:
    """The rows that an approval changes. Both contacts and the account are locked, in this order."""

    transfer: TransferRequest
    contact: Contact
    other: Contact
    account: PortalAccount
    link: PortalLink


async def _waiting(caller: StaffCaller, transfer_id: UUID | None) -> TransferRequest:
    caller.require(Permission.WEB_PORTAL)
    caller.require(Permission.MANAGE_CONTACTS)
    transfer = await _found(caller, transfer_id)
    if transfer.asked_by_id == caller.staff_member_id:
        raise SecondPersonNeeded(WhyNotSecond.REQUESTED_IT)
    if caller.program_id:
        raise SecondPersonNeeded(WhyNotSecond.IS_PROGRAM)
    if transfer.decided_at is not None:
        raise AlreadyDecided
    return transfer


async def _found(caller: StaffCaller, transfer_id: UUID | None) -> TransferRequest:
    transfer = await TransferRequest.get_or_none(organization_id=caller.organization_id, id=transfer_id)
    if transfer is None or transfer_id is None:
        raise NotFound("transferId")
    return transfer


async def _parties(caller: StaffCaller, transfer_id: UUID | None) -> _Parties:
    transfer = await _waiting(caller, transfer_id)
    link = await PortalLink.get_or_none(account_id=transfer.account_id, unlinked_at=None)
    if link is None or link.contact_id == transfer.contact_id:
        raise await _why_no_conflict(transfer)
    # Both contacts are locked in the order of their ids, so that two approvals can't deadlock.
    both = Contact.filter(id__in=[transfer.contact_id, link.contact_id]).order_by("id")
    found = {contact.id: contact for contact in await both.select_for_update()}
    account = await PortalAccount.filter(id=transfer.account_id).select_for_update().get()
    still = await PortalLink.filter(id=link.id, unlinked_at=None).exists()
    if not still:
        raise await _why_no_conflict(transfer)
    return _Parties(transfer, found[transfer.contact_id], found[link.contact_id], account, link)


async def _why_no_conflict(transfer: TransferRequest) -> AlreadyDecided | NoConflict:
    """An approval that was committed meanwhile has ended the conflict."""
    decided = await TransferRequest.filter(id=transfer.id, decided_at__not_isnull=True).exists()
    return AlreadyDecided() if decided else NoConflict()


async def _linked_since(transfer: TransferRequest) -> bool:
    """Whether the account's live link is newer than the request."""
    return await PortalLink.exists(account_id=transfer.account_id, unlinked_at=None, linked_at__gt=transfer.asked_at)


async def _account_in_conflict(contact: Contact) -> UUID:
    state, account = decide((await status_facts([contact.id]))[contact.id])
    if state is not PortalState.EMAIL_CONFLICT or account is None:
        raise NoConflict
    return account.id


async def _decide(transfer: TransferRequest, caller: StaffCaller, work: Work, *, approved: bool) -> None:
    decision = "approved" if approved else "declined"
    await _close(transfer, work, decision, decided_by_id=caller.staff_member_id, approved=approved)


async def _close(transfer: TransferRequest, work: Work, how: str, **decision: object) -> None:
    """Close the request. Of several members who do it at once, one succeeds; the others raise `AlreadyDecided`."""
    closed = {"decided_at": work.now, **decision}
    if not await TransferRequest.filter(id=transfer.id, decided_at=None).update(**closed):
        raise AlreadyDecided
    transfer.update_from_dict(closed)
    work.audit(f"portal_transfer.{how}", transfer, reason=transfer.reason, contact_id=transfer.contact_id)
    work.concerns(transfer.contact_id)
