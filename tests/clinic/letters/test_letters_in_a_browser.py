"""An invitation as mail programs show it: small and large, light and dark, in both languages, judged by axe."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from playwright.async_api import Browser, expect

from clinic.letters.composing import as_bodies, invitation_text
from clinic.letters.made_up import made_up_person
from clinic.organizations.models import Facility
from clinic.organizations.queries import OrganizationView
from clinic.portal_access.models import Invitation, LetterSender
from clinic.values.colours import NEUTRAL, theme_for
from tests.axe import violations
from tests.looks import EVERY_LOOK

YELLOW = "#ffee00"
# A letter is part of the mail program's page, which has the landmarks.
OF_THE_PROGRAM = {"landmark-one-main", "region"}
PRACTICE = OrganizationView(
    id=uuid4(),
    slug="willow-creek",
    name="Willow Creek Counseling",
    discreet_name="Your care portal",
    brand_colour=YELLOW,
    address_lines=("12 Mill Lane", "Boise, ID 83702"),
    phone="+1 (208) 555-0134",
    website="",
    support_email="help@willow.example",
    time_zone="America/Boise",
    languages=("en", "es"),
    logo_sha256=None,
)
RIVERSIDE = Facility(name="Riverside Office", address="1 River Road\nBoise, ID 83706", phone="+1 (208) 555-0177")
WORDS = {
    "en": ("Hello Maximiliana de los Ángeles,", "PIN", "5:05 PM (Mountain Daylight Time)"),
    "es": ("Hola, Maximiliana de los Ángeles:", "PIN", "5:05 p.\u202fm. (hora de verano de las Montañas Rocosas)"),
}


def shown(language: str, sender: LetterSender) -> str:
    """The letter's HTML. Nothing of it is stored."""
    invitation = Invitation(
        sender=sender,
        sender_name=PRACTICE.discreet_name if sender is LetterSender.DISCREET else PRACTICE.name,
        language=language,
        expires_at=datetime(2026, 7, 2, 23, 5, tzinfo=UTC),
    )
    facility = None if sender is LetterSender.DISCREET else RIVERSIDE
    link = "https://portal.example/willow-creek/register/" + "x" * 43
    return as_bodies(invitation_text(invitation, PRACTICE, link, facility, made_up_person()))[1]


@pytest.mark.parametrize("language", WORDS)
async def test_invitation_is_readable_everywhere_and_only_a_discreet_one_tells_nothing(
    browser: Browser, language: str
) -> None:
    page = await browser.new_page()
    for sender in (LetterSender.AUTOMATIC, LetterSender.DISCREET):
        discreet = sender is LetterSender.DISCREET
        await page.set_content(shown(language, sender))
        theme = theme_for(NEUTRAL if discreet else YELLOW)
        for look in EVERY_LOOK:
            await look.put_on(page)
            tone = theme.on_dark if look.color_scheme == "dark" else theme.on_light
            await expect(page.locator("a.button")).to_have_css("background-color", rgb(tone.fill))
            await expect(page.locator("a.button")).to_have_css("color", rgb(tone.text))
            assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), look.name
            found = {one["id"] for one in await violations(page, looks_only=look != EVERY_LOOK[0])}
            assert found - OF_THE_PROGRAM == set(), look.name
        greeting, *said = WORDS[language]
        for words in said:
            await expect(page.locator("body")).to_contain_text(words)
        for words in (greeting, "Riverside Office", "1 River Road", "+1 (208) 555-0177"):
            body = expect(page.locator("body"))
            await (body.not_to_contain_text(words) if discreet else body.to_contain_text(words))
    await page.close()


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))})"
