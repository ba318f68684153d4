"""Episodes: one stretch of care at a time, at a facility or "--"."""

import asyncio
import json
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from clinic.charts.related import current_episodes_of, episodes_by_id
from clinic.organizations.actions import create_facility
from clinic.organizations.models import Facility
from clinic.records.access import current_episode
from clinic.records.actions.episodes import create_episode, update_episode
from clinic.records.models import Contact, Episode
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound, NotPermitted
from clinic.values.problems import Problem
from clinic.work.models import AuditEvent
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Practice
from tests.factories.contents import nothing_changes


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_CONTACTS)


@pytest.fixture
async def contact(practice: Practice) -> Contact:
    return await practice.contact()


@pytest.fixture
async def riverside(practice: Practice) -> Facility:
    return await create_facility(practice.system, "Riverside", practice.services)


async def begin(practice: Practice, caller: StaffCaller, contact_id: UUID | None, place: Facility | None) -> Episode:
    return await create_episode(
        caller, contact_id, place.id if place else None, practice.services, at_facility=place is not None
    )


async def test_new_episode_ends_the_one_before(
    practice: Practice, desk: StaffCaller, contact: Contact, riverside: Facility, clock: FixedClock
) -> None:
    first = await begin(practice, desk, contact.id, riverside)
    assert (first.facility_id, first.started_at, first.ended_at) == (riverside.id, clock.now(), None)
    clock.advance(timedelta(days=30))
    second = await begin(practice, desk, contact.id, None)

    assert (await Episode.get(id=first.id)).ended_at == clock.now()
    current = await current_episode(contact.id, clock.now())
    assert current is not None
    assert (current.id, current.facility_id) == (second.id, None)
    events = await AuditEvent.filter(action="episode.created").order_by("sequence")
    assert [event.subject_id for event in events] == [first.id, second.id]


async def test_episode_that_has_not_begun_is_not_current(
    practice: Practice, desk: StaffCaller, contact: Contact, clock: FixedClock
) -> None:
    await begin(practice, desk, contact.id, None)
    assert await current_episode(contact.id, clock.now() - timedelta(seconds=1)) is None
    assert await current_episodes_of(practice.organization.id, [contact.id], clock.now() - timedelta(seconds=1)) == {}


async def test_five_at_once_leave_one_open(practice: Practice, desk: StaffCaller, contact: Contact) -> None:
    await asyncio.gather(*(begin(practice, desk, contact.id, None) for _ in range(5)))
    assert await Episode.filter(contact_id=contact.id, ended_at=None).count() == 1
    assert await Episode.all().count() == 5


async def test_episode_moves_to_a_place_and_to_none(
    practice: Practice, desk: StaffCaller, contact: Contact, riverside: Facility
) -> None:
    episode = await begin(practice, desk, contact.id, None)
    moved = await update_episode(desk, episode.id, riverside.id, practice.services, at_facility=True)
    assert moved.facility_id == riverside.id
    async with nothing_changes():
        await update_episode(desk, episode.id, riverside.id, practice.services, at_facility=True)
    await update_episode(desk, episode.id, None, practice.services, at_facility=False)
    assert (await Episode.get(id=episode.id)).facility_id is None
    events = await AuditEvent.filter(action="episode.updated").order_by("sequence")
    there = {"changed": "facility_id", "facility_id": str(riverside.id), "facility_id_before": "--", "version": "2"}
    gone = {"changed": "facility_id", "facility_id": "--", "facility_id_before": str(riverside.id), "version": "3"}
    assert [json.loads(event.details) for event in events] == [there, gone]


async def test_episode_ends_and_opens_again_unless_another_is_open(
    practice: Practice, desk: StaffCaller, contact: Contact, riverside: Facility, clock: FixedClock
) -> None:
    async def end(episode: Episode, *, ended: bool) -> Episode:
        return await update_episode(
            desk, episode.id, None, practice.services, at_facility=False, keep_facility=True, ended=ended
        )

    first = await begin(practice, desk, contact.id, riverside)
    ended = await end(first, ended=True)
    assert (ended.ended_at, ended.facility_id, ended.version) == (clock.now(), riverside.id, 2)
    assert await current_episode(contact.id, clock.now()) is None
    assert (await end(first, ended=False)).ended_at is None

    second = await begin(practice, desk, contact.id, None)
    assert (await Episode.get(id=first.id)).version == 4
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await end(first, ended=False)
    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [("ended", Problem.EPISODE_OPEN)]
    await end(second, ended=True)
    attempts = [end(first, ended=False), end(second, ended=False)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Episode", "InvalidInput"]
    assert await Episode.filter(contact_id=contact.id, ended_at=None).count() == 1


async def test_foreign_and_unknown_ids_are_refused_alike(
    practice: Practice, other_practice: Practice, desk: StaffCaller, contact: Contact
) -> None:
    episode = await begin(practice, desk, contact.id, None)
    theirs = await other_practice.contact()
    abroad = await create_facility(other_practice.system, "Harbor", practice.services)
    stranger = await other_practice.staff(*EVERY_PERMISSION)
    async with nothing_changes():
        for contact_id in (theirs.id, uuid4(), None):
            with pytest.raises(NotFound) as refusal:
                await begin(practice, desk, contact_id, None)
            assert refusal.value.field == "contactId"
        for facility_id in (abroad.id, uuid4(), None):
            with pytest.raises(NotFound) as refusal:
                await create_episode(desk, contact.id, facility_id, practice.services, at_facility=True)
            assert refusal.value.field == "facilityId"
            with pytest.raises(NotFound):
                await update_episode(desk, episode.id, facility_id, practice.services, at_facility=True)
        for caller, episode_id in ((stranger, episode.id), (desk, uuid4()), (desk, None)):
            with pytest.raises(NotFound) as refusal:
                await update_episode(caller, episode_id, None, practice.services, at_facility=False)
            assert refusal.value.field == "episodeId"


async def test_permission_is_needed(practice: Practice, desk: StaffCaller, contact: Contact) -> None:
    episode = await begin(practice, desk, contact.id, None)
    others = await practice.staff(*(EVERY_PERMISSION - {Permission.MANAGE_CONTACTS}))
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await begin(practice, others, contact.id, None)
        with pytest.raises(NotPermitted):
            await update_episode(others, episode.id, None, practice.services, at_facility=False)


async def test_current_episodes_of_many_name_their_places(
    practice: Practice,
    other_practice: Practice,
    desk: StaffCaller,
    contact: Contact,
    riverside: Facility,
    clock: FixedClock,
) -> None:
    second = await practice.contact("Rosa", emails=())
    nobody = await practice.contact("Inés", emails=())
    await begin(practice, desk, contact.id, None)
    at_riverside = await begin(practice, desk, contact.id, riverside)
    nowhere = await begin(practice, desk, second.id, None)
    organization_id = practice.organization.id
    found = await current_episodes_of(organization_id, [contact.id, second.id, nobody.id], clock.now())
    assert {key: (row.id, row.facility_name) for key, row in found.items()} == {
        contact.id: (at_riverside.id, "Riverside"),
        second.id: (nowhere.id, None),
    }
    assert [row.id for row in await episodes_by_id(organization_id, [nowhere.id])] == [nowhere.id]
    assert await episodes_by_id(other_practice.organization.id, [nowhere.id]) == []
    assert await current_episodes_of(other_practice.organization.id, [contact.id], clock.now()) == {}
