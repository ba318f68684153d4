"""Inviting a whole list: each contact by itself, so that one bad record never stops the rest."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from clinic.portal_access.actions.invite import invite_contact
from clinic.portal_access.models import LetterSender, PortalAccount
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import ClinicError, InvalidInput
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

MOST_AT_ONCE = 500
# Each holds a database connection and waits its turn at the audit chain; more would only crowd out other requests.
_SIDE_BY_SIDE = 4


@dataclass(frozen=True)
class InviteOutcome:
    """What came of one contact: its account, or the refusal `invite_contact` gave."""

    contact_id: UUID | None
    account: PortalAccount | None = None
    refusal: ClinicError | None = None


async def invite_contacts(
    caller: StaffCaller,
    contact_ids: Sequence[UUID | None],
    services: Services,
    *,
    sender: LetterSender = LetterSender.AUTOMATIC,
    request_key: IdempotencyKey | None = None,
) -> list[InviteOutcome]:
    """Create the portal accounts of up to 500 contacts; needs WEB_PORTAL. An outcome for each, in their order.

    Each contact is a transaction of its own, committed when its turn is over. Cut off half-way, or sent again, it
    goes on where it was: who is invited already gets the same account and no second letter. Raises `NotPermitted`
    and, for too long a list or a key used with another one, `InvalidInput`, before anybody is invited.
    """
    caller.require(Permission.WEB_PORTAL)
    if len(contact_ids) > MOST_AT_ONCE:
        raise InvalidInput.one("contactIds", Problem.TOO_MANY_CONTACTS, most=MOST_AT_ONCE)
    if request_key:
        await _claim(caller, request_key, services)
    turn = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def invite(contact_id: UUID | None) -> InviteOutcome:
        async with turn:
            try:
                own = _for_one(request_key, contact_id)
                account = await invite_contact(caller, contact_id, services, sender=sender, request_key=own)
            except ClinicError as refusal:
                return InviteOutcome(contact_id, refusal=refusal)
            return InviteOutcome(contact_id, account=account)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(invite(contact_id)) for contact_id in contact_ids]
    return [task.result() for task in tasks]


@retry_on_conflict
async def _claim(caller: StaffCaller, request_key: IdempotencyKey, services: Services) -> None:
    """Bind the key to this list, before the first contact."""
    async with unit_of_work(caller, services, request_key=request_key):
        pass


def _for_one(request_key: IdempotencyKey | None, contact_id: UUID | None) -> IdempotencyKey | None:
    """The key of one contact's part. The list as a whole is bound to the key already."""
    if request_key is None or contact_id is None:
        return None
    return replace(
        request_key,
        key=hashlib.sha256(f"{request_key.key}\0{contact_id}".encode("utf-8", "surrogatepass")).hexdigest(),
    )
