"""Lists of contacts: found by name and address however typed, in pages that miss and repeat nobody."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from clinic.charts.contact_rows import ContactRow
from clinic.charts.contacts import ContactSearch, contact_page, contacts_by_id, count_contacts
from clinic.charts.related import link_counts, link_pages, links_by_id
from clinic.portal_access.actions import invite_contact
from clinic.portal_access.models import PortalLink
from clinic.portal_access.status import PortalState
from clinic.records.actions.contacts import ContactChanges, update_contact
from clinic.records.models import Contact
from clinic.values.callers import PatientCaller, Permission, StaffCaller
from clinic.values.paging import Page, PageRequest
from tests.clock import FixedClock
from tests.factories import Practice

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PEOPLE = [
    ("Omar", "Reyes", "omar.reyes@example.com"),
    ("María José", "García Márquez", "mj@example.com"),
    ("Zoë", "Núñez", "zoe@bücher.example"),
    ("Anna", "de la Cruz", "anna@example.com"),
    ("Sean", "O'Hara-Smith", "sean@example.com"),
    ("Cruz", "Anderson", "cruz@example.com"),
    ("Иван", "Иванов", "ivan@example.com"),
    ("李", "小龍", "li@example.com"),
    ("100%", "Under_score", "odd@example.com"),
    ("Straße", "Müller", "strasse@example.com"),
    ("José", "Pérez", "José@ejemplo.example"),
]


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_CONTACTS)


@pytest.fixture
async def people(practice: Practice) -> None:
    for given_name, family_name, email in PEOPLE:
        await practice.contact(given_name, family_name, emails=(email,))


async def found(caller: StaffCaller, text: str) -> set[str]:
    search = ContactSearch(text)
    page = await contact_page(caller, search, PageRequest(limit=100), NOW)
    assert await count_contacts(caller, search) == len(page.rows)
    return {row.given_name for row in page.rows}


SEARCHES: list[tuple[str, set[str]]] = [
    ("", {person[0] for person in PEOPLE}),
    ("   ", {person[0] for person in PEOPLE}),
    ("reyes", {"Omar"}),
    ("REY", {"Omar"}),
    ("omar reyes", {"Omar"}),
    ("Reyes,", set()),
    ("reyes omar", {"Omar"}),
    ("omar garcia", set()),
    ("eyes", set()),
    ("zoe", {"Zoë"}),
    ("ZOË nuñ", {"Zoë"}),
    ("nun\u0303ez", {"Zoë"}),
    ("garcia", {"María José"}),
    ("García Márquez", {"María José"}),
    ("maria jose garcia", {"María José"}),
    ("jose", {"José"}),
    ("josé@ejemplo.example", {"José"}),
    ("JOSE\u0301@ej", {"José"}),
    ("de la cruz", {"Anna"}),
    ("anna cruz", {"Anna"}),
    ("cruz", {"Cruz"}),
    ("o'hara", {"Sean"}),
    ("o'hara-smith", {"Sean"}),
    ("иванов", {"Иван"}),
    ("ИВАН", {"Иван"}),
    ("小", {"李"}),
    ("strasse muller", {"Straße"}),
    ("omar.reyes@example.com", {"Omar"}),
    ("Omar.Reyes@EXAMPLE.com", {"Omar"}),
    ("omar.rey", {"Omar"}),
    ("zoe@bücher.example", {"Zoë"}),
    ("zoe@xn--bcher-kva.example", {"Zoë"}),
    ("reyes omar.reyes@example.com", {"Omar"}),
    ("100%", {"100%"}),
    ("100% under_", {"100%"}),
    ("%", set()),
    ("_", set()),
    ("omar %", set()),
    ("omar _", set()),
    ("omar' OR 1=1 --", set()),
    ("\x00", {person[0] for person in PEOPLE}),
    ("omar\x00", {"Omar"}),
    ("\ud800 omar", {"Omar"}),
    ("x" * 1_000_000, set()),
    ("omar " * 1000, {"Omar"}),
]


async def test_search_finds_people_as_they_are_typed(people: None, desk: StaffCaller) -> None:
    wrong = {}
    for text, given_names in SEARCHES:
        if (names := await found(desk, text)) != given_names:
            wrong[text[:40]] = names
    assert wrong == {}


async def test_search_follows_a_change(practice: Practice, people: None, desk: StaffCaller) -> None:
    omar = await Contact.get(given_name="Omar")
    await update_contact(
        desk, omar.id, ContactChanges(family_name="Ávila", emails=["o@new.example"]), practice.services
    )
    assert await found(desk, "reyes") == set()
    assert await found(desk, "omar.reyes@example.com") == set()
    assert await found(desk, "avila") == await found(desk, "o@new.example") == {"Omar"}


async def test_other_practices_people_are_never_found(people: None, other_practice: Practice) -> None:
    stranger = await other_practice.staff(*Permission)
    await other_practice.contact("Omar", "Elsewhere", emails=("omar.reyes@example.com",))
    assert await found(stranger, "") == {"Omar"}
    page = await contact_page(stranger, ContactSearch("omar.reyes@example.com"), PageRequest(), NOW)
    assert [row.family_name for row in page.rows] == ["Elsewhere"]


async def test_order_is_by_folded_family_then_given_name(people: None, desk: StaffCaller) -> None:
    page = await contact_page(desk, ContactSearch(), PageRequest(limit=100), NOW)
    assert [row.family_name for row in page.rows] == [
        "Anderson",
        "de la Cruz",
        "García Márquez",
        "Müller",
        "Núñez",
        "O'Hara-Smith",
        "Pérez",
        "Reyes",
        "Under_score",
        "Иванов",
        "小龍",
    ]


@pytest.fixture
async def namesakes(practice: Practice) -> list[UUID]:
    """Seven people of one name between two others, in the list's order."""
    first = await practice.contact("Ada", "Abel", emails=())
    same = [await practice.contact("Omar", "Reyes", emails=()) for _ in range(7)]
    last = await practice.contact("Zoë", "Zorn", emails=())
    return [first.id, *sorted(contact.id for contact in same), last.id]


