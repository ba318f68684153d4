"""Makes many records as another system says. Each one has a transaction of its own, so no refusal stops the others."""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from uuid import UUID

from clinic.records.actions.external_ids import clean_identifier
from clinic.records.external_ids import Identifier
from clinic.records.sync import appointments, contacts, relationships
from clinic.records.sync.known import Known, known_of
from clinic.records.sync.records import (
    KINDS,
    SyncAppointment,
    SyncContact,
    SyncOutcome,
    SyncRecord,
    SyncRelationship,
    SyncRequest,
    SyncResult,
)
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import ClinicError, FieldProblem, InvalidInput, NotFound, TooManyAttempts
from clinic.values.limits import MOST_RECORDS_AT_ONCE
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import Work, rehearsal, retry_on_conflict, unit_of_work

# What the actions call an input, and what the records of a sync call it.
_NAMES: Mapping[str, str] = {
    "contactId": "contact",
    "clientId": "client",
    "relativeId": "relative",
    "facilityId": "facility",
    "staffMemberId": "staffMember",
    "appointmentId": "externalId",
    "relationshipId": "externalId",
}


async def sync_records(
    caller: StaffCaller | SystemCaller,
    request: SyncRequest,
    services: Services,
    *,
    dry_run: bool = False,
    planned: MutableMapping[Identifier, SyncContact] | None = None,
    request_key: IdempotencyKey | None = None,
) -> list[SyncResult]:
    """Make the records so; needs MANAGE_CONTACTS. Returns one result for each: contacts first, in the order they came.

    Each record's transaction is committed at once, and a repeated request changes nothing that is so already. A dry run
    writes each record and undoes it; several dry runs that share `planned` know of the contacts that the earlier ones
    would create. Raises `NotPermitted`, and `InvalidInput` for too many records or a key that was
    used with other records, before it changes anything.
    """
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_CONTACTS)
    if request.size > MOST_RECORDS_AT_ONCE:
        raise InvalidInput.one("contacts", Problem.TOO_MANY_RECORDS, most=MOST_RECORDS_AT_ONCE)
    if request_key and not dry_run:
        await _claim(caller, request_key, services)
    sync = _Sync(caller, services, {} if planned is None else planned, dry_run=dry_run)
    batches: tuple[Sequence[SyncRecord], ...] = (request.contacts, request.relationships, request.appointments)
    return [result for batch in batches for result in await sync.batch(batch)]


@retry_on_conflict
async def _claim(caller: StaffCaller | SystemCaller, request_key: IdempotencyKey, services: Services) -> None:
    async with unit_of_work(caller, services, request_key=request_key) as work:
        # A sync makes many records, so the key stands for the request as a whole.
        work.result_id = work.earlier_result or caller.organization_id


class _Sync:
    """One run over the batches of a request."""

    def __init__(
        self,
        caller: StaffCaller | SystemCaller,
        services: Services,
        planned: MutableMapping[Identifier, SyncContact],
        *,
        dry_run: bool,
    ) -> None:
        self._caller = caller
        self._services = services
        self._dry_run = dry_run
        # Contacts that a dry run would create. What refers to them needs them.
        self._planned = planned

    async def batch(self, records: Sequence[SyncRecord]) -> list[SyncResult]:
        known = await known_of(self._caller.organization_id, records) if records else Known({})
        results: list[SyncResult] = []
        seen: set[Identifier] = set()
        limit: TooManyAttempts | None = None
        for record in records:
            try:
                record = _named(record, seen)
                if limit is not None:
                    raise limit
                results.append(await self._result(record, known))
            except ClinicError as refusal:
                limit = refusal if isinstance(refusal, TooManyAttempts) else limit
                kind = KINDS[type(record)]
                record_id = known.id_of(kind, record.external_id)
                results.append(SyncResult(kind, record.external_id, SyncOutcome.REFUSED, record_id, _as_named(refusal)))
        return results

    async def _result(self, record: SyncRecord, known: Known) -> SyncResult:
        kind = KINDS[type(record)]
        record_id = known.id_of(kind, record.external_id)
        if self._is_so(record, record_id, known):
            return SyncResult(kind, record.external_id, SyncOutcome.UNCHANGED, record_id)
        outcome, made = await self._applied(record, known)
        if self._dry_run and outcome is SyncOutcome.CREATED:
            made = None
            if isinstance(record, SyncContact):
                self._planned[record.external_id] = record
        return SyncResult(kind, record.external_id, outcome, made)

    def _is_so(self, record: SyncRecord, record_id: UUID | None, known: Known) -> bool:
        """Whether what was read before shows that nothing has to be written."""
        match record:
            case SyncContact():
                contact = known.contacts.get(record_id) if record_id else None
                return contact is not None and contacts.is_so(record, contact, known, self._services.clock.now())
            case SyncRelationship():
                relationship = known.relationships.get(record_id) if record_id else None
                return relationship is not None and relationships.is_so(record, relationship, known)
            case SyncAppointment():
                appointment = known.appointments.get(record_id) if record_id else None
                return appointments.is_so(record, appointment, known)

    @retry_on_conflict
    async def _applied(self, record: SyncRecord, known: Known) -> tuple[SyncOutcome, UUID | None]:
        opened = rehearsal if self._dry_run else unit_of_work
        async with opened(self._caller, self._services) as work:
            work.is_of_sync = True
            if self._dry_run:
                known = await self._with_planned(record, known, work)
            match record:
                case SyncContact():
                    return await contacts.sync_contact(self._caller, record, known, work, self._services)
                case SyncRelationship():
                    return await relationships.sync_relationship(self._caller, record, known, work)
                case SyncAppointment():
                    return await appointments.sync_appointment(self._caller, record, known, work)

    async def _with_planned(self, record: SyncRecord, known: Known, work: Work) -> Known:
        """Create, in this transaction, the contacts that the record refers to and that the dry run has not kept."""
        referred: list[Identifier] = []
        if isinstance(record, SyncRelationship):
            referred = [record.client, record.relative]
        elif isinstance(record, SyncAppointment):
            referred = [record.contact]
        for identifier in referred:
            planned = self._planned.get(identifier)
            if planned is not None:
                own = await known_of(self._caller.organization_id, [planned])
                _, made = await contacts.sync_contact(self._caller, planned, own, work, self._services)
                known = known.with_contact(identifier, made)
        return known


def _named(record: SyncRecord, seen: set[Identifier]) -> SyncRecord:
    """The record with its external id in the form that is stored. Raises `InvalidInput`, also for one named twice."""
    problems = Problems()
    identifier = clean_identifier("externalId", record.external_id, problems)
    problems.raise_if_any()
    if identifier in seen:
        raise InvalidInput.one("externalId", Problem.EXTERNAL_ID_TWICE)
    seen.add(identifier)
    return replace(record, external_id=identifier)


def _as_named(refusal: ClinicError) -> ClinicError:
    """The refusal, with the fields called as the records of a sync call them."""
    match refusal:
        case NotFound():
            return NotFound(_NAMES.get(refusal.field, refusal.field))
        case InvalidInput():
            return InvalidInput(
                FieldProblem(_NAMES.get(each.path, each.path), each.code, each.values) for each in refusal.problems
            )
    return refusal
