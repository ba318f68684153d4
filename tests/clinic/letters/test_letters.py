"""What an invitation's letter says, who it is from, and what it never says."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from functools import cache
from uuid import UUID

import pytest

from adapters.logos.drawing import draw_logo
from adapters.wire_format import write_letter
from clinic.organizations.actions import OrganizationChanges, create_facility, update_organization
from clinic.organizations.facilities import archive_facility
from clinic.portal_access.actions import invite_contact
from clinic.portal_access.models import Invitation, LetterSender
from clinic.records.actions.episodes import create_episode, update_episode
from clinic.records.models import Contact
from clinic.values.colours import theme_for
from clinic.values.logo import DrawnLogo
from clinic.values.pin import grouped_pin
from clinic.values.ports import Services
from dev.demo.logos import willow_logo
from tests.clinic.portal_access.journey import deliver
from tests.factories import Mailbox, Practice, open_practice
from tests.factories.letters import html_of, link_in, text_of
from tests.words import predictable

RIVERSIDE = "Riverside Office"


@cache
def logo_drawn() -> DrawnLogo:
    return draw_logo(willow_logo())


@pytest.fixture
async def practice(practice: Practice, services: Services) -> Practice:
    """The practice of these tests has a logo."""
    return await open_practice(services, slug="willow", logo=logo_drawn())


async def at_facility(practice: Practice, contact: Contact, name: str = RIVERSIDE) -> UUID:
    """Begin an episode there."""
    place = await create_facility(practice.system, name, practice.services)
    episode = await create_episode(practice.system, contact.id, place.id, practice.services, at_facility=True)
    return episode.id


async def letter_to(
    practice: Practice, mailbox: Mailbox, contact: Contact, sender: LetterSender = LetterSender.AUTOMATIC
) -> EmailMessage:
    """Invite the contact and receive the letter as a mail program does: over the wire."""
    await invite_contact(practice.system, contact.id, practice.services, sender=sender)
    await deliver(practice)
    return as_received(mailbox.letters[-1])


def as_received(letter: EmailMessage) -> EmailMessage:
    received = message_from_bytes(letter.as_bytes(policy=policy.SMTP), policy=policy.default)
    assert isinstance(received, EmailMessage)
    return received


def on_the_wire(raw: bytes, name: str) -> str:
    """A header as mail programs decode it; Python's newer parser keeps spaces between encoded words."""
    header = message_from_bytes(raw)[name]
    return str(make_header(decode_header(header))).strip()


def everything_in(letter: EmailMessage) -> str:
    """Headers and decoded parts, the link apart: it is where the letter leads, and has its own test."""
    headers = "\n".join(f"{name}: {value}" for part in letter.walk() for name, value in part.items())
    return f"{headers}\n{text_of(letter)}\n{html_of(letter)}".replace(link_in(letter), "")


def from_name(letter: EmailMessage) -> str:
    [address] = letter["From"].addresses
    assert address.addr_spec == "no-reply@v.example"
    return str(address.display_name)


async def test_letter_has_words_in_both_parts_and_one_link(practice: Practice, mailbox: Mailbox) -> None:
    letter = await letter_to(practice, mailbox, await practice.contact(emails=("Omar.Reyes@Example.com",)))

    assert letter["To"] == "Omar.Reyes@example.com"
    assert letter["Subject"] == "Willow Creek Counseling: set up your portal account"
    assert letter["Reply-To"] == "help@willow-creek.example"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Content-Language"] == "en"
    assert letter["Date"].datetime == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert letter.get_content_type() == "multipart/alternative"
    link = link_in(letter)
    assert link.startswith("https://portal.vestibule.example/willow/register/")
    text, html = text_of(letter), html_of(letter)
    assert html.count(f'href="{link}"') == 2
    assert html.count("href=") == 2
    for words in (
        "Willow Creek Counseling has opened an online account for you.",
        "The link works once, until Thursday, March 12, 2026, 3:00 AM (Mountain Daylight Time).",
        "Questions? Call Willow Creek Counseling at +1 (208) 555-0134.",
        "You can also write to help@willow-creek.example.",
        "12 Mill Lane",
        "Boise, ID 83702",
    ):
        assert words in text
        assert words in html
    assert '<html lang="en">' in html


