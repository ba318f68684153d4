"""Text that would be code somewhere else: in SQL, in pages, in letters and their headers."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import getaddresses

import pytest

from adapters.wire_format import write_letter
from clinic.letters.delivery import deliver_due_letters
from clinic.organizations.actions import NewOrganization, create_facility, create_organization
from clinic.portal_access.actions import invite_contact
from clinic.records.actions.episodes import create_episode
from clinic.records.models import Contact
from clinic.values.errors import InvalidInput
from clinic.values.ports import Services
from tests.api.client import Client
from tests.factories import PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.factories.letters import html_of, link_in, text_of
from tests.patient_portal.practice import Visitor
from tests.words import predictable

INJECTIONS = [
    "' OR '1'='1",
    "'; DROP TABLE contact; --",
    "%",
    "_",
    "\\",
    "$1",
    "?1",
    "{in_1}",
    "reyes') OR ('1'='1",
    "omar@example.com' OR 1=1 --@x.com",
    "\U0010ffff",
    "*",
]


@pytest.mark.parametrize("text", INJECTIONS, ids=ascii)
async def test_search_takes_everything_for_text(practice: Practice, staff: Client, text: str) -> None:
    await practice.contact()
    asked = "query($search: String) { contacts(search: $search) { totalCount nodes { id } } }"
    assert (await staff.run(asked, search=text))["contacts"] == {"totalCount": 0, "nodes": []}
    assert (await staff.run(asked, search="reyes"))["contacts"]["totalCount"] == 1
    assert await Contact.all().count() == 1


@pytest.mark.parametrize("text", INJECTIONS[:9], ids=ascii)
async def test_names_keep_what_they_hold_and_are_found_by_it(staff: Client, text: str) -> None:
    given = {"givenName": text, "familyName": "Reyes"}
    made = await staff.mutate("createContact", given, "contact { givenName }")
    assert made["contact"]["givenName"] == text
    word = text.split()[0]
    found = await staff.run("query($s: String) { contacts(search: $s) { nodes { givenName } } }", s=word)
    assert [node["givenName"] for node in found["contacts"]["nodes"]] == [text]


NASTY = '<script>alert(1)</script> {{7*7}} {sender} %(x)s "quoted" <evil@example.com>, Victim'


async def test_name_of_a_place_stays_text_in_its_letter(practice: Practice, mailbox: Mailbox) -> None:
    system, services = practice.system, practice.services
    place = await create_facility(system, NASTY, services)
    contact = await practice.contact()
    await create_episode(system, contact.id, place.id, services, at_facility=True)
    await invite_contact(system, contact.id, services)
    await deliver_due_letters(services, worker_name="test")
    [letter] = mailbox.letters
    assert "<script>" not in html_of(letter)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html_of(letter)
    assert "49" not in predictable(html_of(letter))
    assert NASTY in text_of(letter)
    assert link_in(letter).startswith("https://portal.vestibule.example/willow-creek/register/")
    travelling = write_letter(letter, smtputf8_offered=False)
    assert travelling.recipients == ("omar.reyes@example.com",)
    assert travelling.sender == "no-reply@v.example"
    arrived = message_from_bytes(travelling.content, policy=policy.default)
    assert [address.addr_spec for address in arrived["From"].addresses] == ["no-reply@v.example"]
    assert [address.addr_spec for address in arrived["To"].addresses] == ["omar.reyes@example.com"]


LONG_NAMES = [
    NASTY,
    "a" * 60 + " <evil@example.com>, " + "b" * 100,
    "Willow Creek Counseling, Family Therapy and Assessment, Inc.: Riverside, Hilltop and Mill Lane",
    "Clínica Arroyo del Sauce, Consejería y Terapia Familiar <evil@example.com>; Riverside, Hilltop",
    'The "Old Mill" Practice (Riverside), formerly: Dr. Novak, Dr. Reyes, Dr. Santos and Partners Ltd.',
    "名" * 100 + ", <evil@example.com>, " + "名" * 60,
    "Willow Creek Counseling and Family Therapy and Assessment at Riverside by the Old Mill Lane",
]


@pytest.mark.parametrize("name", LONG_NAMES, ids=lambda name: ascii(name)[:20])
async def test_long_name_of_a_sender_adds_no_sender(practice: Practice, mailbox: Mailbox, name: str) -> None:
    """CPython breaks a long quoted name into lines without its quotes: each comma would begin another address."""
    system, services = practice.system, practice.services
    place = await create_facility(system, name, services)
    contact = await practice.contact()
    await create_episode(system, contact.id, place.id, services, at_facility=True)
    await invite_contact(system, contact.id, services)
    await deliver_due_letters(services, worker_name="test")
    content = write_letter(mailbox.letters[0], smtputf8_offered=False).content
    assert max(len(line) for line in content.split(b"\r\n\r\n")[0].split(b"\r\n")) <= 200
    # The header as it came: the library's newer reader puts spaces between encoded words, against RFC 2047.
    [(words, address)] = getaddresses([str(message_from_bytes(content)["From"])])
    assert (str(make_header(decode_header(words))), address) == (name, "no-reply@v.example")


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x00", "\u202e"], ids=ascii)
async def test_line_breaks_and_reordering_get_into_no_name_and_so_into_no_header(staff: Client, break_: str) -> None:
    name = f"Riverside{break_}Bcc: everybody@example.com"
    if break_ == "\x00":
        answer = await staff.answer(
            "mutation($n: String!) { createFacility(input: {name: $n}) { __typename } }", n=name
        )
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        return
    assert (await staff.mutate("createFacility", {"name": name}))["__typename"] == "InvalidInput"
    contact = {"givenName": "Ana", "familyName": "Santos", "emails": [f"ana@example.com{break_}Bcc: x@example.com"]}
    assert (await staff.mutate("createContact", contact))["__typename"] == "InvalidInput"


ENCODED = "=?utf-8?q?ceo=40bank=2Eco=2C?="


async def test_encoded_words_get_into_no_name(staff: Client, services: Services) -> None:
    person = {"givenName": "Ana", "familyName": "Santos"}
    inputs: list[tuple[str, dict[str, object], str]] = [
        ("createFacility", {"name": f"Riverside {ENCODED}"}, "name"),
        ("createContact", {**person, "givenName": ENCODED}, "givenName"),
        ("createContact", {**person, "familyName": ENCODED}, "familyName"),
        ("createContact", {**person, "emails": ["=?utf-8?q?a?=@example.com"]}, "emails.0"),
        ("createStaffMember", {"name": ENCODED, "email": "fran@example.com", "password": PASSWORD}, "name"),
    ]
    async with nothing_changes():
        for mutation, given, path in inputs:
            answer = await staff.mutate(mutation, given)
            assert answer["__typename"] == "InvalidInput", path
            message = "Leave out =? or ?=. Mail programs would read the text between them as something else."
            assert answer["fields"] == [{"path": path, "message": message}]
        for field in ("name", "discreet_name", "support_email"):
            new = replace(NewOrganization("north-lake", "North Lake"), **{field: ENCODED})  # type: ignore[arg-type]
            with pytest.raises(InvalidInput, match="ENCODED_WORD"):
                await create_organization(new, services, by="test")


@pytest.mark.parametrize(
    "address",
    [
        "victim@example.com, other@example.com",
        "Victim <victim@example.com>",
        "victim@example.com\uff0cother@example.com",
        '"a b"@example.com',
        "(comment)victim@example.com",
        "victim@[127.0.0.1]",
        "victim@example.com;other",
        "a@b@example.com",
    ],
)
async def test_address_is_one_address(staff: Client, address: str) -> None:
    given = {"givenName": "Ana", "familyName": "Santos", "emails": [address]}
    assert (await staff.mutate("createContact", given))["__typename"] == "InvalidInput"


@pytest.mark.parametrize(
    "twin",
    ["OMAR.REYES@EXAMPLE.COM", "omar.reyes@example.com.", "\uff4fmar.reyes@example.com", "omar.reyes@ｅxample.com"],
    ids=ascii,
)
async def test_twin_of_an_address_is_the_same_address_everywhere(
    practice: Practice, staff: Client, stranger: Client, twin: str
) -> None:
    omar = await practice.contact()
    await invite_contact(practice.system, omar.id, practice.services)
    given = {"givenName": "Twin", "familyName": "Reyes", "emails": [twin]}
    found = await staff.mutate("createContact", given, "contact { id portalStatus { state account { email } } }")
    assert found["contact"]["portalStatus"]["state"] == "EMAIL_CONFLICT"
    refused = await staff.mutate("createPortalAccount", {"contactId": found["contact"]["id"]})
    assert refused["__typename"] == "EmailConflict"
    assert "Omar" not in refused["message"]


async def test_twin_on_another_domain_is_another_address(practice: Practice, staff: Client) -> None:
    """The Cyrillic and the Latin "a" look alike; the domains are two, and each letter goes where it was asked to."""
    omar = await practice.contact(emails=("omar@example.com",))
    await invite_contact(practice.system, omar.id, practice.services)
    given = {"givenName": "Twin", "familyName": "Reyes", "emails": ["omar@ex\u0430mple.com"]}
    found = await staff.mutate("createContact", given, "contact { portalStatus { state } }")
    assert found["contact"]["portalStatus"]["state"] == "NO_ACCOUNT"


async def test_markup_in_the_practices_name_is_text_on_every_page(practice: Practice, visitor: Visitor) -> None:
    await type(practice.organization).filter(id=practice.organization.id).update(name=NASTY, phone=NASTY[:40])
    for path in ("/willow-creek/", "/willow-creek/nowhere", "/willow-creek/register/invitation"):
        page = (await visitor.get(path)).response.text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("support_email", "help@willow.example\r\nBcc: everybody@example.com"),
        ("support_email", "no address"),
        ("phone", "+1\r\n208"),
        ("discreet_name", "Portal\r\nBcc: everybody@example.com"),
        ("discreet_name", ""),
        ("website", "https://willow.example/\nBcc: a"),
    ],
)
async def test_practice_is_not_made_of_what_breaks_its_letters(
    practice: Practice, services: Services, field: str, value: str
) -> None:
    new = replace(NewOrganization("north-lake", "North Lake"), **{field: value})  # type: ignore[arg-type]  # text all
    with pytest.raises(InvalidInput):
        await create_organization(new, services, by="test")
