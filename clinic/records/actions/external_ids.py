"""Says what other systems call a record, so that they find it again by their own numbers (decision 0062)."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from clinic.organizations.models import Facility
from clinic.records.errors import ExternalIdTaken
from clinic.records.external_ids import COLUMNS, RECORDS, Identifier
from clinic.records.models import Appointment, Contact, ExternalId, ExternalIdKind, Relationship
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput, NotFound
from clinic.values.limits import LONGEST_EXTERNAL_SYSTEM, LONGEST_EXTERNAL_VALUE, MOST_EXTERNAL_IDS
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

# RFC 3986 §4.3: an absolute URI begins with a scheme.
_ABSOLUTE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
# The same right as for changing the record in any other way.
NEEDED = {
    ExternalIdKind.CONTACT: Permission.MANAGE_CONTACTS,
    ExternalIdKind.RELATIONSHIP: Permission.MANAGE_CONTACTS,
    ExternalIdKind.APPOINTMENT: Permission.MANAGE_CONTACTS,
    ExternalIdKind.STAFF_MEMBER: Permission.MANAGE_STAFF,
    ExternalIdKind.FACILITY: Permission.MANAGE_ORGANIZATION,
}
Record = Contact | Relationship | Appointment | StaffMember | Facility


def cleaned_identifiers(given: Sequence[Identifier]) -> list[Identifier]:
    """The external ids in the form that is stored. Raises `InvalidInput` with all problems at once."""
    problems = Problems()
    if len(given) > MOST_EXTERNAL_IDS:
        problems.add("externalIds", Problem.TOO_MANY_EXTERNAL_IDS, most=MOST_EXTERNAL_IDS)
    found = []
    for index, each in enumerate(given[:MOST_EXTERNAL_IDS]):
        found.append(clean_identifier(f"externalIds.{index}", each, problems))
    problems.raise_if_any()
    if len(set(found)) < len(found):
        problems.add("externalIds", Problem.EXTERNAL_ID_TWICE)
    problems.raise_if_any()
    return found


def clean_identifier(path: str, given: Identifier, problems: Problems) -> Identifier:
    """The external id in the form that is stored. Adds a problem to `problems` if it can't be one."""
    system = problems.line(f"{path}.system", given.system, longest=LONGEST_EXTERNAL_SYSTEM)
    if system and not _ABSOLUTE_URI.fullmatch(system):
        problems.add(f"{path}.system", Problem.NO_SYSTEM_URI)
    return Identifier(system, problems.line(f"{path}.value", given.value, longest=LONGEST_EXTERNAL_VALUE))


@retry_on_conflict
async def set_external_ids(
    caller: StaffCaller | SystemCaller,
    kind: ExternalIdKind,
    record_id: UUID | None,
    identifiers: Sequence[Identifier],
    services: Services,
    *,
    shown: Sequence[Identifier] | None = None,
) -> UUID:
    """Replace all external ids of a record, and return its id. Needs the permission to change such a record.

    The record's version stays: no edit of its fields can clash with this. Setting the same ids again changes nothing.
    With `shown`, the ids that the caller saw, nothing is replaced if the record has others by now.
    Raises `NotPermitted`, `NotFound`, `InvalidInput`, `ExternalIdTaken`.
    """
    if isinstance(caller, StaffCaller):
        caller.require(NEEDED[kind])
    wanted = cleaned_identifiers(identifiers)
    async with unit_of_work(caller, services) as work:
        record = await _locked(caller, kind, record_id)
        own: dict[str, Any] = {COLUMNS[kind]: record.id}
        before = {Identifier(each.system, each.value): each.id for each in await ExternalId.filter(**own)}
        if set(before) == set(wanted):
            return record.id
        if shown is not None and set(before) != set(shown):
            raise InvalidInput.one("shown", Problem.EXTERNAL_IDS_CHANGED)
        await ExternalId.filter(id__in=[row for each, row in before.items() if each not in wanted]).delete()
        for index, each in enumerate(wanted):
            if each in before:
                continue
            key: dict[str, Any] = {"organization_id": caller.organization_id, "kind": kind, **asdict(each)}
            # The unique constraint decides; with this the person is told which input it is.
            taken = await ExternalId.get_or_none(**key)
            if taken is not None:
                raise ExternalIdTaken(f"externalIds.{index}", RECORDS[kind].__name__, getattr(taken, COLUMNS[kind]))
            await ExternalId.create(**key, **own)
        # The values are personal data, so the audit has only their number.
        work.audit("external_ids.set", record, before=len(before), count=len(wanted))
    return record.id


async def _locked(caller: StaffCaller | SystemCaller, kind: ExternalIdKind, record_id: UUID | None) -> Record:
    model = RECORDS[kind]
    own = model.filter(organization_id=caller.organization_id, id=record_id).select_for_update()
    record = await own.first() if record_id else None
    if not isinstance(record, Record):
        raise NotFound("recordId")
    return record
