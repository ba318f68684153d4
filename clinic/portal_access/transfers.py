"""Lists the transfer requests that a second staff member must decide, with what that member judges by."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from clinic.portal_access.models import PortalAccount, PortalLink, TransferRequest
from clinic.portal_access.second_person import NEEDED_TO_DECIDE
from clinic.values.callers import Permission, StaffCaller


@dataclass(frozen=True)
class TransferView:
    """A transfer with the member who asked for it.

    `account` and `link` are what a second person judges by: the account and its link to the present holder. Nobody else
    sees them. The member who asked never learns whose the account is.
    """

    request: TransferRequest
    account: PortalAccount | None = None
    link: PortalLink | None = None


async def waiting_transfers(caller: StaffCaller, contact_id: UUID | None = None) -> Sequence[TransferView]:
    """The organization's undecided transfers, the oldest first; `contact_id` leaves those for one contact.

    Needs VIEW_CONTACTS. Three statements at most.
    """
    caller.require(Permission.VIEW_CONTACTS)
    waiting = TransferRequest.filter(organization_id=caller.organization_id, decided_at=None)
    if contact_id is not None:
        waiting = waiting.filter(contact_id=contact_id)
    return await _as_seen_by(caller, await waiting.select_related("asked_by").order_by("asked_at", "id"))


async def transfer_with_asker(caller: StaffCaller, transfer_id: UUID) -> TransferView:
    """A transfer that an action returned."""
    found = await TransferRequest.filter(id=transfer_id).select_related("asked_by").get()
    return (await _as_seen_by(caller, [found]))[0]


async def _as_seen_by(caller: StaffCaller, requests: Sequence[TransferRequest]) -> list[TransferView]:
    judged = {each.account_id for each in requests if _judges(caller, each)}
    accounts: dict[UUID, PortalAccount] = {}
    links: dict[UUID, PortalLink] = {}
    if judged:
        accounts = {each.id: each for each in await PortalAccount.filter(id__in=list(judged))}
        links = {
            each.account_id: each for each in await PortalLink.filter(account_id__in=list(judged), unlinked_at=None)
        }
    return [
        TransferView(each, accounts.get(each.account_id), links.get(each.account_id))
        if _judges(caller, each)
        else TransferView(each)
        for each in requests
    ]


def _judges(caller: StaffCaller, request: TransferRequest) -> bool:
    may_decide = all(caller.may(permission) for permission in NEEDED_TO_DECIDE)
    return may_decide and request.decided_at is None and request.asked_by_id != caller.staff_member_id
