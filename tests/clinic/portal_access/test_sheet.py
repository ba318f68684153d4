"""What the printed sheet says, for whom, in which language."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest

from clinic.portal_access.sheet import LANGUAGES, compose_sheet, wording
from clinic.values.instruction_sheet import InstructionSheet

FACTS: dict[str, Any] = {
    "language": "en",
    "organization_name": "Willow Creek Counseling",
    "logo_png": None,
    "brand_colour": "#2b5f75",
    "address_lines": ("120 Willow Creek Road", "Springfield, OR 97477"),
    "phone": "+1 541 555 0134",
    "portal_url": "https://portal.example",
    "slug": "willow-creek",
    "person_name": "Ana Santos",
    "pin": "K7MP4TQX",
    "printed_at": datetime(2026, 11, 23, 6, 30, tzinfo=UTC),
    "time_zone": "America/Los_Angeles",
}


def composed(**changes: object) -> InstructionSheet:
    return compose_sheet(**{**FACTS, **changes})


def test_sheet_names_the_portal_by_slug_with_and_without_scheme() -> None:
    sheet = composed(portal_url="https://portal.example/")
    assert sheet.portal_address == "portal.example/willow-creek/"
    assert sheet.qr_target == "https://portal.example/willow-creek/"


def test_sheet_tells_how_to_get_in_and_whom_to_call() -> None:
    sheet = composed()
    steps = " ".join(sheet.steps)
    for word in ("address", "Register", "Create an account", "15 characters", "PIN", "date of birth"):
        assert word in steps
    assert sheet.help_line == "Need help? Call Willow Creek Counseling at +1 541 555 0134."


def test_without_a_phone_the_help_line_has_no_gap() -> None:
    assert composed(phone=" ").help_line == "Need help? Please ask us at Willow Creek Counseling."


def test_date_is_the_organizations_with_the_weekday_in_words() -> None:
    assert composed().printed_on == "Printed on Sunday, November 22, 2026"
    assert composed(time_zone="UTC").printed_on == "Printed on Monday, November 23, 2026"
    assert composed(language="es").printed_on == "Impreso el domingo, 22 de noviembre de 2026"


def test_naive_instant_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="aware"):
        composed(printed_at=datetime(2026, 11, 23))  # noqa: DTZ001 (the mistake under test)


@pytest.mark.parametrize(
    ("tag", "language", "title"),
    [
        ("en", "en", "Your patient portal"),
        ("es", "es", "Su portal del paciente"),
        ("es-MX", "es", "Su portal del paciente"),
        ("ES_us", "es", "Su portal del paciente"),
        ("pl", "en", "Your patient portal"),
        ("est", "en", "Your patient portal"),
        ("", "en", "Your patient portal"),
    ],
)
def test_language_falls_back_to_english(tag: str, language: str, title: str) -> None:
    sheet = composed(language=tag)
    assert (sheet.language, sheet.title) == (language, title)


@pytest.mark.parametrize("pin", ["K7MP4TQX", "K7MP-4TQX"])
def test_pin_is_grouped_for_reading_aloud(pin: str) -> None:
    assert composed(pin=pin).pin == "K7MP-4TQX"


def test_address_keeps_everything_in_four_lines() -> None:
    lines = ("One", " ", "Two", "", "Three ", "Four", "Five")
    assert composed(address_lines=lines).address_lines == ("One", "Two", "Three", "Four, Five")


def test_braces_in_names_are_text() -> None:
    sheet = composed(organization_name="Willow {phone} {0} Creek", person_name="{pin}")
    assert sheet.introduction.startswith("Willow {phone} {0} Creek has a private website")
    assert sheet.person_name == "{pin}"


def test_name_and_pin_stay_out_of_the_repr_and_the_title() -> None:
    sheet = composed()
    assert "Santos" not in repr(sheet)
    assert "K7MP" not in repr(sheet)
    assert "Santos" not in sheet.title


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same_things(language: str) -> None:
    english, other = asdict(wording("en")), asdict(wording(language))
    assert len(other["steps"]) == len(english["steps"])
    for name, sentence in other.items():
        assert sentence, name
        for slot in ("{organization}", "{phone}", "{date}"):
            assert (slot in sentence) == (slot in english[name]), name