async def test_letter_in_spanish_is_wholly_in_spanish(practice: Practice, mailbox: Mailbox) -> None:
    letter = await letter_to(practice, mailbox, await practice.contact(language="es"))
    assert letter["Subject"] == "Willow Creek Counseling: active su cuenta del portal"
    assert letter["Content-Language"] == "es"
    text, html = text_of(letter), html_of(letter)
    until = "hasta el jueves 12 de marzo de 2026, 3:00 a.\u202fm. (hora de verano de las Montañas Rocosas)."
    for words in (until, "Registrarme", "Llame a Willow Creek Counseling al +1 (208) 555-0134"):
        assert words in html
    assert until in text
    assert '<html lang="es">' in html
    for english in ("Register", "account", "Questions", "link"):
        assert english not in text.replace(link_in(letter), "")


async def test_logo_is_inside_the_letter(practice: Practice, mailbox: Mailbox) -> None:
    letter = await letter_to(practice, mailbox, await practice.contact())
    [logo] = [part for part in letter.walk() if part.get_content_type() == "image/png"]
    assert logo.get_content() == logo_drawn().png
    assert logo.get_content_disposition() == "inline"
    assert f'src="cid:{str(logo["Content-ID"]).strip(" <>")}"' in html_of(letter)
    # Nothing is loaded from elsewhere: no reader is tracked, and no reader has to allow pictures.
    assert html_of(letter).count("src=") == 1


