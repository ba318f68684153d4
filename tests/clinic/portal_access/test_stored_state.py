"""What lists find is what screens show: the stored state follows every change, changes at the same time too."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import UUID

import pytest

from clinic.charts.actions.erase import erase_contact
from clinic.portal_access.actions import invite_contact
from clinic.portal_access.actions.unlink import unlink_account
from clinic.portal_access.facts import status_facts
from clinic.portal_access.models import ContactPortalState
from clinic.portal_access.status import decide
from clinic.records.actions.archive import archive_contact
from clinic.records.actions.contacts import ContactChanges, update_contact
from clinic.records.models import Contact
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import ClinicError
from tests.factories import Practice
from tests.factories.overtaking import overtaken


async def stored(*contact_ids: UUID) -> list[str]:
    rows = {row.id: row.state for row in await ContactPortalState.filter(id__in=list(contact_ids))}
    return [rows[contact_id] for contact_id in contact_ids]


async def computed(*contact_ids: UUID) -> list[str]:
    facts = await status_facts(contact_ids)
    return [decide(facts[contact_id])[0].value for contact_id in contact_ids]


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(*Permission)


async def test_a_change_stores_the_state_of_each_contact_that_it_concerns(
    practice: Practice, desk: StaffCaller
) -> None:
    mia, leo = [(await practice.contact(name, emails=("park@example.com",))).id for name in ("Mia", "Leo")]
    assert await stored(mia, leo) == ["NO_ACCOUNT", "NO_ACCOUNT"]

    await invite_contact(desk, mia, practice.services)
    assert await stored(mia, leo) == ["INVITED", "EMAIL_CONFLICT"]

    await unlink_account(desk, mia, "a mistake", practice.services)
    assert await stored(mia, leo) == await computed(mia, leo) == ["NO_ACCOUNT", "NO_ACCOUNT"]


async def test_name_and_archive_are_kept_beside_the_state(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact("Mia", "Park")
    await update_contact(desk, contact.id, ContactChanges(family_name="Zhou"), practice.services)
    await archive_contact(desk, contact.id, practice.services)

    row = await ContactPortalState.get(id=contact.id)
    assert (row.sort_key, row.archived, row.state) == ("zhou\tmia", True, "NO_ACCOUNT")
    assert row.organization_id == practice.organization.id


async def test_an_erased_record_leaves_no_state(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    await erase_contact(desk, contact.id, "asked for", practice.services)

    assert await ContactPortalState.all().count() == 0


async def test_a_contact_that_an_older_release_deletes_takes_its_state_along(practice: Practice) -> None:
    gone, stays = await practice.contact("Mia", emails=()), await practice.contact()
    await Contact.filter(id=gone.id).delete()

    assert [row.id for row in await ContactPortalState.all()] == [stays.id]


async def test_a_refused_change_stores_nothing(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact(emails=())
    before = await ContactPortalState.all().values()
    with pytest.raises(ClinicError):
        await invite_contact(desk, contact.id, practice.services)
    assert await ContactPortalState.all().values() == before


async def test_two_changes_at_once_see_each_other(practice: Practice, desk: StaffCaller) -> None:
    """The record gets the address while an account for it is made: neither change alone makes the conflict."""
    mia = (await practice.contact("Mia", emails=("park@example.com",))).id
    leo = (await practice.contact("Leo", emails=("leo@example.com",))).id
    address = ContactChanges(emails=["park@example.com"])

    await overtaken(
        lambda: update_contact(desk, leo, address, practice.services), invite_contact(desk, mia, practice.services)
    )

    assert await stored(mia, leo) == await computed(mia, leo) == ["INVITED", "EMAIL_CONFLICT"]


async def test_many_changes_at_once_leave_what_the_facts_say(practice: Practice, desk: StaffCaller) -> None:
    """Everybody shares two addresses, and everybody is changed at once, a few rounds long."""
    both = ("park@example.com", "home@example.com")
    ids = [(await practice.contact(f"Child{number}", emails=both)).id for number in range(6)]

    async def try_to(action: Callable[[], Awaitable[object]]) -> None:
        with suppress(ClinicError):  # another was first, and the rules say no
            await action()

    def changes_of(contact_id: UUID, turn: int) -> Callable[[], Awaitable[object]]:
        addresses = ContactChanges(emails=both[:: 1 if turn % 2 else -1])
        choice: list[Callable[[], Awaitable[object]]] = [
            lambda: invite_contact(desk, contact_id, practice.services),
            lambda: update_contact(desk, contact_id, addresses, practice.services),
            lambda: unlink_account(desk, contact_id, "a mistake", practice.services),
        ]
        return choice[turn % len(choice)]

    for round_ in range(4):
        together = [try_to(changes_of(contact_id, round_ + place)) for place, contact_id in enumerate(ids)]
        await asyncio.gather(*together)
        assert await stored(*ids) == await computed(*ids)
    assert await Contact.filter(organization_id=practice.organization.id).count() == len(ids)
