"""Each kind of record that staff edit has a version, and an edit of an older one changes nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from clinic.organizations.models import Organization
from clinic.portal_access.actions import regenerate_pin
from clinic.portal_access.ageing import end_aged_access
from clinic.records.actions.appointments import AppointmentChanges, create_appointment, update_appointment
from clinic.records.actions.contacts import ContactChanges, facts_of, update_contact
from clinic.records.actions.episodes import create_episode, update_episode
from clinic.records.actions.relationships import create_relationship, update_relationship
from clinic.records.errors import ChangedMeanwhile
from clinic.records.models import Appointment, Contact, ContactPhone, Episode, Relationship
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput
from clinic.values.problems import Problem
from tests.factories import Practice
from tests.factories.contents import nothing_changes

Edit = Callable[[int, int | None], Awaitable[Any]]
KINDS = [Contact, Relationship, Episode, Appointment]


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_CONTACTS, Permission.WEB_PORTAL)


async def editor(kind: type, practice: Practice, desk: StaffCaller) -> tuple[UUID, Edit, str]:
    """A record, a function that edits it to the n-th value at a version, and the column that it edits."""
    contact, services = await practice.contact(), practice.services
    if kind is Contact:

        async def contacts(n: int, seen: int | None) -> Any:
            changes = ContactChanges(given_name=f"Omar {n}", phones=[f"208 555 010{n}"])
            return await update_contact(desk, contact.id, changes, services, version=seen)

        return contact.id, contacts, "given_name phones"
    if kind is Relationship:
        mother = await practice.contact("Rosa", emails=())
        related = await create_relationship(desk, contact.id, mother.id, "mother", services)

        async def relationships(n: int, seen: int | None) -> Any:
            return await update_relationship(desk, related.id, services, ends_on=date(2030, 1, n), version=seen)

        return related.id, relationships, "ends_on"
    if kind is Episode:
        episode = await create_episode(desk, contact.id, None, services, at_facility=False)
        ended = partial(update_episode, at_facility=False, keep_facility=True)

        async def episodes(n: int, seen: int | None) -> Any:
            return await ended(desk, episode.id, None, services, ended=n % 2 == 1, version=seen)

        return episode.id, episodes, "ended_at"
    start = services.clock.now()
    visit = await create_appointment(desk, contact.id, start, start + timedelta(hours=1), services)

    async def appointments(n: int, seen: int | None) -> Any:
        changes = AppointmentChanges(ends_at=start + timedelta(minutes=n))
        return await update_appointment(desk, visit.id, changes, services, version=seen)

    return visit.id, appointments, "ends_at"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_edit_of_an_older_version_changes_nothing(kind: type, practice: Practice, desk: StaffCaller) -> None:
    record_id, edit, field = await editor(kind, practice, desk)
    assert (await edit(1, 1)).version == 2
    async with nothing_changes():
        assert (await edit(1, 1)).version == 2
        for seen in (1, 0, 3, -1):
            with pytest.raises(ChangedMeanwhile) as clash:
                await edit(2, seen)
            assert (clash.value.kind, clash.value.record_id, clash.value.version) == (kind.__name__, record_id, 2)
            expected = [tuple(field.split())] if seen < 2 else []
            assert [change.fields for change in clash.value.changes] == expected
    assert (await edit(2, 2)).version == 3
    assert (await edit(3, None)).version == 4


@pytest.mark.parametrize("kind", [Contact, Relationship, Appointment], ids=lambda kind: kind.__name__)
async def test_of_many_edits_of_one_version_at_once_one_is_made(
    kind: type, practice: Practice, desk: StaffCaller
) -> None:
    _, edit, _ = await editor(kind, practice, desk)
    outcomes = await asyncio.gather(*(edit(n, 1) for n in range(1, 6)), return_exceptions=True)
    made = [outcome for outcome in outcomes if isinstance(outcome, kind)]
    assert [type(outcome) for outcome in outcomes if outcome not in made] == [ChangedMeanwhile] * 4
    [stored] = [row for row in await kind.all() if row.version > 1]  # type: ignore[attr-defined]  # a model
    assert stored.version == 2


async def test_changes_that_nobody_types_are_no_clash_but_age_is(practice: Practice, desk: StaffCaller) -> None:
    child, mother = await practice.contact(date_of_birth=date(2008, 3, 2)), await practice.contact("Rosa", emails=())
    await regenerate_pin(desk, child.id, practice.services)
    assert (
        await update_contact(desk, child.id, ContactChanges(given_name="Ali"), practice.services, version=1)
    ).version == 2

    access = await create_relationship(
        practice.system, child.id, mother.id, "mother", practice.services, portal_access=True
    )
    await Relationship.filter(id=access.id).update(portal_access_since=None)
    await Organization.filter(id=practice.organization.id).update(relatives_end_at_age=18)
    assert await end_aged_access(practice.services) == 1
    with pytest.raises(ChangedMeanwhile) as clash:
        await update_relationship(desk, access.id, practice.services, kind="guardian", version=1)
    [change] = clash.value.changes
    assert (change.by, change.fields) == ("ageing", ("portal_access", "ends_on"))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" (208)  555-0134 ", "(208) 555-0134"),
        ("+1 208.555.0134 x 12", "+1 208.555.0134 x 12"),
        ("208/555-0134 ext. 7", "208/555-0134 ext. 7"),
        ("911", "911"),
    ],
)
async def test_phone_is_kept_as_typed_with_single_spaces(
    practice: Practice, desk: StaffCaller, typed: str, stored: str
) -> None:
    contact = await practice.contact()
    await update_contact(desk, contact.id, ContactChanges(phones=[typed]), practice.services)
    assert (await facts_of(contact)).phones == [stored]


@pytest.mark.parametrize("typed", ["call mother", "12", "208 555 0134 home", "1" * 25, "x12", "<208 555 0134>"])
async def test_what_is_no_phone_number_is_refused(practice: Practice, desk: StaffCaller, typed: str) -> None:
    contact = await practice.contact()
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await update_contact(desk, contact.id, ContactChanges(phones=["208 555 0134", typed]), practice.services)
    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [("phones.1", Problem.NO_PHONE)]


async def test_one_number_is_named_once_and_an_old_one_may_stay(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    twice = ContactChanges(phones=["208 555 0134", "(208) 555-0134"])
    with pytest.raises(InvalidInput) as refusal:
        await update_contact(desk, contact.id, twice, practice.services)
    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [("phones", Problem.PHONE_TWICE)]

    await ContactPhone.create(
        organization_id=practice.organization.id, contact_id=contact.id, position=0, number="ask at the desk"
    )
    await update_contact(desk, contact.id, ContactChanges(given_name="Ali"), practice.services)
    both = ContactChanges(phones=["208 555 0134", "ask at the desk"])
    await update_contact(desk, contact.id, both, practice.services)
    assert (await facts_of(contact)).phones == ["208 555 0134", "ask at the desk"]
