"""Relatives' access ends when the child comes of the organization's age, with a warning before and letters after."""

from datetime import UTC, date, datetime, timedelta

import pytest

from clinic.organizations.actions import OrganizationChanges, update_organization
from clinic.organizations.models import Organization
from clinic.portal_access.ageing import birthday, born_by, coming_of_age, end_aged_access
from clinic.records.actions.relationships import create_relationship, update_relationship
from clinic.records.models import Contact, Relationship
from clinic.upkeep.timed_work import run_timed_work
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotPermitted
from tests.clinic.portal_access.journey import deliver
from tests.clinic.portal_access.ways import events, registered
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.factories.letters import text_of

# The clock starts on 2 March 2026, 9:00 UTC; the practice is in Boise, seven hours behind.
BIRTHDAY = date(2026, 3, 12)
BORN = date(2013, 3, 12)
MIDNIGHT = datetime(2026, 3, 12, 6, 0, tzinfo=UTC)


@pytest.fixture
async def manager(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_ORGANIZATION)


async def family(practice: Practice, born: date = BORN) -> tuple[Contact, Contact, Relationship]:
    child = await practice.contact("Mia", "Park", emails=("mia@example.com",), date_of_birth=born)
    parent = await practice.contact("Leo", "Park", emails=("leo@example.com",), date_of_birth=date(1980, 5, 4))
    tie = await create_relationship(
        practice.system, child.id, parent.id, "father", practice.services, portal_access=True
    )
    return child, parent, tie


async def set_age(manager: StaffCaller, practice: Practice, age: int = 13, days: int = 30) -> None:
    changes = OrganizationChanges(relatives_end_at_age=age, ageing_warning_days=days)
    await update_organization(manager, changes, practice.services)


@pytest.mark.parametrize(
    ("born", "age", "day"),
    [
        (date(2013, 3, 12), 13, date(2026, 3, 12)),
        (date(2012, 2, 29), 13, date(2025, 3, 1)),
        (date(2012, 2, 29), 12, date(2024, 2, 29)),
        (date(2010, 12, 31), 18, date(2028, 12, 31)),
    ],
)
def test_the_birthday_is_the_first_day_of_the_age(born: date, age: int, day: date) -> None:
    assert birthday(born, age) == day
    assert born <= born_by(day, age)
    assert born > born_by(day - timedelta(days=1), age)


@pytest.mark.parametrize("age", [12, 13, 18])
def test_both_ways_of_counting_agree_on_every_day(age: int) -> None:
    start = date(2023, 12, 1)
    days = [start + timedelta(days=number) for number in range(500)]
    births = [date(day.year - age, 2, 28) + timedelta(days=n) for day in days[::90] for n in range(-2, 4)]
    wrong = [
        (born, day) for day in days for born in births if (birthday(born, age) <= day) != (born <= born_by(day, age))
    ]
    assert wrong == []


async def test_staff_are_warned_in_time_and_not_before(
    practice: Practice, manager: StaffCaller, clock: FixedClock
) -> None:
    _, _, tie = await family(practice)
    assert await coming_of_age(manager, clock.now()) == []
    await set_age(manager, practice, days=9)
    assert await coming_of_age(manager, clock.now()) == []
    await set_age(manager, practice, days=10)
    [warning] = await coming_of_age(manager, clock.now())
    assert (warning.relationship.id, warning.ends_on) == (tie.id, BIRTHDAY)


async def test_on_the_birthday_in_the_practices_zone_access_ends_and_both_sides_are_told(
    practice: Practice, manager: StaffCaller, mailbox: Mailbox, clock: FixedClock
) -> None:
    child, parent, tie = await family(practice)
    await registered(practice, mailbox, child)
    await registered(practice, mailbox, parent)
    mailbox.letters.clear()
    await set_age(manager, practice)
    clock.advance(MIDNIGHT - clock.now() - timedelta(seconds=1))
    async with nothing_changes():
        assert await end_aged_access(practice.services) == 0
    clock.advance(timedelta(seconds=1))

    assert await end_aged_access(practice.services) == 1

    now = await Relationship.get(id=tie.id)
    assert (now.portal_access, now.ends_on, now.kind) == (False, BIRTHDAY, "father")
    await deliver(practice)
    assert sorted(str(letter["To"]) for letter in mailbox.letters) == ["leo@example.com", "mia@example.com"]
    assert not any("Mia" in text_of(letter) for letter in mailbox.letters)
    [event] = await events("relationship.ended_by_age")
    assert (event["subject"], event["actor"]) == (tie.id, None)
    async with nothing_changes():
        assert await end_aged_access(practice.services) == 0


