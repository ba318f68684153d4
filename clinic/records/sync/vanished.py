"""Finds who is not in a system's complete list of contacts any more, and archives them (decision 0094)."""

from collections.abc import AsyncIterator, Collection, Container, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from clinic.database.rows import as_uuid, fetch, fetch_number
from clinic.records.access import contact_for_change
from clinic.records.actions.archive import archive
from clinic.records.errors import IncompleteList, NothingListed, TooManyVanished
from clinic.records.external_ids import Identifier, external_ids_of
from clinic.records.models import ExternalIdKind
from clinic.records.sync.records import SyncOutcome, SyncResult
from clinic.values.callers import Permission, SystemCaller
from clinic.values.errors import ClinicError, InvalidInput, NotFound
from clinic.values.ports import Services
from clinic.work.unit_of_work import rehearsal, retry_on_conflict, unit_of_work

# A list that lacks more of its system's contacts than this is taken for a wrong or a cut file.
MOST_VANISHED_PERCENT = 5
# So many external ids are read at once.
PAGE = 500
# So many of those who vanished are named when there are too many.
MOST_NAMED = 20


@dataclass(frozen=True)
class CompleteList:
    """A list of all contacts of each of `systems`. `numbers` are the external ids in it, in the form that is stored.

    `refused` is how many records of the list could not be read or made so: with any of them it is not complete.
    `before` is how many contacts each system had when the import began, of which the bound is a part. The import itself
    adds contacts, and archives those whom the list calls inactive. Without it those on record now count.
    """

    systems: Collection[str]
    numbers: Container[Identifier]
    most_percent: int = MOST_VANISHED_PERCENT
    refused: int = 0
    before: Mapping[str, int] = field(default_factory=dict)


async def refuse_if_too_many(organization_id: UUID, listed: CompleteList) -> dict[str, int]:
    """The number of contacts of each system that are on record and not archived.

    Raises `IncompleteList`, `NothingListed`, and `TooManyVanished` for the first system that lacks too many.
    """
    if listed.refused:
        raise IncompleteList(listed.refused)
    if not listed.systems:
        raise NothingListed
    numbers = {}
    for system in sorted(listed.systems):
        numbers[system] = await _number_of_contacts(organization_id, system)
        vanished = 0
        first: list[str] = []
        async for number, _ in _vanished(organization_id, system, listed):
            vanished += 1
            if len(first) < MOST_NAMED:
                first.append(number.value)
        contacts = listed.before.get(system, numbers[system])
        if vanished * 100 > listed.most_percent * contacts:
            raise TooManyVanished(system, vanished, contacts, listed.most_percent, first)
    return numbers


async def archive_vanished(
    caller: SystemCaller, listed: CompleteList, services: Services, *, dry_run: bool = False
) -> AsyncIterator[SyncResult]:
    """Archive the contacts that are on record and not in the list, each in a transaction of its own.

    Yields a result for each: CHANGED, or REFUSED for one that staff could not archive either. Those that are archived
    already have none, so doing it again changes nothing. A dry run undoes each. Raises as `refuse_if_too_many`, before
    anything changes.
    """
    await refuse_if_too_many(caller.organization_id, listed)
    earlier: set[str] = set()
    for system in sorted(listed.systems):
        async for number, contact_id in _vanished(caller.organization_id, system, listed, earlier):
            outcome, refused = SyncOutcome.CHANGED, None
            try:
                if not await _archived(caller, contact_id, listed, services, dry_run=dry_run):
                    continue
            except ClinicError as refusal:
                outcome, refused = SyncOutcome.REFUSED, refusal
            yield SyncResult(ExternalIdKind.CONTACT, number, outcome, contact_id, refused)
        earlier.add(system)


_CONTACTS = (
    "FROM external_id e JOIN contact c ON c.id = e.contact_id WHERE e.organization_id = $1 AND e.kind = $2 "
    "AND e.system = $3 AND c.archived_at IS NULL AND c.merged_into_id IS NULL"
)


async def _number_of_contacts(organization_id: UUID, system: str) -> int:
    sql = f"SELECT count(DISTINCT e.contact_id) AS number {_CONTACTS}"
    return await fetch_number(sql, organization_id, ExternalIdKind.CONTACT.value, system)


async def _vanished(
    organization_id: UUID, system: str, listed: CompleteList, earlier: Container[str] = ()
) -> AsyncIterator[tuple[Identifier, UUID]]:
    """The contacts of the system that are not in the list, each once, by its first external id there.

    A contact may have several external ids, for example since two records were merged: one of them in the list is
    enough. Those that have an external id of an `earlier` system were found there.
    """
    sql = f"SELECT e.value, e.contact_id {_CONTACTS} AND e.value > $4 ORDER BY e.value LIMIT {PAGE}"
    last = ""
    # The pages follow the index of external ids, and archiving moves nothing in it.
    while rows := await fetch(sql, organization_id, ExternalIdKind.CONTACT.value, system, last):
        missing = [
            (number, as_uuid(row["contact_id"]))
            for row in rows
            if (number := Identifier(system, row["value"])) not in listed.numbers
        ]
        every = await _numbers_of(organization_id, {contact_id for _, contact_id in missing})
        for number, contact_id in missing:
            numbers = every.get(contact_id, [])
            first = next((each for each in numbers if each.system == system), None)
            elsewhere = any(each.system in earlier or each in listed.numbers for each in numbers)
            if number == first and not elsewhere:
                yield number, contact_id
        last = rows[-1]["value"]


async def _numbers_of(organization_id: UUID, contact_ids: Collection[UUID]) -> dict[UUID, list[Identifier]]:
    if not contact_ids:
        return {}
    return await external_ids_of(organization_id, ExternalIdKind.CONTACT, sorted(contact_ids))


@retry_on_conflict
async def _archived(
    caller: SystemCaller, contact_id: UUID, listed: CompleteList, services: Services, *, dry_run: bool
) -> bool:
    """Archive the contact, unless it is archived, merged, erased or in the list by now. Raises `InvalidInput`."""
    opened = rehearsal if dry_run else unit_of_work
    async with opened(caller, services) as work:
        work.is_of_sync = True
        try:
            contact = await contact_for_change(caller, contact_id, Permission.MANAGE_CONTACTS, archived_too=True)
        except (NotFound, InvalidInput):
            return False
        numbers = await _numbers_of(caller.organization_id, [contact_id])
        if contact.archived_at is not None or any(each in listed.numbers for each in numbers.get(contact_id, ())):
            return False
        await archive(contact, work)
    return True
