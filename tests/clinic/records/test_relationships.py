"""Relationships: who is whose relative, and that portal access is never given unless asked for."""

import asyncio
from datetime import date, timedelta
from functools import partial
from uuid import uuid4

import pytest

from clinic.charts.related import relationships_by_id, relationships_of
from clinic.records.actions.relationships import create_relationship, update_relationship
from clinic.records.models import Contact, Relationship
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound, NotPermitted
from clinic.work.models import AuditEvent
from tests.factories import EVERY_PERMISSION, Practice
from tests.factories.contents import nothing_changes

END = date(2030, 1, 1)


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_CONTACTS, Permission.WEB_PORTAL)


@pytest.fixture
async def records_only(practice: Practice) -> StaffCaller:
    """Somebody who may change records and may not open them to anybody."""
    return await practice.staff(Permission.MANAGE_CONTACTS)


@pytest.fixture
async def child(practice: Practice) -> Contact:
    return await practice.contact("Inés", emails=())


@pytest.fixture
async def mother(practice: Practice) -> Contact:
    return await practice.contact("Rosa", emails=("rosa@example.com",))


async def test_relationship_opens_no_portal_unless_asked(
    practice: Practice, desk: StaffCaller, child: Contact, mother: Contact
) -> None:
    made = await create_relationship(desk, child.id, mother.id, " mother of ", practice.services)
    stored = await Relationship.get(id=made.id)
    assert (stored.client_id, stored.relative_id, stored.kind) == (child.id, mother.id, "mother of")
    assert (stored.portal_access, stored.ends_on) == (False, None)
    event = await AuditEvent.get(action="relationship.created")
    assert (event.subject_id, event.details) == (made.id, '{"portal_access": "False"}')


async def test_access_and_end_are_kept(practice: Practice, desk: StaffCaller, child: Contact, mother: Contact) -> None:
    made = await create_relationship(
        desk, child.id, mother.id, "mother of", practice.services, portal_access=True, ends_on=END
    )
    assert (made.portal_access, made.ends_on) == (True, END)


async def test_same_again_is_the_same_and_another_between_two_is_refused(
    practice: Practice, desk: StaffCaller, child: Contact, mother: Contact
) -> None:
    made = await create_relationship(desk, child.id, mother.id, "mother of", practice.services)
    async with nothing_changes():
        again = await create_relationship(desk, child.id, mother.id, "mother of", practice.services)
        assert again.id == made.id
        with pytest.raises(InvalidInput) as refusal:
            await create_relationship(desk, child.id, mother.id, "mother of", practice.services, portal_access=True)
        with pytest.raises(InvalidInput):
            await create_relationship(desk, child.id, mother.id, "aunt of", practice.services)
    assert [problem.path for problem in refusal.value.problems] == ["relativeId"]


async def test_both_ways_may_be_said_also_at_once(
    practice: Practice, desk: StaffCaller, child: Contact, mother: Contact
) -> None:
    for _ in range(4):
        await asyncio.gather(
            create_relationship(desk, child.id, mother.id, "mother of", practice.services),
            create_relationship(desk, mother.id, child.id, "child of", practice.services),
            create_relationship(desk, child.id, mother.id, "mother of", practice.services),
        )
    assert await Relationship.all().count() == 2


async def test_nobody_is_their_own_relative(practice: Practice, desk: StaffCaller, child: Contact) -> None:
    async with nothing_changes():
        with pytest.raises(InvalidInput):
            await create_relationship(desk, child.id, child.id, "self", practice.services)


@pytest.mark.parametrize("kind", ["", "a\nb", "x" * 61, "\x00"], ids=lambda kind: ascii(kind)[:8])
async def test_kind_is_a_short_line(
    practice: Practice, desk: StaffCaller, child: Contact, mother: Contact, kind: str
) -> None:
    made = await create_relationship(desk, child.id, mother.id, "mother of", practice.services)
    async with nothing_changes():
        with pytest.raises(InvalidInput):
            await create_relationship(desk, mother.id, child.id, kind, practice.services)
        with pytest.raises(InvalidInput):
            await update_relationship(desk, made.id, practice.services, kind=kind)


async def test_both_people_must_be_of_this_practice(
    practice: Practice, other_practice: Practice, desk: StaffCaller, child: Contact
) -> None:
    theirs = await other_practice.contact()
    async with nothing_changes():
        for stranger in (theirs.id, uuid4(), None):
            with pytest.raises(NotFound) as refusal:
                await create_relationship(desk, child.id, stranger, "mother of", practice.services)
            assert refusal.value.field == "relativeId"
            with pytest.raises(NotFound) as refusal:
                await create_relationship(desk, stranger, child.id, "mother of", practice.services)
            assert refusal.value.field == "clientId"


