"""Links a self-registered or previously linked account to the contact that has its address."""

from uuid import UUID

from clinic.portal_access.errors import AlreadyLinked, EmailConflict, NoMatchingAccount, SeveralAccounts
from clinic.portal_access.facts import status_facts
from clinic.portal_access.linking import create_link
from clinic.portal_access.models import LinkedHow, PortalAccount
from clinic.portal_access.previous_accounts import previous_accounts
from clinic.portal_access.status import PortalState, StatusFacts, decide
from clinic.records.access import contact_for_change
from clinic.records.models import Contact
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import NotFound
from clinic.values.ports import Services
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@retry_on_conflict
async def link_account(
    caller: StaffCaller,
    contact_id: UUID | None,
    services: Services,
    *,
    account_id: UUID | None = None,
    account_named: bool = False,
    request_key: IdempotencyKey | None = None,
) -> PortalAccount:
    """Link the account that has one of the contact's addresses; needs WEB_PORTAL (product §2, Link and Relink).

    With `account_named`, staff chose `account_id`: one of several accounts, or one that was linked to the contact
    before, with any address. The person must confirm their identity at the next visit. Raises `AlreadyLinked`,
    `SeveralAccounts`, `NoMatchingAccount`, `EmailConflict`, `NotFound`.
    """
    async with unit_of_work(caller, services, request_key=request_key) as work:
        contact = await contact_for_change(caller, contact_id, Permission.WEB_PORTAL)
        if work.earlier_result:
            return await PortalAccount.get(id=work.earlier_result)
        if account_named:
            await _require_account(caller, account_id)
        chosen = await _choice(contact, account_id)
        account = await PortalAccount.filter(id=chosen).select_for_update().get()
        # While this request waited for the lock, the account may have been linked or its address changed.
        if await _choice(contact, account_id) != account.id:
            raise NoMatchingAccount
        await create_link(account, contact, LinkedHow.STAFF, caller.staff_member_id, work)
        work.result_id = account.id
    return account


async def _require_account(caller: StaffCaller, account_id: UUID | None) -> None:
    here = PortalAccount.filter(organization_id=caller.organization_id, id=account_id, withdrawn_at=None)
    if account_id is None or not await here.exists():
        raise NotFound("accountId")


async def _choice(contact: Contact, account_id: UUID | None) -> UUID:
    """The id of the account to link: the one that staff chose, or the only one."""
    facts = (await status_facts([contact.id]))[contact.id]
    if facts.own_account is not None:
        raise AlreadyLinked
    waiting = accounts_waiting(facts)
    if account_id in waiting or (account_id is not None and account_id in await _linked_before(contact)):
        return account_id
    if account_id is None and len(waiting) > 1:
        raise SeveralAccounts(waiting)
    if account_id is None and waiting:
        return waiting[0]
    if account_id in _taken(facts) or (account_id is None and decide(facts)[0] is PortalState.EMAIL_CONFLICT):
        raise EmailConflict
    raise NoMatchingAccount


async def _linked_before(contact: Contact) -> set[UUID]:
    previous = await previous_accounts(contact.organization_id, [contact.id])
    return {account.id for account in previous[contact.id]}


def accounts_waiting(facts: StatusFacts) -> tuple[UUID, ...]:
    """The verified, unlinked accounts with one of the contact's addresses, that of the primary address first."""
    found = [address.account for address in facts.addresses if address.account is not None]
    return tuple(a.id for a in found if a.registered_at and a.owns_its_address and a.linked_contact_id is None)


def _taken(facts: StatusFacts) -> set[UUID]:
    return {address.account.id for address in facts.addresses if address.account and address.account.linked_contact_id}
