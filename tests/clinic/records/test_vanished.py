"""A list of all contacts of a system: who is not in it has left there and is archived, unless too many would go."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from clinic.charts.actions import approve_merge, request_merge
from clinic.portal_access.actions import invite_contact
from clinic.portal_access.models import Invitation
from clinic.records.actions.archive import archive_contact, restore_contact
from clinic.records.actions.external_ids import set_external_ids
from clinic.records.errors import IncompleteList, NothingListed, TooManyVanished
from clinic.records.external_ids import Identifier
from clinic.records.models import Contact, ExternalId, ExternalIdKind
from clinic.records.sync.records import SyncResult
from clinic.records.sync.vanished import PAGE, CompleteList, archive_vanished, refuse_if_too_many
from clinic.values.errors import ClinicError, InvalidInput
from clinic.work.models import AuditEvent
from tests.factories import EVERY_PERMISSION, Practice, open_practice
from tests.factories.contents import nothing_changes

SYSTEM = "urn:ehr"


def numbers(*values: object, system: str = SYSTEM) -> set[Identifier]:
    return {Identifier(system, str(value)) for value in values}


def listing(*values: object, system: str = SYSTEM, most: int = 5, refused: int = 0) -> CompleteList:
    return CompleteList([system], numbers(*values, system=system), most, refused)


async def people(practice: Practice, *values: object, system: str = SYSTEM) -> dict[str, Contact]:
    """A contact for each number."""
    made = {}
    for value in map(str, values):
        made[value] = await practice.contact(f"Given{value}", emails=())
        await named(practice, made[value], *numbers(value, system=system))
    return made


async def named(practice: Practice, contact: Contact, *identifiers: Identifier) -> None:
    await set_external_ids(practice.system, ExternalIdKind.CONTACT, contact.id, identifiers, practice.services)


async def archive(practice: Practice, listed: CompleteList, *, dry_run: bool = False) -> list[SyncResult]:
    found = archive_vanished(practice.system, listed, practice.services, dry_run=dry_run)
    return [result async for result in found]


def said(results: list[SyncResult]) -> list[tuple[str, str]]:
    return [(one.external_id.value, one.outcome.value) for one in results]


async def left(practice: Practice) -> list[str]:
    """The given names of those who are not archived."""
    rows = Contact.filter(organization_id=practice.organization.id, archived_at=None)
    return sorted([contact.given_name for contact in await rows])


async def test_five_of_a_hundred_go_and_six_do_not(practice: Practice) -> None:
    made = await people(practice, *range(100))
    async with nothing_changes():
        with pytest.raises(TooManyVanished) as refusal:
            await archive(practice, listing(*range(94)))
    assert (refusal.value.vanished, refusal.value.contacts, refusal.value.most_percent) == (6, 100, 5)
    assert (refusal.value.system, refusal.value.first) == (SYSTEM, ("94", "95", "96", "97", "98", "99"))

    gone = await archive(practice, listing(*range(95)))
    assert said(gone) == [(str(value), "CHANGED") for value in range(95, 100)]
    assert [one.record_id for one in gone] == [made[str(value)].id for value in range(95, 100)]
    assert await left(practice) == sorted(f"Given{value}" for value in range(95))
    events = await AuditEvent.filter(action="contact.archived").order_by("sequence")
    assert [(event.subject_id, event.actor_name) for event in events] == [
        (made[str(value)].id, "test") for value in range(95, 100)
    ]
    async with nothing_changes():
        assert await archive(practice, listing(*range(95))) == []


async def test_other_bounds(practice: Practice) -> None:
    await people(practice, *range(10))
    async with nothing_changes():
        for most, values in ((0, range(9)), (19, range(8)), (20, range(7))):
            with pytest.raises(TooManyVanished):
                await refuse_if_too_many(practice.organization.id, listing(*values, most=most))
        await refuse_if_too_many(practice.organization.id, listing(*range(10), most=0))
    assert said(await archive(practice, listing(*range(8), most=20))) == [("8", "CHANGED"), ("9", "CHANGED")]
    # Those two are archived and not counted any more, so one of eight is a larger part.
    with pytest.raises(TooManyVanished) as refusal:
        await archive(practice, listing(*range(7), most=12))
    assert (refusal.value.vanished, refusal.value.contacts) == (1, 8)


async def test_dry_run_says_who_would_go_and_changes_nothing(practice: Practice) -> None:
    await people(practice, *range(20))
    async with nothing_changes():
        foreseen = await archive(practice, listing(*range(19)), dry_run=True)
        with pytest.raises(TooManyVanished):
            await archive(practice, listing(*range(18)), dry_run=True)
    assert said(foreseen) == [("19", "CHANGED")]
    assert said(await archive(practice, listing(*range(19)))) == [("19", "CHANGED")]


async def test_bound_is_of_those_who_were_there_before_the_import(practice: Practice) -> None:
    made = await people(practice, *range(20))
    before = await refuse_if_too_many(practice.organization.id, listing(*range(19)))
    assert before == {SYSTEM: 20}
    # The import archives one whom the list has as inactive.
    await archive_contact(practice.system, made["0"].id, practice.services)
    with pytest.raises(TooManyVanished) as refusal:
        await archive(practice, listing(*range(19)))
    assert (refusal.value.vanished, refusal.value.contacts) == (1, 19)
    assert said(await archive(practice, replace(listing(*range(19)), before=before))) == [("19", "CHANGED")]


async def test_list_that_is_not_whole_archives_nobody(practice: Practice) -> None:
    await people(practice, *range(20))
    async with nothing_changes():
        with pytest.raises(IncompleteList) as refusal:
            await archive(practice, listing(*range(19), refused=2))
        with pytest.raises(NothingListed):
            await archive(practice, CompleteList([], set(), 100))
    assert refusal.value.refused == 2


async def test_other_systems_and_practices_are_left_alone(practice: Practice) -> None:
    elsewhere = await open_practice(practice.services, "birch")
    await people(practice, 1, 2)
    await people(practice, 3, system="urn:other")
    await people(elsewhere, 4)
    await practice.contact("Nora", emails=())
    assert said(await archive(practice, listing(1, most=50))) == [("2", "CHANGED")]
    assert await left(practice) == ["Given1", "Given3", "Nora"]
    assert await left(elsewhere) == ["Given4"]


async def test_one_number_of_several_is_enough_to_stay(practice: Practice) -> None:
    made = await people(practice, 1, 2, 3)
    await named(practice, made["2"], *numbers("old-2", 2))
    # Who left is one person, whatever the number of numbers.
    await named(practice, made["3"], *numbers(3, "old-3", "very-old-3"), *numbers(3, system="urn:other"))
    assert said(await archive(practice, listing(1, "old-2", most=34))) == [("3", "CHANGED")]
    assert await left(practice) == ["Given1", "Given2"]


async def test_contact_of_two_systems_of_the_list_is_archived_once(practice: Practice) -> None:
    made = await people(practice, 1, 2)
    for value, contact in made.items():
        await named(practice, contact, *numbers(value), *numbers(value, system="urn:ehr/Patient"))
    both = CompleteList([SYSTEM, "urn:ehr/Patient"], numbers(1) | numbers(1, system="urn:ehr/Patient"), 50)
    for dry_run in (True, False):
        assert said(await archive(practice, both, dry_run=dry_run)) == [("2", "CHANGED")]


async def test_archived_and_merged_contacts_are_not_counted(practice: Practice) -> None:
    made = await people(practice, *range(12))
    await archive_contact(practice.system, made["10"].id, practice.services)
    asks, decides = await practice.staff(*EVERY_PERMISSION), await practice.staff(*EVERY_PERMISSION)
    merge = await request_merge(asks, made["0"].id, made["11"].id, "One person.", practice.services)
    await approve_merge(decides, merge.id, practice.services)
    await refuse_if_too_many(practice.organization.id, listing(*range(10), most=0))
    with pytest.raises(TooManyVanished) as refusal:
        await archive(practice, listing(*range(9)))
    assert (refusal.value.vanished, refusal.value.contacts) == (1, 10)


async def test_who_has_an_invitation_is_kept_as_by_hand(practice: Practice) -> None:
    made = await people(practice, 1, 2)
    invited = await practice.contact("Ana", emails=("ana@example.com",))
    await named(practice, invited, *numbers(3))
    await invite_contact(await practice.staff(*EVERY_PERMISSION), invited.id, practice.services)
    for dry_run in (True, False):
        results = await archive(practice, listing(1, most=67), dry_run=dry_run)
        assert said(results) == [("2", "CHANGED"), ("3", "REFUSED")]
        assert _problem(results[1].refusal) == "contactId:LINKED_STILL"
    assert (await Contact.get(id=invited.id)).archived_at is None
    assert (await Invitation.get()).closed_at is None
    assert (await Contact.get(id=made["2"].id)).archived_at is not None


def _problem(refusal: ClinicError | None) -> str:
    assert isinstance(refusal, InvalidInput)
    return " ".join(f"{each.path}:{each.code}" for each in refusal.problems)


@pytest.mark.parametrize("meanwhile", ["archived", "named again", "erased"])
async def test_what_happens_before_the_turn_of_a_contact_counts(practice: Practice, meanwhile: str) -> None:
    made = await people(practice, 1, 2, 3)
    second = made["3"].id
    happens: dict[str, Callable[[], Awaitable[object]]] = {
        "archived": lambda: archive_contact(practice.system, second, practice.services),
        "named again": lambda: named(practice, made["3"], *numbers(3, "kept")),
        "erased": lambda: Contact.filter(id=second).delete(),
    }
    results = []
    async for result in archive_vanished(practice.system, listing(1, "kept", most=100), practice.services):
        results.append(result)
        if len(results) == 1:
            await happens[meanwhile]()
    assert said(results) == [("2", "CHANGED")]


async def test_stopped_midway_it_goes_on_where_it_was(practice: Practice) -> None:
    await people(practice, *range(40))
    async for _ in archive_vanished(practice.system, listing(*range(38)), practice.services):
        break
    assert len(await left(practice)) == 39
    assert said(await archive(practice, listing(*range(38)))) == [("39", "CHANGED")]
    assert await left(practice) == sorted(f"Given{value}" for value in range(38))


async def test_who_was_restored_by_hand_goes_again(practice: Practice) -> None:
    made = await people(practice, 1, 2)
    assert said(await archive(practice, listing(1, most=50))) == [("2", "CHANGED")]
    await restore_contact(practice.system, made["2"].id, practice.services)
    assert said(await archive(practice, listing(1, most=50))) == [("2", "CHANGED")]


async def test_more_numbers_than_a_page_are_read(practice: Practice) -> None:
    made = await people(practice, "a", "b", "z")
    rows = [("a", "b")[at % 2] for at in range(PAGE + 101)]
    await ExternalId.bulk_create(
        ExternalId(
            organization_id=practice.organization.id,
            kind=ExternalIdKind.CONTACT,
            system=SYSTEM,
            value=f"{at:04}",
            contact_id=made[name].id,
        )
        for at, name in enumerate(rows)
    )
    results = await archive(practice, listing(f"{PAGE + 100:04}", most=100))
    # The first number of each stands for them.
    assert said(results) == [("0001", "CHANGED"), ("z", "CHANGED")]
    assert await left(practice) == ["Givena"]