async def test_one_client_with_two_relatives_gets_one_letter(
    practice: Practice, manager: StaffCaller, mailbox: Mailbox, clock: FixedClock
) -> None:
    child, _, _ = await family(practice)
    mother = await practice.contact("Ana", "Park", emails=("ana@example.com",))
    await create_relationship(practice.system, child.id, mother.id, "mother", practice.services, portal_access=True)
    await registered(practice, mailbox, child)
    mailbox.letters.clear()
    await set_age(manager, practice)
    clock.advance(timedelta(days=11))
    assert await end_aged_access(practice.services) == 2
    await deliver(practice)
    assert [str(letter["To"]) for letter in mailbox.letters] == ["mia@example.com"]


async def test_what_is_given_after_the_birthday_is_left_alone(
    practice: Practice, manager: StaffCaller, clock: FixedClock
) -> None:
    _, _, tie = await family(practice)
    await set_age(manager, practice)
    clock.advance(timedelta(days=11))
    await end_aged_access(practice.services)
    await update_relationship(practice.system, tie.id, practice.services, portal_access=True, clear_ends_on=True)
    adult = await practice.contact("Omar", emails=(), date_of_birth=date(1980, 5, 4))
    carer = await practice.contact("Rosa", emails=())
    await create_relationship(practice.system, adult.id, carer.id, "carer", practice.services, portal_access=True)
    clock.advance(timedelta(days=400))
    async with nothing_changes():
        assert await end_aged_access(practice.services) == 0
    assert await coming_of_age(manager, clock.now()) == []


async def test_without_a_rule_or_a_tick_or_after_its_end_nothing_happens(
    practice: Practice, other_practice: Practice, manager: StaffCaller, clock: FixedClock
) -> None:
    _, _, tie = await family(practice)
    await family(other_practice)
    clock.advance(timedelta(days=11))
    async with nothing_changes():
        assert await end_aged_access(practice.services) == 0
    await set_age(manager, practice)
    await update_relationship(practice.system, tie.id, practice.services, ends_on=date(2026, 3, 1))
    async with nothing_changes():
        assert await end_aged_access(practice.services) == 0


async def test_upkeep_ends_access_too(practice: Practice, manager: StaffCaller, clock: FixedClock) -> None:
    _, _, tie = await family(practice)
    await set_age(manager, practice)
    clock.advance(timedelta(days=11))
    await run_timed_work(practice.services)
    assert (await Relationship.get(id=tie.id)).portal_access is False


async def test_the_rule_is_the_organizations_to_set_and_to_lift(practice: Practice, manager: StaffCaller) -> None:
    await set_age(manager, practice, age=18, days=0)
    organization = await Organization.get(id=practice.organization.id)
    assert (organization.relatives_end_at_age, organization.ageing_warning_days) == (18, 0)
    await update_organization(manager, OrganizationChanges(ageing_warning_days=60), practice.services)
    await update_organization(manager, OrganizationChanges(never_end_by_age=True), practice.services)
    organization = await Organization.get(id=practice.organization.id)
    assert (organization.relatives_end_at_age, organization.ageing_warning_days) == (None, 60)
    assert len(await events("organization.updated")) == 3


@pytest.mark.parametrize(("age", "days", "path"), [(14, None, "relativesEndAtAge"), (None, 366, "ageingWarningDays")])
async def test_other_ages_and_longer_warnings_are_refused(
    practice: Practice, manager: StaffCaller, age: int | None, days: int | None, path: str
) -> None:
    staff = await practice.staff(*(EVERY_PERMISSION - {Permission.MANAGE_ORGANIZATION}))
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await update_organization(manager, OrganizationChanges(age, ageing_warning_days=days), practice.services)
        with pytest.raises(NotPermitted):
            await update_organization(staff, OrganizationChanges(13), practice.services)
    assert [problem.path for problem in refusal.value.problems] == [path]