async def test_practice_without_a_logo_sends_no_picture(
    services: Services, practice: Practice, mailbox: Mailbox
) -> None:
    plain = await open_practice(services, slug="plain")
    letter = await letter_to(plain, mailbox, await plain.contact())
    assert [part.get_content_type() for part in letter.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert "<img" not in html_of(letter)


async def test_sender_is_the_facility_of_the_current_episode(practice: Practice, mailbox: Mailbox) -> None:
    contact = await practice.contact()
    await at_facility(practice, contact)
    letter = await letter_to(practice, mailbox, contact)
    assert from_name(letter) == RIVERSIDE
    assert letter["Subject"] == "Riverside Office: set up your portal account"
    assert "Riverside Office has opened an online account for you." in text_of(letter)
    # The organization is named too, with its address: the person must be able to check.
    assert "Willow Creek Counseling\n12 Mill Lane" in text_of(letter)


async def test_sender_is_the_organization_without_an_episode(practice: Practice, mailbox: Mailbox) -> None:
    assert from_name(await letter_to(practice, mailbox, await practice.contact())) == "Willow Creek Counseling"


async def test_sender_is_the_organization_where_the_facility_is_two_dashes(
    practice: Practice, mailbox: Mailbox
) -> None:
    contact = await practice.contact()
    await at_facility(practice, contact)
    await create_episode(practice.system, contact.id, None, practice.services, at_facility=False)
    assert from_name(await letter_to(practice, mailbox, contact)) == "Willow Creek Counseling"


async def test_sender_follows_an_episode_that_moved(practice: Practice, mailbox: Mailbox) -> None:
    contact = await practice.contact()
    episode_id = await at_facility(practice, contact)
    lakeside = await create_facility(practice.system, "Lakeside", practice.services)
    await update_episode(practice.system, episode_id, lakeside.id, practice.services, at_facility=True)
    assert from_name(await letter_to(practice, mailbox, contact)) == "Lakeside"


async def test_staff_may_choose_the_organization_without_touching_the_episode(
    practice: Practice, mailbox: Mailbox
) -> None:
    contact = await practice.contact()
    await at_facility(practice, contact)
    letter = await letter_to(practice, mailbox, contact, LetterSender.ORGANIZATION)
    assert from_name(letter) == "Willow Creek Counseling"
    assert RIVERSIDE not in everything_in(letter)


@pytest.mark.parametrize("language", ["en", "es"])
async def test_discreet_letter_names_neither_practice_nor_place(
    practice: Practice, mailbox: Mailbox, language: str
) -> None:
    contact = await practice.contact(language=language)
    await at_facility(practice, contact)
    letter = await letter_to(practice, mailbox, contact, LetterSender.DISCREET)
    assert from_name(letter) == "Your care portal"
    assert letter["Reply-To"] is None
    said = everything_in(letter)
    for telling in ("Willow", "willow", "Counseling", "Riverside", "Mill Lane", "Boise", "83702"):
        assert telling not in predictable(said)
    assert "image" not in {part.get_content_maintype() for part in letter.walk()}
    assert "<img" not in said
    # Somebody to call has to be there.
    assert "+1 (208) 555-0134" in said


@pytest.mark.parametrize("sender", LetterSender)
async def test_letter_never_carries_what_the_link_must_not_travel_with(
    practice: Practice, mailbox: Mailbox, sender: LetterSender
) -> None:
    contact = await practice.contact("Omar", "Reyes")
    pin = practice.services.secrets.decrypt(contact.pin_encrypted)
    said = everything_in(await letter_to(practice, mailbox, contact, sender))
    for secret in (pin, grouped_pin(pin), pin.lower(), "May 4", "4 May", str(contact.id)):
        assert secret not in said
    for word in ("1980", "Reyes") if sender is not LetterSender.DISCREET else ("1980", "Omar", "Reyes"):
        assert word not in predictable(said.replace("omar.reyes@example.com", ""))


@pytest.mark.parametrize(
    ("given", "family", "called"),
    [
        ("Omar", "Reyes", "Omar"),
        ("María José", "Ruiz", "María José"),
        ("Sukarno", "", "Sukarno"),
        ("", "Teller", "Teller"),
    ],
)
async def test_letter_calls_the_reader_by_the_first_name_inside_and_never_in_its_headers(
    practice: Practice, mailbox: Mailbox, given: str, family: str, called: str
) -> None:
    letter = await letter_to(practice, mailbox, await practice.contact(given, family, emails=("o@example.com",)))
    assert f"\n\nHello {called},\n\n" in text_of(letter)
    assert f">Hello {called},</p>" in html_of(letter)
    assert called not in "\n".join(f"{name}: {value}" for name, value in letter.items())


HOSTILE_NAMES = [
    "Willow & Sons <b>bold</b>",
    "<script>alert(1)</script>",
    'Dr. "Quote" O\'Hara, Ph.D.; <eve@example.com>',
    "{link} {0} %s {{ 7 * 7 }} {% raw %}",
    "Bcc: eve@example.com",
    "Praxis für Ergotherapie Übergröße – 診療所 👩\u200d⚕\ufe0f",
    "مركز النور",
    "\\ back \\ slash \\",
    "x" * 200,
    "Ж" * 200,
]


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=lambda name: ascii(name)[:24])
async def test_any_name_is_text_in_every_header_and_part(practice: Practice, mailbox: Mailbox, name: str) -> None:
    contact = await practice.contact()
    await at_facility(practice, contact, name)
    await invite_contact(practice.system, contact.id, practice.services)
    await deliver(practice)

    raw = mailbox.letters[-1].as_bytes(policy=policy.SMTP)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert on_the_wire(raw, "Subject") == f"{name}: set up your portal account"
    assert from_name(mailbox.letters[-1]) == name
    letter = as_received(mailbox.letters[-1])
    assert [address.addr_spec for address in letter["From"].addresses] == ["no-reply@v.example"]
    assert [address.addr_spec for address in letter["To"].addresses] == ["omar.reyes@example.com"]
    assert {header.lower() for header in letter.keys()} == {  # noqa: SIM118 - a message is no mapping
        *("from", "to", "reply-to", "subject", "date", "message-id", "auto-submitted"),
        *("content-type", "content-language", "mime-version"),
    }
    assert f"{name} has opened an online account for you." in text_of(letter)
    html = html_of(letter)
    if set(name) & set("<>&\"'"):
        assert name not in html
    assert "<script" not in html
    assert "<b>" not in html
    assert html.count("href=") == 2


