"""Facilities are changed, archived and restored, and never lost from what has them."""

import asyncio
import json
from uuid import UUID, uuid4

import pytest

from clinic.organizations.facilities import (
    FacilityChanges,
    archive_facility,
    create_facility,
    restore_facility,
    update_facility,
)
from clinic.organizations.models import Facility
from clinic.organizations.places import Place, place_of
from clinic.organizations.queries import facilities_of, organization_by_id
from clinic.records.actions.episodes import create_episode, update_episode
from clinic.records.models import Episode
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound, NotPermitted
from clinic.values.problems import Problem
from clinic.work.models import AuditEvent
from tests.factories import Practice
from tests.factories.contents import nothing_changes


@pytest.fixture
async def manager(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_ORGANIZATION)


@pytest.fixture
async def riverside(practice: Practice) -> Facility:
    return await create_facility(practice.system, "Riverside", practice.services)


async def test_facility_is_changed(practice: Practice, manager: StaffCaller, riverside: Facility) -> None:
    changes = FacilityChanges("Riverside North", "2 River Road\n\nBoise", "208 555 0177", "Asia/Tokyo")
    await update_facility(manager, riverside.id, changes, practice.services)
    kept = await Facility.get(id=riverside.id)
    assert (kept.name, kept.address, kept.phone) == ("Riverside North", "2 River Road\nBoise", "208 555 0177")
    assert kept.time_zone == "Asia/Tokyo"
    await update_facility(manager, riverside.id, FacilityChanges(time_zone=""), practice.services)
    assert (await Facility.get(id=riverside.id)).time_zone == ""
    event = await AuditEvent.filter(action="facility.updated").order_by("sequence").first()
    assert event is not None
    assert json.loads(event.details) == {"fields": "address name phone time_zone"}
    async with nothing_changes():
        await update_facility(manager, riverside.id, FacilityChanges("Riverside North"), practice.services)


async def test_facility_that_can_not_be_is_refused_by_field(
    practice: Practice, manager: StaffCaller, riverside: Facility
) -> None:
    await create_facility(manager, "Hilltop", practice.services)
    unusable = [
        (FacilityChanges(name=""), "name"),
        (FacilityChanges(name="Hilltop"), "name"),
        (FacilityChanges(address="1\n2\n3\n4\n5"), "address"),
        (FacilityChanges(phone="1" * 41), "phone"),
        (FacilityChanges(time_zone="Boise"), "timeZone"),
    ]
    async with nothing_changes():
        for changes, path in unusable:
            with pytest.raises(InvalidInput) as refusal:
                await update_facility(manager, riverside.id, changes, practice.services)
            assert [problem.path for problem in refusal.value.problems] == [path]


async def test_name_is_given_to_one_of_two_at_once(practice: Practice, manager: StaffCaller) -> None:
    places = [await create_facility(manager, name, practice.services) for name in ("Riverside", "Hilltop")]
    outcomes = await asyncio.gather(
        *(update_facility(manager, place.id, FacilityChanges("Lakeside"), practice.services) for place in places),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Facility", "InvalidInput"]


async def test_archived_facility_is_offered_nowhere_and_stays_where_it_is(
    practice: Practice, manager: StaffCaller, riverside: Facility
) -> None:
    contact = await practice.contact()
    episode = await create_episode(practice.system, contact.id, riverside.id, practice.services, at_facility=True)

    for _ in range(2):
        await archive_facility(manager, riverside.id, practice.services)
    assert await AuditEvent.filter(action="facility.archived").count() == 1
    assert await facilities_of(practice.organization.id) == []
    assert [place.id for place in await facilities_of(practice.organization.id, archived=True)] == [riverside.id]
    assert (await Episode.get(id=episode.id)).facility_id == riverside.id
    await update_episode(practice.system, episode.id, riverside.id, practice.services, at_facility=True)
    other = await practice.contact("Rosa", emails=("rosa@example.com",))
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await create_episode(practice.system, other.id, riverside.id, practice.services, at_facility=True)
        assert refusal.value.problems[0].code is Problem.FACILITY_ARCHIVED
        with pytest.raises(InvalidInput) as refusal:
            await create_facility(manager, "Riverside", practice.services)
        assert refusal.value.problems[0].code is Problem.NAME_OF_ARCHIVED

    for _ in range(2):
        await restore_facility(manager, riverside.id, practice.services)
    assert await AuditEvent.filter(action="facility.restored").count() == 1
    await create_episode(practice.system, other.id, riverside.id, practice.services, at_facility=True)


async def test_facilities_need_the_permission_and_are_of_the_own_practice(
    practice: Practice, other_practice: Practice, manager: StaffCaller, riverside: Facility
) -> None:
    desk = await practice.staff(Permission.MANAGE_CONTACTS, Permission.MANAGE_STAFF)
    theirs = await create_facility(other_practice.system, "Harbor", practice.services)
    unknown: tuple[UUID | None, ...] = (theirs.id, uuid4(), None)
    async with nothing_changes():
        for change in (archive_facility, restore_facility):
            with pytest.raises(NotPermitted):
                await change(desk, riverside.id, practice.services)
            for facility_id in unknown:
                with pytest.raises(NotFound):
                    await change(manager, facility_id, practice.services)
        with pytest.raises(NotPermitted):
            await update_facility(desk, riverside.id, FacilityChanges("New"), practice.services)
        for facility_id in unknown:
            with pytest.raises(NotFound):
                await update_facility(manager, facility_id, FacilityChanges("New"), practice.services)


async def test_place_is_never_mixed(practice: Practice) -> None:
    view = await organization_by_id(practice.organization.id)
    own = Place(view.name, view.address_lines, view.phone, "America/Boise")
    assert place_of(view, None) == own
    assert place_of(view, Facility(name="Riverside")) == own
    assert place_of(view, Facility(name="Riverside", phone="1")) == Place("Riverside", (), "1", "America/Boise")
    tokyo = Facility(name="Tokyo", address="1 Shibuya\nTokyo", time_zone="Asia/Tokyo")
    assert place_of(view, tokyo) == Place("Tokyo", ("1 Shibuya", "Tokyo"), "", "Asia/Tokyo")
    # Without a way to reach it the practice answers, but the visit's zone is the facility's.
    assert place_of(view, Facility(name="Tokyo", time_zone="Asia/Tokyo")).time_zone == "Asia/Tokyo"
