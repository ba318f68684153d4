"""Archives contacts, which takes them out of lists, searches and counts, and restores them (decision 0043)."""

from uuid import UUID

from clinic.portal_access.models import PortalLink
from clinic.records.access import contact_for_change
from clinic.records.models import Contact
from clinic.records.versions import check_version, save_change
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work


@retry_on_conflict
async def archive_contact(
    caller: StaffCaller | SystemCaller, contact_id: UUID | None, services: Services, *, version: int | None = None
) -> Contact:
    """Archive a contact; needs MANAGE_CONTACTS. Repeating it changes nothing.

    Raises `InvalidInput` while the person has a portal account or an open invitation, `NotFound`, `ChangedMeanwhile`.
    Whoever links an account locks the contact first, so none is linked meanwhile.
    """
    async with unit_of_work(caller, services) as work:
        contact = await contact_for_change(caller, contact_id, Permission.MANAGE_CONTACTS, archived_too=True)
        if contact.archived_at is not None:
            return contact
        await check_version(contact, version)
        await archive(contact, work)
    return contact


async def archive(contact: Contact, work: Work) -> None:
    """Archive the locked contact, in an action's transaction. Raises `InvalidInput` as `archive_contact` does."""
    if await PortalLink.exists(contact_id=contact.id, unlinked_at=None):
        raise InvalidInput.one("contactId", Problem.LINKED_STILL)
    contact.archived_at = work.now
    await save_change(contact, "contact.archived", {"archived_at": None}, work)


@retry_on_conflict
async def restore_contact(
    caller: StaffCaller | SystemCaller, contact_id: UUID | None, services: Services, *, version: int | None = None
) -> Contact:
    """Take a contact out of the archive; needs MANAGE_CONTACTS. Raises `NotFound`, `ChangedMeanwhile`."""
    async with unit_of_work(caller, services) as work:
        contact = await contact_for_change(caller, contact_id, Permission.MANAGE_CONTACTS, archived_too=True)
        if contact.archived_at is None:
            return contact
        await check_version(contact, version)
        await restore(contact, work)
    return contact


async def restore(contact: Contact, work: Work) -> None:
    """Take the locked contact out of the archive, in an action's transaction."""
    before = {"archived_at": contact.archived_at}
    contact.archived_at = None
    await save_change(contact, "contact.restored", before, work)
