"""Adds, changes and ends episodes. The facility of an episode is the sender of the portal's letters."""

from uuid import UUID

from clinic.records.access import checked_facility_id, contact_for_change, episode_for_change
from clinic.records.models import Contact, Episode
from clinic.records.versions import check_version, save_change
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work


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
        episode = await begin_episode(contact, facility_id, work)
        work.result_id = episode.id
    return episode


async def begin_episode(contact: Contact, facility_id: UUID | None, work: Work) -> Episode:
    """Start an episode of the locked contact and end the current one, in an action's transaction."""
    for current in await Episode.filter(contact_id=contact.id, ended_at=None).select_for_update():
        current.ended_at = work.now
        await save_change(current, "episode.ended", {"ended_at": None}, work)
    episode = await Episode.create(
        organization_id=contact.organization_id, contact_id=contact.id, facility_id=facility_id, started_at=work.now
    )
    work.audit("episode.created", episode, contact_id=contact.id)
    work.concerns(contact.id)
    return episode


@retry_on_conflict
async def update_episode(
    caller: StaffCaller | SystemCaller,
    episode_id: UUID | None,
    facility_id: UUID | None,
    services: Services,
    *,
    at_facility: bool,
    keep_facility: bool = False,
    ended: bool | None = None,
    version: int | None = None,
) -> Episode:
    """Move an episode to another facility or to none ("--"), end it now, or open it again. Needs MANAGE_CONTACTS.

    The facility stays as it is if `keep_facility` is true. `ended` None leaves the end as it is. Raises `NotFound`,
    `InvalidInput` if another episode is open, `ChangedMeanwhile`.
    """
    async with unit_of_work(caller, services) as work:
        episode = await episode_for_change(caller, episode_id)
        before = {"facility_id": episode.facility_id, "ended_at": episode.ended_at}
        if not keep_facility:
            episode.facility_id = await checked_facility_id(
                caller, facility_id, given=at_facility, present=episode.facility_id
            )
        if ended is not None:
            episode.ended_at = (episode.ended_at or work.now) if ended else None
        changed = {name: was for name, was in before.items() if was != getattr(episode, name)}
        if changed:
            await check_version(episode, version)
            if episode.ended_at is None and before["ended_at"] is not None:
                await _require_no_other_open(episode)
            await save_change(episode, "episode.updated", changed, work)
            work.concerns(episode.contact_id)
    return episode


async def move_episode(episode: Episode, facility_id: UUID | None, work: Work) -> None:
    """Give the locked episode another facility, or none, in an action's transaction."""
    before = {"facility_id": episode.facility_id}
    episode.facility_id = facility_id
    await save_change(episode, "episode.updated", before, work)
    work.concerns(episode.contact_id)


async def _require_no_other_open(episode: Episode) -> None:
    """The unique index has the last word: the action runs again after its conflict, and then sees the other one."""
    if await Episode.filter(contact_id=episode.contact_id, ended_at=None).exclude(id=episode.id).exists():
        raise InvalidInput.one("ended", Problem.EPISODE_OPEN)
