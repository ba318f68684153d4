"""Adding and changing people on record: what is kept, what is refused, and by whom it may be done."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from clinic.charts.contacts import ContactSearch, contact_page
from clinic.records.actions.contacts import ContactChanges, ContactFacts, create_contact, facts_of, update_contact
from clinic.records.models import Contact, ContactEmail, ContactKind, ContactPhone
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound, NotPermitted
from clinic.values.paging import PageRequest
from clinic.values.problems import Problem
from clinic.work.models import AuditEvent
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Practice
from tests.factories.contents import nothing_changes, rows_of

INES = ContactFacts("Inés", "Núñez")


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff(Permission.MANAGE_CONTACTS)


async def test_contact_is_kept_as_typed_and_folded_for_search(
    practice: Practice, desk: StaffCaller, clock: FixedClock
) -> None:
    facts = ContactFacts(
        " Ine\u0301s ",
        "Núñez",
        ContactKind.INDIVIDUAL,
        date(1980, 5, 4),
        "es-MX",
        [" Ines@Example.com ", "ines@work.example"],
        [" +1 208 555 0100 "],
    )
    contact = await create_contact(desk, facts, practice.services)

    stored = await Contact.get(id=contact.id)
    assert (stored.given_name, stored.family_name, stored.display_name) == ("Inés", "Núñez", "Inés Núñez")
    assert (stored.given_key, stored.family_key, stored.sort_key) == ("ines", "nunez", "nunez\tines")
    assert (stored.kind, stored.date_of_birth, stored.language) == (
        ContactKind.INDIVIDUAL,
        date(1980, 5, 4),
        "es-MX",
    )
    assert stored.created_at == stored.updated_at == clock.now()
    emails = await ContactEmail.filter(contact_id=contact.id).order_by("position")
    assert [(email.position, email.address, email.address_normal) for email in emails] == [
        (0, "Ines@Example.com", "ines@example.com"),
        (1, "ines@work.example", "ines@work.example"),
    ]
    [phone] = await ContactPhone.all()
    assert (phone.number, phone.reversed_digits) == ("+1 208 555 0100", "00105558021")
    event = await AuditEvent.get(action="contact.created")
    assert (event.subject_id, event.actor_id, event.details) == (contact.id, desk.staff_member_id, "{}")


@pytest.mark.parametrize(("given", "family"), [("Sukarno", ""), ("", "Sukarno"), (" Sukarno ", "\u200b ")])
async def test_one_name_is_a_name(practice: Practice, desk: StaffCaller, given: str, family: str) -> None:
    contact = await create_contact(desk, ContactFacts(given, family), practice.services)
    stored = await Contact.get(id=contact.id)
    assert stored.display_name == "Sukarno"
    assert {stored.given_name, stored.family_name} == {"Sukarno", ""}
    await create_contact(desk, ContactFacts("Ana", "Zorn"), practice.services)
    await create_contact(desk, ContactFacts("Zoe", "Adler"), practice.services)
    page = await contact_page(desk, ContactSearch(), PageRequest(10), practice.services.clock.now())
    assert [row.sort_key.split("\t")[0] for row in page.rows] == ["adler", "sukarno", "zorn"]
    found = await contact_page(desk, ContactSearch("suk"), PageRequest(10), practice.services.clock.now())
    assert [row.id for row in found.rows] == [contact.id]


async def test_somebody_without_any_name_is_refused(practice: Practice, desk: StaffCaller) -> None:
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await create_contact(desk, ContactFacts(" ", "\u200b"), practice.services)
    assert [(problem.path, problem.code) for problem in refusal.value.problems] == [("givenName", Problem.NAME_NEEDED)]


async def test_little_is_needed(practice: Practice, desk: StaffCaller) -> None:
    contact = await create_contact(desk, INES, practice.services)
    assert (contact.kind, contact.date_of_birth, contact.language) == (ContactKind.CLIENT, None, "en")
    assert await ContactEmail.all().count() == 0


async def test_everybody_has_a_pin_of_their_own(practice: Practice, desk: StaffCaller) -> None:
    contacts = [await create_contact(desk, INES, practice.services) for _ in range(20)]
    assert len({contact.pin_hash for contact in contacts}) == 20
    assert len({practice.services.secrets.decrypt(contact.pin_encrypted) for contact in contacts}) == 20


BAD_FACTS = [
    (ContactFacts("", ""), ["givenName"]),
    (ContactFacts(" \u00a0", "\u200b"), ["givenName"]),
    (ContactFacts("Inés\x00", "Núñez\r\nx"), ["givenName", "familyName"]),
    (ContactFacts("x" * 201, "y" * 1_000_000), ["givenName", "familyName"]),
    (ContactFacts("Inés\ud800", "\u202eNúñez"), ["givenName", "familyName"]),
    (ContactFacts("Inés", "Núñez", emails=["ines"]), ["emails.0"]),
    (ContactFacts("Inés", "Núñez", emails=["ines@example.com", "ines@", ""]), ["emails.1", "emails.2"]),
    (ContactFacts("Inés", "Núñez", emails=["ines@example.com", "Ines@EXAMPLE.com."]), ["emails"]),
    (ContactFacts("Inés", "Núñez", emails=["ines@bücher.example", "ines@xn--bcher-kva.example"]), ["emails"]),
    (ContactFacts("Inés", "Núñez", emails=[f"ines{n}@example.com" for n in range(11)]), ["emails"]),
    (ContactFacts("Inés", "Núñez", phones=["", "1" * 41]), ["phones.0", "phones.1"]),
    (ContactFacts("Inés", "Núñez", phones=[f"208 555 01{n}" for n in range(10, 21)]), ["phones"]),
    (ContactFacts("Inés", "Núñez", language="English"), ["language"]),
    (ContactFacts("Inés", "Núñez", language="en-" + "x" * 8 + "-" + "y" * 8), ["language"]),
    (ContactFacts("Inés", "Núñez", date_of_birth=date(2026, 3, 3)), ["dateOfBirth"]),
    (ContactFacts("Inés", "Núñez", date_of_birth=date(1, 1, 1)), ["dateOfBirth"]),
    (
        ContactFacts("", "", emails=["x"], date_of_birth=date(9999, 12, 31)),
        ["dateOfBirth", "emails.0", "givenName"],
    ),
]


async def test_what_is_wrong_is_told_all_at_once_and_nothing_kept(practice: Practice, desk: StaffCaller) -> None:
    contact = await create_contact(desk, INES, practice.services)
    for facts, paths in BAD_FACTS:
        changes = ContactChanges(
            facts.given_name,
            facts.family_name,
            date_of_birth=facts.date_of_birth,
            language=facts.language,
            emails=facts.emails,
            phones=facts.phones,
        )
        async with nothing_changes():
            for attempt in (
                create_contact(desk, facts, practice.services),
                update_contact(desk, contact.id, changes, practice.services),
            ):
                with pytest.raises(InvalidInput) as refusal:
                    await attempt
                assert sorted(problem.path for problem in refusal.value.problems) == sorted(paths)


@pytest.mark.parametrize(
    ("hour", "born", "allowed"),
    [
        (9, date(2026, 3, 2), True),
        (9, date(2026, 3, 3), False),
        (10, date(2026, 3, 3), True),
        (10, date(2026, 3, 4), False),
    ],
)
async def test_nobody_is_born_tomorrow_anywhere_on_earth(
    practice: Practice, desk: StaffCaller, clock: FixedClock, hour: int, born: date, allowed: bool
) -> None:
    clock.advance(timedelta(hours=hour - 9))
    facts = ContactFacts("Inés", "Núñez", date_of_birth=born)
    if allowed:
        assert (await create_contact(desk, facts, practice.services)).date_of_birth == born
    else:
        with pytest.raises(InvalidInput):
            await create_contact(desk, facts, practice.services)


async def test_creating_and_changing_need_the_permission(practice: Practice) -> None:
    contact = await practice.contact()
    others = await practice.staff(*(EVERY_PERMISSION - {Permission.MANAGE_CONTACTS}))
    async with nothing_changes():
        for attempt in (
            create_contact(others, INES, practice.services),
            update_contact(others, contact.id, ContactChanges(given_name="Eve"), practice.services),
            update_contact(others, uuid4(), ContactChanges(given_name="Eve"), practice.services),
        ):
            with pytest.raises(NotPermitted) as refusal:
                await attempt
            assert refusal.value.permission == "MANAGE_CONTACTS"


async def test_other_practices_contact_is_as_unknown_as_one_never_made(
    practice: Practice, other_practice: Practice, desk: StaffCaller
) -> None:
    theirs = await other_practice.contact()
    async with nothing_changes():
        for contact_id in (theirs.id, uuid4(), None):
            with pytest.raises(NotFound) as refusal:
                await update_contact(desk, contact_id, ContactChanges(given_name="Eve"), practice.services)
            assert refusal.value.field == "contactId"


@pytest.mark.parametrize(
    ("changes", "changed"),
    [
        (ContactChanges(given_name="Omar Luis"), {"given_name": "Omar Luis"}),
        (ContactChanges(family_name="Cruz"), {"family_name": "Cruz"}),
        (ContactChanges(kind=ContactKind.INDIVIDUAL), {"kind": ContactKind.INDIVIDUAL}),
        (ContactChanges(date_of_birth=date(1981, 5, 4)), {"date_of_birth": date(1981, 5, 4)}),
        (ContactChanges(clear_date_of_birth=True), {"date_of_birth": None}),
        (ContactChanges(language="es"), {"language": "es"}),
        (
            ContactChanges(emails=["omar@new.example", "Omar.Reyes@example.com"]),
            {"emails": ["omar@new.example", "Omar.Reyes@example.com"]},
        ),
        (ContactChanges(emails=[]), {"emails": []}),
        (ContactChanges(phones=["208 555 0100"]), {"phones": ["208 555 0100"]}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_only_what_is_named_changes(
    practice: Practice, desk: StaffCaller, clock: FixedClock, changes: ContactChanges, changed: dict[str, object]
) -> None:
    contact = await practice.contact()
    before = vars(await facts_of(contact))
    clock.advance(timedelta(minutes=1))

    await update_contact(desk, contact.id, changes, practice.services)

    stored = await Contact.get(id=contact.id)
    assert vars(await facts_of(stored)) == {**before, **changed}
    assert (stored.pin_hash, stored.created_at, stored.updated_at) == (
        contact.pin_hash,
        contact.created_at,
        clock.now(),
    )
    event = await AuditEvent.get(action="contact.updated")
    assert event.details == f'{{"changed": "{next(iter(changed))}", "version": "2"}}'


async def test_change_renews_what_is_searched_by(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    changed = await update_contact(desk, contact.id, ContactChanges(family_name="Ñandú"), practice.services)
    assert (changed.family_key, changed.sort_key) == ("nandu", "nandu\tomar")


async def test_no_change_is_no_event(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact()
    async with nothing_changes():
        await update_contact(desk, contact.id, ContactChanges(), practice.services)
        await update_contact(
            desk, contact.id, ContactChanges(given_name="Omar", emails=["omar.reyes@example.com"]), practice.services
        )


async def test_addresses_may_change_places(practice: Practice, desk: StaffCaller) -> None:
    contact = await practice.contact(emails=("a@example.com", "b@example.com"))
    await update_contact(desk, contact.id, ContactChanges(emails=["b@example.com", "a@example.com"]), practice.services)
    assert list((await facts_of(contact)).emails) == ["b@example.com", "a@example.com"]


async def test_audit_names_nobody(practice: Practice, desk: StaffCaller) -> None:
    contact = await create_contact(desk, ContactFacts("Inés", "Núñez", emails=["ines@example.com"]), practice.services)
    await update_contact(desk, contact.id, ContactChanges(family_name="Cruz"), practice.services)
    written = str(await rows_of("audit_event")).lower()
    for name in ("inés", "núñez", "cruz", "@example.com"):
        assert name not in written
