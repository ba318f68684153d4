"""Compares the stored portal states with the computed ones, and stores them where they are missing (decision 0067)."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from clinic.organizations.models import Organization
from clinic.portal_access.stored_state import (
    BATCH,
    contacts_with_wrong_state,
    contacts_without_state,
    mend_states,
    store_states,
)
from clinic.records.models import Contact
from clinic.values.ports import Services
from clinic.work.unit_of_work import while_nobody_changes


@dataclass(frozen=True)
class StateReport:
    """How many contacts were compared, and whose stored state was missing or wrong."""

    contacts: int
    wrong: tuple[UUID, ...]


async def store_missing_states(on_batch: Callable[[int], None] = lambda _stored: None) -> int:
    """Store the state of each contact that has none. Returns how many they were.

    Each batch is one transaction, so it may be interrupted and run again. Then it continues where it stopped.
    `on_batch` is told how many are stored so far.
    """
    stored = 0
    for organization_id in await _organizations():
        after = UUID(int=0)
        while missing := await contacts_without_state(organization_id, after):
            after = missing[-1]
            async with while_nobody_changes(organization_id):
                stored += len(await store_states(organization_id, missing))
            on_batch(stored)
    return stored


async def compare_states(services: Services, *, mend: bool) -> StateReport:
    """Compare all contacts of all organizations. With `mend`, what is wrong is stored anew, logged and counted."""
    compared, wrong = 0, []
    for organization_id in await _organizations():
        after = UUID(int=0)
        while ids := await _contacts_after(organization_id, after):
            compared += len(ids)
            after = ids[-1]
            if suspects := await contacts_with_wrong_state(organization_id, ids):
                wrong += await _wrong_for_sure(organization_id, suspects, services, mend=mend)
    return StateReport(compared, tuple(wrong))


async def _wrong_for_sure(organization_id: UUID, suspects: list[UUID], services: Services, *, mend: bool) -> list[UUID]:
    """Those that are wrong while nobody changes anything in the organization."""
    if mend:
        return await mend_states(organization_id, suspects, services)
    async with while_nobody_changes(organization_id):
        return await contacts_with_wrong_state(organization_id, suspects)


async def _organizations() -> list[UUID]:
    return [UUID(str(one)) for one in await Organization.all().order_by("id").values_list("id", flat=True)]


async def _contacts_after(organization_id: UUID, after: UUID) -> list[UUID]:
    found = Contact.filter(organization_id=organization_id, id__gt=after).order_by("id").limit(BATCH)
    return [UUID(str(one)) for one in await found.values_list("id", flat=True)]
