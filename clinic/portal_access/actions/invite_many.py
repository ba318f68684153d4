"""Invites a list of contacts. Each one has a transaction of its own, so that one refusal does not stop the others."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from clinic.portal_access.actions.invite import invite_contact
from clinic.portal_access.models import LetterSender, PortalAccount
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import ClinicError, InvalidInput
from clinic.values.limits import MOST_CONTACTS_AT_ONCE
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

# Each one holds a database connection and waits for the audit chain; more would only block other requests.
_MAX_CONCURRENT = 4


@dataclass(frozen=True)
class InviteOutcome:
    """The result for one contact: its account, or the error that `invite_contact` raised."""

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
    """Create the portal accounts of several contacts; needs WEB_PORTAL. Returns one outcome for each, in order.

    Each contact's transaction is committed at once. A repeated request continues where an interrupted one stopped: a
    contact who is invited already gets the same account and no second letter. Raises `NotPermitted`, and `InvalidInput`
    if the list is too long or the key was used with another list, before it invites anybody.
    """
    caller.require(Permission.WEB_PORTAL)
    if len(contact_ids) > MOST_CONTACTS_AT_ONCE:
        raise InvalidInput.one("contactIds", Problem.TOO_MANY_CONTACTS, most=MOST_CONTACTS_AT_ONCE)
    if request_key:
        await _claim(caller, request_key, services)
    slot = asyncio.Semaphore(_MAX_CONCURRENT)

    async def invite(contact_id: UUID | None) -> InviteOutcome:
        async with slot:
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
    """Claim the key for this list before the first contact is invited."""
    async with unit_of_work(caller, services, request_key=request_key):
        pass


def _for_one(request_key: IdempotencyKey | None, contact_id: UUID | None) -> IdempotencyKey | None:
    """The key for one contact, derived from the key of the list."""
    if request_key is None or contact_id is None:
        return None
    return replace(
        request_key,
        key=hashlib.sha256(f"{request_key.key}\0{contact_id}".encode("utf-8", "surrogatepass")).hexdigest(),
    )
