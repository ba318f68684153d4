"""Adds, changes, archives and restores facilities. All of it needs MANAGE_ORGANIZATION."""

from dataclasses import dataclass
from uuid import UUID

from clinic.organizations import checks
from clinic.organizations.models import Facility
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput, NotFound
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@retry_on_conflict
async def create_facility(
    caller: StaffCaller | SystemCaller,
    name: str,
    services: Services,
    *,
    address: str = "",
    phone: str = "",
    time_zone: str = "",
    request_key: IdempotencyKey | None = None,
) -> Facility:
    """Add a facility. If a facility has this name already, it is returned unchanged.

    Raises `NotPermitted`, and `InvalidInput`, also if an archived facility has the name.
    """
    _require(caller)
    values = _cleaned(FacilityChanges(name, address, phone, time_zone))
    async with unit_of_work(caller, services, request_key=request_key) as work:
        if work.earlier_result:
            return await Facility.get(id=work.earlier_result)
        there = await Facility.get_or_none(organization_id=caller.organization_id, name=values["name"])
        if there is not None:
            if there.archived_at is not None:
                raise InvalidInput.one("name", Problem.NAME_OF_ARCHIVED)
            work.result_id = there.id
            return there
        facility = Facility(organization_id=caller.organization_id, **values)
        await facility.save(force_create=True)
        work.result_id = facility.id
        work.audit("facility.created", facility)
    return facility


@dataclass(frozen=True)
class FacilityChanges:
    """The fields to change; None leaves a field as it is, and an empty text empties it."""

    name: str | None = None
    address: str | None = None
    phone: str | None = None
    time_zone: str | None = None


@retry_on_conflict
async def update_facility(
    caller: StaffCaller | SystemCaller, facility_id: UUID | None, changes: FacilityChanges, services: Services
) -> Facility:
    """Change what is said of a facility. Raises `NotPermitted`, `NotFound`, `InvalidInput`, also for a name in use."""
    _require(caller)
    values = _cleaned(changes)
    async with unit_of_work(caller, services) as work:
        facility = await _for_change(caller, facility_id)
        changed = {name: value for name, value in values.items() if getattr(facility, name) != value}
        if not changed:
            return facility
        # The unique constraint decides; with this the person is told which field it is.
        twin = Facility.filter(organization_id=caller.organization_id, name=changed.get("name")).exclude(id=facility.id)
        if "name" in changed and await twin.exists():
            raise InvalidInput.one("name", Problem.NAME_TAKEN)
        for name, value in changed.items():
            setattr(facility, name, value)
        await facility.save(update_fields=list(changed))
        work.audit("facility.updated", facility, fields=" ".join(sorted(changed)))
    return facility


@retry_on_conflict
async def archive_facility(
    caller: StaffCaller | SystemCaller, facility_id: UUID | None, services: Services
) -> Facility:
    """Offer the facility for nothing new. Episodes and appointments keep it. Archiving twice changes nothing."""
    _require(caller)
    async with unit_of_work(caller, services) as work:
        facility = await _for_change(caller, facility_id)
        if facility.archived_at is None:
            facility.archived_at = work.now
            await facility.save(update_fields=["archived_at"])
            work.audit("facility.archived", facility)
    return facility


@retry_on_conflict
async def restore_facility(
    caller: StaffCaller | SystemCaller, facility_id: UUID | None, services: Services
) -> Facility:
    """Offer an archived facility again. Restoring twice changes nothing."""
    _require(caller)
    async with unit_of_work(caller, services) as work:
        facility = await _for_change(caller, facility_id)
        if facility.archived_at is not None:
            facility.archived_at = None
            await facility.save(update_fields=["archived_at"])
            work.audit("facility.restored", facility)
    return facility


def _require(caller: StaffCaller | SystemCaller) -> None:
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_ORGANIZATION)


async def _for_change(caller: StaffCaller | SystemCaller, facility_id: UUID | None) -> Facility:
    """The facility, locked until the transaction ends."""
    own = Facility.filter(organization_id=caller.organization_id, id=facility_id).select_for_update()
    facility = await own.first() if facility_id else None
    if facility is None:
        raise NotFound("facilityId")
    return facility


def _cleaned(changes: FacilityChanges) -> dict[str, str]:
    """The values that are given, by column. Raises `InvalidInput`."""
    problems = Problems()
    cleaned = {
        "name": None if changes.name is None else problems.line("name", changes.name),
        "address": None if changes.address is None else checks.checked_address(problems, changes.address),
        "phone": None if changes.phone is None else checks.checked_phone(problems, changes.phone),
        "time_zone": checks.checked_time_zone(problems, changes.time_zone) if changes.time_zone else changes.time_zone,
    }
    problems.raise_if_any()
    return {name: value for name, value in cleaned.items() if value is not None}
