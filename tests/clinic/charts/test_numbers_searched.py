"""People are found by date of birth and by phone number, as they are typed at a desk in English and Spanish."""

from datetime import date

import pytest

from clinic.charts.contacts import ContactSearch, contact_page, count_contacts
from clinic.charts.numbers_searched import NumbersSearched, read_numbers
from clinic.records.actions.contacts import ContactChanges, ContactFacts, create_contact, update_contact
from clinic.records.models import Contact
from clinic.values.callers import Permission, StaffCaller
from clinic.values.paging import PageRequest
from tests.factories import Practice

MARCH_4, APRIL_3 = date(1985, 3, 4), date(1985, 4, 3)
LONG_AGO, LATER = date(1916, 12, 25), date(2016, 12, 25)

DATES: list[tuple[str, tuple[date, ...]]] = [
    ("1985-03-04", (MARCH_4,)),
    ("1985/3/4", (MARCH_4,)),
    ("3/4/1985", (MARCH_4, APRIL_3)),
    ("03.04.1985", (MARCH_4, APRIL_3)),
    ("3 4 1985", (MARCH_4, APRIL_3)),
    ("12/25/16", (LONG_AGO, LATER)),
    ("25-12-16", (LONG_AGO, LATER)),
    ("March 4, 1985", (MARCH_4,)),
    ("mar. 4th 1985", (MARCH_4,)),
    ("4-Mar-1985", (MARCH_4,)),
    ("4th of March 1985", (MARCH_4,)),
    ("4 de marzo de 1985", (MARCH_4,)),
    ("4 de Marzo del 1985", (MARCH_4,)),
    ("3 abr 1985", (APRIL_3,)),
    ("٣/٤/١٩٨٥", (MARCH_4, APRIL_3)),
    ("\u200e1985-03-04\u200f", (MARCH_4,)),
]


@pytest.mark.parametrize(("typed", "days"), DATES)
def test_a_date_is_read_however_it_is_typed(typed: str, days: tuple[date, ...]) -> None:
    assert read_numbers(typed) == NumbersSearched("", days)


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("(208) 555-0123", "3210555802"),
        ("208.555.0123", "3210555802"),
        ("+1 208 555 0123", "32105558021"),
        ("0044 20 7946 0123", "321064970244"),
        ("208-555-0123 ext. 12", "3210555802"),
        ("555-0123", "3210555"),
    ],
)
def test_a_phone_number_is_read_however_it_is_typed(typed: str, phone: str) -> None:
    assert read_numbers(typed) == NumbersSearched("", phone=phone)


def test_eight_digits_may_be_a_date_or_a_number_or_begin_an_address() -> None:
    assert read_numbers("19850304") == NumbersSearched("", (MARCH_4,), "40305891", "19850304")
    assert read_numbers("03041985") == NumbersSearched("", (MARCH_4, APRIL_3), "5891403", "03041985")


@pytest.mark.parametrize(
    "typed",
    ["", "omar", "omar2 reyes", "100% under_", "o.reyes1985@example.com", "may 4", "12", "9" * 999],
)
def test_other_words_stay_words(typed: str) -> None:
    assert read_numbers(typed) == NumbersSearched(typed)


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_CONTACTS)


@pytest.fixture
async def people(practice: Practice, desk: StaffCaller) -> None:
    for facts in (
        ContactFacts("Ana", "Vega", date_of_birth=MARCH_4, phones=["(208) 555-0123", "+44 20 7946 0999"]),
        ContactFacts("Ben", "Vega", date_of_birth=APRIL_3, phones=["+1 208 555 0124 ext. 7"]),
        ContactFacts("Cleo", "Ruiz", date_of_birth=MARCH_4, phones=["612 345 678"], emails=["5550123@example.com"]),
        ContactFacts("Dan", "Ruiz", phones=["303 555 0123", "020 7946 0888"]),
    ):
        await create_contact(desk, facts, practice.services)


async def found(desk: StaffCaller, text: str, practice: Practice) -> str:
    search = ContactSearch(text)
    page = await contact_page(desk, search, PageRequest(), practice.services.clock.now())
    assert await count_contacts(desk, search) == len(page.rows)
    return " ".join(sorted(row.given_name for row in page.rows))


SEARCHES = {
    "1985-03-04": "Ana Cleo",
    "3/4/1985": "Ana Ben Cleo",
    "vega 3/4/1985": "Ana Ben",
    "4 de marzo de 1985, ruiz": "Cleo",
    "03041985": "Ana Ben Cleo",
    "1985-03-05": "",
    "(208) 555-0123": "Ana",
    "12085550123": "Ana",
    "+1 (208) 555 0124": "Ben",
    "208 555 0124": "Ben",
    "555-0123": "Ana Dan",
    "5550123": "Ana Cleo Dan",
    "0123": "Ana Dan",
    "ruiz 0123": "Dan",
    "+34 612 345 678": "Cleo",
    "612345678": "Cleo",
    "020 7946 0999": "Ana",
    "0044 20 7946 0888": "Dan",
    "+49 208 555 0123": "Ana",
    "404 555 0123": "",
    "555-0%23": "",
    "31/31/1985": "",
}


async def test_people_are_found_by_date_of_birth_and_phone(people: None, desk: StaffCaller, practice: Practice) -> None:
    assert {text: await found(desk, text, practice) for text in SEARCHES} == SEARCHES


async def test_a_changed_number_is_found_and_the_old_one_is_not(
    people: None, desk: StaffCaller, practice: Practice
) -> None:
    ana = await Contact.get(given_name="Ana")
    await update_contact(desk, ana.id, ContactChanges(phones=["208 555 0199"]), practice.services)
    assert await found(desk, "208-555-0199", practice) == "Ana"
    assert await found(desk, "208-555-0123", practice) == ""


async def test_another_practices_numbers_are_never_found(people: None, other_practice: Practice) -> None:
    stranger = await other_practice.staff(*Permission)
    assert await found(stranger, "1985-03-04", other_practice) == ""
    assert await found(stranger, "555-0123", other_practice) == ""