async def test_change_touches_only_what_is_named(
    practice: Practice, desk: StaffCaller, child: Contact, mother: Contact
) -> None:
    made = await create_relationship(desk, child.id, mother.id, "mother of", practice.services, ends_on=END)
    changed = await update_relationship(desk, made.id, practice.services, portal_access=True)
    assert (changed.kind, changed.portal_access, changed.ends_on) == ("mother of", True, END)
    changed = await update_relationship(desk, made.id, practice.services, kind="guardian of", clear_ends_on=True)
    assert (changed.kind, changed.portal_access, changed.ends_on) == ("guardian of", True, None)
    changed = await update_relationship(desk, made.id, practice.services, portal_access=False, ends_on=END)
    stored = await Relationship.get(id=made.id)
    assert (stored.kind, stored.portal_access, stored.ends_on) == ("guardian of", False, END)
    assert await AuditEvent.filter(action="relationship.updated").count() == 3
    async with nothing_changes():
        await update_relationship(desk, made.id, practice.services, portal_access=False)


async def test_permission_and_own_practice_are_needed(
    practice: Practice, other_practice: Practice, desk: StaffCaller, child: Contact, mother: Contact
) -> None:
    made = await create_relationship(desk, child.id, mother.id, "mother of", practice.services)
    others = await practice.staff(*(EVERY_PERMISSION - {Permission.MANAGE_CONTACTS}))
    stranger = await other_practice.staff(*EVERY_PERMISSION)
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await create_relationship(others, mother.id, child.id, "child of", practice.services)
        with pytest.raises(NotPermitted):
            await update_relationship(others, made.id, practice.services, portal_access=True)
        for caller, relationship_id in ((stranger, made.id), (desk, uuid4()), (desk, None)):
            with pytest.raises(NotFound) as refusal:
                await update_relationship(caller, relationship_id, practice.services, portal_access=True)
            assert refusal.value.field == "relationshipId"


async def test_giving_portal_access_needs_web_portal_whichever_field_does_it(
    practice: Practice, desk: StaffCaller, records_only: StaffCaller, child: Contact, mother: Contact
) -> None:
    services, aunt = practice.services, await practice.contact("Ana", emails=())
    tie = await create_relationship(records_only, child.id, mother.id, "mother of", services)
    ended = await create_relationship(desk, child.id, aunt.id, "aunt of", services, portal_access=True, ends_on=END)
    changes = [
        partial(update_relationship, records_only, tie.id, services, portal_access=True),
        partial(update_relationship, records_only, tie.id, services, kind="guardian", portal_access=True, ends_on=END),
        partial(update_relationship, records_only, ended.id, services, ends_on=END + timedelta(days=1)),
        partial(update_relationship, records_only, ended.id, services, clear_ends_on=True),
    ]
    new = partial(create_relationship, records_only, aunt.id, mother.id, "sister of", services, portal_access=True)
    async with nothing_changes():
        for attempt in (new, *changes):
            with pytest.raises(NotPermitted) as refusal:
                await attempt()
            assert refusal.value.permission == "WEB_PORTAL"


async def test_what_opens_nothing_needs_no_web_portal(
    practice: Practice, desk: StaffCaller, records_only: StaffCaller, child: Contact, mother: Contact
) -> None:
    services = practice.services
    tie = await create_relationship(desk, child.id, mother.id, "mother of", services, portal_access=True, ends_on=END)
    sooner = END - timedelta(days=1)
    await update_relationship(records_only, tie.id, services, kind="guardian of", portal_access=True, ends_on=END)
    await update_relationship(records_only, tie.id, services, ends_on=sooner)
    await update_relationship(records_only, tie.id, services, portal_access=False, clear_ends_on=True)
    stored = await Relationship.get(id=tie.id)
    assert (stored.kind, stored.portal_access, stored.ends_on) == ("guardian of", False, None)


async def test_relationship_shows_from_either_side(
    practice: Practice, other_practice: Practice, desk: StaffCaller, child: Contact, mother: Contact
) -> None:
    made = await create_relationship(desk, child.id, mother.id, "mother of", practice.services)
    organization_id = practice.organization.id
    found = await relationships_of(organization_id, [child.id, mother.id, uuid4()])
    assert [[row.id for row in rows] for rows in found.values()] == [[made.id], [made.id], []]
    assert [row.id for row in await relationships_by_id(organization_id, [made.id, uuid4()])] == [made.id]
    assert await relationships_by_id(other_practice.organization.id, [made.id]) == []
    assert await relationships_of(other_practice.organization.id, [child.id]) == {child.id: []}