def key_of(row: ContactRow) -> tuple[str, UUID]:
    return (row.sort_key, row.id)


async def read(desk: StaffCaller, request: PageRequest, search: ContactSearch | None = None) -> Page[ContactRow]:
    return await contact_page(desk, search or ContactSearch(), request, NOW)


@pytest.mark.parametrize("limit", [1, 2, 3, 8, 9, 100])
async def test_pages_forwards_miss_and_repeat_nobody(desk: StaffCaller, namesakes: list[UUID], limit: int) -> None:
    seen: list[UUID] = []
    request = PageRequest(limit=limit)
    while True:
        page = await read(desk, request)
        assert page.has_previous == (request.after is not None)
        seen += [row.id for row in page.rows]
        if not page.has_next:
            break
        assert len(page.rows) == limit
        request = PageRequest(limit=limit, after=key_of(page.rows[-1]))
    assert seen == namesakes


@pytest.mark.parametrize("limit", [1, 2, 3, 8, 9, 100])
async def test_pages_backwards_miss_and_repeat_nobody(desk: StaffCaller, namesakes: list[UUID], limit: int) -> None:
    seen: list[UUID] = []
    request = PageRequest(limit=limit, backwards=True)
    while True:
        page = await read(desk, request)
        assert page.has_next == (request.before is not None)
        seen = [row.id for row in page.rows] + seen
        if not page.has_previous:
            break
        request = PageRequest(limit=limit, before=key_of(page.rows[0]), backwards=True)
    assert seen == namesakes


async def test_page_between_two_cursors_holds_what_lies_between(desk: StaffCaller, namesakes: list[UUID]) -> None:
    everybody = (await read(desk, PageRequest(limit=100))).rows
    between = await read(desk, PageRequest(limit=100, after=key_of(everybody[1]), before=key_of(everybody[5])))
    assert [row.id for row in between.rows] == namesakes[2:5]


async def test_cursor_of_somebody_who_is_gone_still_holds_its_place(desk: StaffCaller, namesakes: list[UUID]) -> None:
    everybody = (await read(desk, PageRequest(limit=100))).rows
    await Contact.filter(id=namesakes[3]).delete()
    page = await read(desk, PageRequest(limit=2, after=key_of(everybody[3])))
    assert [row.id for row in page.rows] == namesakes[4:6]


async def test_search_and_states_are_paged_too(practice: Practice, desk: StaffCaller, namesakes: list[UUID]) -> None:
    search = ContactSearch("reyes", (PortalState.NO_EMAIL,))
    first = await read(desk, PageRequest(limit=4), search)
    second = await read(desk, PageRequest(limit=4, after=key_of(first.rows[-1])), search)
    assert [row.id for row in (*first.rows, *second.rows)] == namesakes[1:-1]
    assert (first.has_next, second.has_next) == (True, False)
    assert await count_contacts(desk, search) == 7
    assert await count_contacts(desk, ContactSearch("reyes", (PortalState.LINKED,))) == 0


