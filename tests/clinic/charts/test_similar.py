"""Who may be on record already: by name and birthday, or by address, in this practice only."""

from datetime import date

import pytest

from clinic.charts.similar import similar_contacts
from clinic.records.actions.archive import archive_contact
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import NotPermitted
from clinic.values.limits import MOST_SIMILAR
from tests.factories import BORN, Practice, open_practice


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff()


async def test_same_name_and_birthday_are_found_however_they_are_written(practice: Practice, desk: StaffCaller) -> None:
    there = await practice.contact("Zoë", "Núñez", emails=())
    for given, family in [("zoe", "NUNEZ"), (" Zoë ", "Núñez"), ("Núñez", "Zoë")]:
        [found] = await similar_contacts(desk, given, family, BORN, [])
        assert (found.id, found.same_name_and_birthday, found.same_address) == (there.id, True, False)
    assert await similar_contacts(desk, "Zoë", "Núñez", date(1980, 5, 5), []) == []
    assert await similar_contacts(desk, "Zoe Ana", "Núñez", BORN, []) == []


async def test_name_without_a_birthday_finds_nobody(practice: Practice, desk: StaffCaller) -> None:
    await practice.contact("Zoë", "Núñez", emails=(), date_of_birth=None)
    assert await similar_contacts(desk, "Zoë", "Núñez", None, []) == []
    assert await similar_contacts(desk, "Zoë", "Núñez", BORN, []) == []


async def test_same_address_is_found_however_it_is_written(practice: Practice, desk: StaffCaller) -> None:
    mother = await practice.contact("Rosa", emails=("rosa@example.com", "Familie@strasse.example"))
    [found] = await similar_contacts(desk, "Leo", "Park", None, ["not an address", " familie@STRASSE.example", ""])
    assert (found.id, found.same_name_and_birthday, found.same_address) == (mother.id, False, True)


async def test_likeliest_comes_first_and_archived_people_are_found_too(practice: Practice, desk: StaffCaller) -> None:
    manager = await practice.staff(Permission.MANAGE_CONTACTS)
    namesake = await practice.contact("Omar", "Zorn", emails=())
    archived = await practice.contact("Omar", "Zorn", emails=("home@example.com",))
    await archive_contact(manager, archived.id, practice.services)
    at_home = await practice.contact("Ana", "Adler", emails=("home@example.com",))
    found = await similar_contacts(desk, "Omar", "Zorn", BORN, ["home@example.com"])
    assert [(each.id, each.same_name_and_birthday, each.same_address) for each in found] == [
        (namesake.id, True, False),
        (archived.id, True, True),
        (at_home.id, False, True),
    ]


async def test_another_practice_and_who_may_not_read_find_nobody(practice: Practice, desk: StaffCaller) -> None:
    await practice.contact()
    elsewhere = await open_practice(practice.services, "elsewhere")
    assert await similar_contacts(await elsewhere.staff(), "Omar", "Reyes", BORN, ["omar.reyes@example.com"]) == []
    blind, _ = await practice.signed_in(Permission.MANAGE_CONTACTS, reads_contacts=False)
    with pytest.raises(NotPermitted):
        await similar_contacts(blind, "Omar", "Reyes", BORN, [])


async def test_no_more_are_found_than_can_be_looked_at(practice: Practice, desk: StaffCaller) -> None:
    for number in range(MOST_SIMILAR + 1):
        await practice.contact(f"Child {number}", emails=("family@example.com",))
    assert len(await similar_contacts(desk, "Omar", "Reyes", BORN, ["family@example.com"])) == MOST_SIMILAR