async def test_name_that_looks_encoded_makes_no_address(practice: Practice, mailbox: Mailbox) -> None:
    """The name of an invitation that was made before encoded words were refused."""
    contact = await practice.contact()
    await invite_contact(practice.system, contact.id, practice.services)
    await Invitation.all().update(sender_name="=?utf-8?q?ceo=40bank=2Eco=2C?=")
    await deliver(practice)
    content = write_letter(mailbox.letters[-1], smtputf8_offered=False).content
    letter = message_from_bytes(content, policy=policy.default)
    assert [address.addr_spec for address in letter["From"].addresses] == ["no-reply@v.example"]
    assert on_the_wire(content, "From") == "=?utf-8?q?ceo=40bank=2Eco=2C?= <no-reply@v.example>"


async def test_line_breaks_that_got_into_a_name_never_reach_the_headers(practice: Practice, mailbox: Mailbox) -> None:
    contact = await practice.contact()
    await invite_contact(practice.system, contact.id, practice.services)
    await Invitation.all().update(sender_name="Willow\r\nBcc: eve@example.com")
    await deliver(practice)
    assert mailbox.letters == []


@pytest.mark.parametrize(
    ("typed", "to"),
    [
        ("ｏｍａｒ＠ｅｘａｍｐｌｅ．ｃｏｍ", "omar@example.com"),
        ("Omar@Bücher.example.", "Omar@xn--bcher-kva.example"),
        ("o'hara+portal@example.com", "o'hara+portal@example.com"),
    ],
)
async def test_letter_goes_to_an_address_that_mail_servers_take(
    practice: Practice, mailbox: Mailbox, typed: str, to: str
) -> None:
    letter = await letter_to(practice, mailbox, await practice.contact(emails=(typed,)))
    [address] = letter["To"].addresses
    assert address.addr_spec == to


async def test_practice_without_phone_and_address_leaves_no_gaps(
    services: Services, practice: Practice, mailbox: Mailbox
) -> None:
    bare = await open_practice(services, slug="bare", phone="", support_email="", address="")
    letter = await letter_to(bare, mailbox, await bare.contact())
    assert letter["Reply-To"] is None
    assert "Questions" not in text_of(letter)
    assert "None" not in everything_in(letter)


async def test_facilitys_letter_has_its_own_address_phone_and_zone(practice: Practice, mailbox: Mailbox) -> None:
    """East of UTC, where a wrong zone shows another day."""
    contact = await practice.contact()
    place = await create_facility(
        practice.system,
        "Tokyo Office",
        practice.services,
        address="1 Shibuya\nTokyo",
        phone="+81 3 5555 0134",
        time_zone="Asia/Tokyo",
    )
    await create_episode(practice.system, contact.id, place.id, practice.services, at_facility=True)
    letter = await letter_to(practice, mailbox, contact)
    assert from_name(letter) == "Tokyo Office"
    for part in (text_of(letter), html_of(letter)):
        assert "+81 3 5555 0134" in part
        assert "1 Shibuya" in part
        assert "Japan Standard Time" in part
        assert "555-0134" not in part
        assert "Mill Lane" not in part


async def test_archived_facility_sends_no_letter(practice: Practice, mailbox: Mailbox) -> None:
    contact = await practice.contact()
    place = await create_facility(practice.system, RIVERSIDE, practice.services, phone="+1 208 555 0166")
    await create_episode(practice.system, contact.id, place.id, practice.services, at_facility=True)
    await archive_facility(practice.system, place.id, practice.services)
    letter = await letter_to(practice, mailbox, contact)
    assert from_name(letter) == "Willow Creek Counseling"
    assert "0166" not in text_of(letter)


async def test_letter_has_the_practices_colour_and_a_discreet_one_has_not(
    services: Services, practice: Practice, mailbox: Mailbox
) -> None:
    bright = OrganizationChanges(colour="#ffee00")
    await update_organization(practice.system, bright, services)
    theme = theme_for("#ffee00")
    darkened, on_dark = theme.on_light.fill, theme.on_dark.fill
    html = html_of(await letter_to(practice, mailbox, await practice.contact()))
    assert f"background:{darkened}" in html
    assert f".button {{ background: {on_dark} !important" in html
    assert '<meta name="color-scheme" content="light dark">' in html
    discreet = await practice.contact("Rosa", emails=("rosa@example.com",))
    assert darkened not in html_of(await letter_to(practice, mailbox, discreet, LetterSender.DISCREET))
