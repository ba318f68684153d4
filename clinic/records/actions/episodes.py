"""Adds and changes episodes. The facility of an episode is the sender of the portal's letters."""

from uuid import UUID

from clinic.records.access import checked_facility_id, contact_for_change, episode_for_change
from clinic.records.models import Episode
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.ports import Services
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@retry_on_conflict
async def create_episode(
    caller: StaffCaller | SystemCaller,
    contact_id: UUID | None,
    facility_id: UUID | None,
    services: Services,
    *,
    at_facility: bool,
    request_key: IdempotencyKey | None = None,
) -> Episode:
    """Start an episode now and end the current one, if there is one. Needs MANAGE_CONTACTS.

    If `at_facility` is false, the episode has no facility ("--"). Raises `NotFound`.
    """
    async with unit_of_work(caller, services, request_key=request_key) as work:
        contact = await contact_for_change(caller, contact_id, Permission.MANAGE_CONTACTS)
        if work.earlier_result:
            return await Episode.get(id=work.earlier_result)
        facility_id = await checked_facility_id(caller, facility_id, given=at_facility)
        await Episode.filter(contact_id=contact.id, ended_at=None).update(ended_at=work.now)
        episode = await Episode.create(
            organization_id=caller.organization_id, contact_id=contact.id, facility_id=facility_id, started_at=work.now
        )
        work.result_id = episode.id
        work.audit("episode.created", episode, contact_id=contact.id)
    return episode


@retry_on_conflict
async def update_episode(
    caller: StaffCaller | SystemCaller,
    episode_id: UUID | None,
    facility_id: UUID | None,
    services: Services,
    *,
    at_facility: bool,
) -> Episode:
    """Move an episode to another facility, or to none ("--"). Needs MANAGE_CONTACTS. Raises `NotFound`."""
    async with unit_of_work(caller, services) as work:
        episode = await episode_for_change(caller, episode_id)
        facility_id = await checked_facility_id(caller, facility_id, given=at_facility, present=episode.facility_id)
        if episode.facility_id != facility_id:
            episode.facility_id = facility_id
            await episode.save(update_fields=["facility_id"])
            work.audit("episode.updated", episode, facility_id=facility_id or "--")
    return episode