async def test_a_hundred_contacts_cost_as_many_statements_as_one_does(
    practice: Practice, desk: StaffCaller, count_statements: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    for number in range(100):
        await practice.contact(f"Person {number}", emails=(f"p{number}@example.com", f"p{number}@work.example"))
    for search in (ContactSearch(), ContactSearch("person"), ContactSearch("", (PortalState.NO_ACCOUNT,))):
        for limit in (1, 2, 100):
            with count_statements() as sent:
                page = await read(desk, PageRequest(limit=limit), search)
            assert len(page.rows) == limit
            assert {row.portal_status.state for row in page.rows} == {PortalState.NO_ACCOUNT}
            # Words are counted first.
            assert len(sent) == (3 if search.text else 2)
        with count_statements() as sent:
            await count_contacts(desk, search)
        assert len(sent) == (2 if search.text else 1)


async def test_contact_shows_its_addresses_in_order_and_its_status(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact(emails=("b@example.com", "A@Example.com"))
    row = (await contacts_by_id(desk, [contact.id], NOW))[contact.id]
    assert row.emails == ("b@example.com", "A@Example.com")
    assert (row.kind, row.date_of_birth, row.language) == ("CLIENT", contact.date_of_birth, "en")
    assert row.portal_status.summary == "No portal account for b@example.com yet."
    assert row.portal_status.action is None
    assert "WEB_PORTAL" in (row.portal_status.blocked_reason or "")


async def test_conflict_shows_the_other_account_only_to_who_may_see_other_records(practice: Practice) -> None:
    holder = await practice.contact("Rosa", emails=("family@example.com",))
    contact = await practice.contact(emails=("family@example.com",))
    account = await invite_contact(practice.system, holder.id, practice.services)
    for permissions, shown in (((Permission.WEB_PORTAL,), None), ((Permission.MANAGE_CONTACTS,), account.id)):
        caller = await practice.staff(*permissions)
        row = (await contacts_by_id(caller, [contact.id], NOW))[contact.id]
        assert row.portal_status.state is PortalState.EMAIL_CONFLICT
        assert (row.portal_status.account.id if row.portal_status.account else None) == shown


async def test_ids_of_nobody_here_are_left_out(practice: Practice, other_practice: Practice, desk: StaffCaller) -> None:
    ours, theirs = await practice.contact(), await other_practice.contact()
    assert set(await contacts_by_id(desk, [ours.id, theirs.id, uuid4()], NOW)) == {ours.id}
    assert await contacts_by_id(desk, [], NOW) == {}


async def test_patient_sees_their_own_record_once_they_proved_who_they_are(
    practice: Practice, clock: FixedClock
) -> None:
    contact, other = await practice.contact(), await practice.contact("Rosa", emails=("rosa@example.com",))
    account = await invite_contact(practice.system, contact.id, practice.services)
    patient = PatientCaller(practice.organization.id, account.id, uuid4())
    ids = [contact.id, other.id]
    assert await contacts_by_id(patient, ids, NOW) == {}
    await PortalLink.all().update(identity_confirmed_at=clock.now())
    assert set(await contacts_by_id(patient, ids, NOW)) == {contact.id}
    await PortalLink.all().update(unlinked_at=clock.now())
    assert await contacts_by_id(patient, ids, NOW) == {}


async def test_link_history_is_paged_newest_first(
    practice: Practice, other_practice: Practice, clock: FixedClock
) -> None:
    contact = await practice.contact(emails=("first@example.com",))
    for number in ("second", "third"):
        await invite_contact(practice.system, contact.id, practice.services)
        changes = ContactChanges(emails=[f"{number}@example.com"])
        await update_contact(practice.system, contact.id, changes, practice.services)
    await invite_contact(practice.system, contact.id, practice.services)
    links = {link.email: link for link in await PortalLink.all()}
    for hour, email in enumerate(("first", "second", "third")):
        moment = clock.now().replace(hour=10 + hour)
        await PortalLink.filter(id=links[f"{email}@example.com"].id).update(linked_at=moment)
    nobody = uuid4()
    pages = await link_pages([contact.id, nobody], PageRequest(limit=2))
    assert [row.email for row in pages[contact.id].rows] == ["third@example.com", "second@example.com"]
    assert (pages[contact.id].has_next, pages[nobody].rows) == (True, ())
    last = pages[contact.id].rows[-1]
    rest = await link_pages([contact.id], PageRequest(limit=2, after=(last.linked_at, last.id)))
    assert [row.email for row in rest[contact.id].rows] == ["first@example.com"]
    assert rest[contact.id].rows[0].unlink_reason == "the contact's address changed"
    assert await link_counts([contact.id]) == {contact.id: 3}
    assert await links_by_id(other_practice.organization.id, [last.id]) == []
    assert [row.email for row in await links_by_id(practice.organization.id, [last.id])] == ["second@example.com"]
