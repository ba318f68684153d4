"""Idempotency keys: the same request again, however it comes, does nothing again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tortoise.models import Model

from clinic.organizations.actions import create_facility
from clinic.portal_access.actions import invite_contact
from clinic.records.actions.appointments import create_appointment
from clinic.records.actions.contacts import ContactFacts, create_contact
from clinic.records.actions.episodes import create_episode
from clinic.records.actions.relationships import create_relationship
from clinic.records.models import Contact
from clinic.staff.actions import create_staff_member
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotPermitted
from clinic.work.idempotency import IdempotencyKey, remove_old_keys
from clinic.work.models import RequestOnce
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, PASSWORD, Practice
from tests.factories.contents import nothing_changes

KEY = IdempotencyKey("createThing", "key-1", "body-1")
OTHER_BODY = IdempotencyKey("createThing", "key-1", "body-2")
OTHER_KEY = IdempotencyKey("createThing", "key-2", "body-1")
AT = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)

Action = Callable[[StaffCaller, IdempotencyKey], Awaitable[Model]]


@pytest.fixture(params=["contact", "relationship", "facility", "episode", "appointment", "staff member", "account"])
async def make(request: pytest.FixtureRequest, practice: Practice) -> Action:
    """Each action that makes something, on the same two people each time."""
    services = practice.services
    contact = await practice.contact()
    relative = await practice.contact("Rosa", emails=("rosa@example.com",))
    facts = ContactFacts("Inés", "Núñez")
    actions: dict[str, Action] = {
        "contact": lambda caller, request_key: create_contact(caller, facts, services, request_key=request_key),
        "relationship": lambda caller, request_key: create_relationship(
            caller, contact.id, relative.id, "mother of", services, request_key=request_key
        ),
        "facility": lambda caller, request_key: create_facility(caller, "Lakeside", services, request_key=request_key),
        "episode": lambda caller, request_key: create_episode(
            caller, contact.id, None, services, at_facility=False, request_key=request_key
        ),
        "appointment": lambda caller, request_key: create_appointment(
            caller, contact.id, AT, AT + timedelta(hours=1), services, request_key=request_key
        ),
        "staff member": lambda caller, request_key: create_staff_member(
            caller,
            name="Ida Desk",
            email="ida@practice.example",
            password=PASSWORD,
            services=services,
            request_key=request_key,
        ),
        "account": lambda caller, request_key: invite_contact(caller, contact.id, services, request_key=request_key),
    }
    return actions[str(request.param)]


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(*EVERY_PERMISSION)


async def test_repeated_request_answers_the_same_record_and_does_nothing(make: Action, desk: StaffCaller) -> None:
    first = await make(desk, KEY)
    async with nothing_changes():
        again = await make(desk, KEY)
    assert type(again) is type(first)
    assert again.pk == first.pk


async def test_reused_key_is_refused_and_nothing_done(make: Action, desk: StaffCaller) -> None:
    await make(desk, KEY)
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await make(desk, OTHER_BODY)
    assert [problem.path for problem in refusal.value.problems] == ["idempotencyKey"]


async def test_five_at_once_make_one_record(make: Action, desk: StaffCaller) -> None:
    answers = await asyncio.gather(*(make(desk, KEY) for _ in range(5)))
    assert len({answer.pk for answer in answers}) == 1
    [kept] = await RequestOnce.all()
    assert kept.result_id == answers[0].pk


async def test_key_gives_nothing_to_somebody_without_the_permission(make: Action, desk: StaffCaller) -> None:
    await make(desk, KEY)
    without = StaffCaller(desk.organization_id, desk.staff_member_id, desk.session_id, frozenset())
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await make(without, KEY)


async def contact_ids(practice: Practice) -> set[UUID]:
    return {contact.id for contact in await Contact.filter(organization_id=practice.organization.id)}


async def test_another_key_another_caller_or_another_mutation_is_another_request(
    practice: Practice, desk: StaffCaller
) -> None:
    colleague = await practice.staff(Permission.MANAGE_CONTACTS)
    facts = ContactFacts("Inés", "Núñez")
    for caller, request_key in (
        (desk, KEY),
        (desk, OTHER_KEY),
        (colleague, KEY),
        (practice.system, KEY),
        (desk, IdempotencyKey("updateThing", "key-1", "body-2")),
    ):
        await create_contact(caller, facts, practice.services, request_key=request_key)
    assert len(await contact_ids(practice)) == 5


async def test_practices_share_no_keys(practice: Practice, other_practice: Practice) -> None:
    facts = ContactFacts("Inés", "Núñez")
    here = await create_contact(practice.system, facts, practice.services, request_key=KEY)
    there = await create_contact(other_practice.system, facts, practice.services, request_key=OTHER_BODY)
    assert here.organization_id != there.organization_id


async def test_key_is_remembered_for_a_day_and_then_swept(
    practice: Practice, desk: StaffCaller, clock: FixedClock
) -> None:
    facts = ContactFacts("Inés", "Núñez")
    first = await create_contact(desk, facts, practice.services, request_key=KEY)
    clock.advance(timedelta(hours=24))
    assert await remove_old_keys(clock.now()) == 0
    assert (await create_contact(desk, facts, practice.services, request_key=KEY)).id == first.id
    clock.advance(timedelta(seconds=1))
    assert (await create_contact(desk, facts, practice.services, request_key=KEY)).id != first.id
    assert await RequestOnce.all().count() == 1
    clock.advance(timedelta(hours=24, seconds=1))
    assert await remove_old_keys(clock.now()) == 1


async def test_invalid_request_leaves_its_key_free(practice: Practice, desk: StaffCaller) -> None:
    async with nothing_changes():
        with pytest.raises(InvalidInput):
            await create_contact(desk, ContactFacts("", ""), practice.services, request_key=KEY)
    made = await create_contact(desk, ContactFacts("Inés", "Núñez"), practice.services, request_key=KEY)
    assert made.given_name == "Inés"
