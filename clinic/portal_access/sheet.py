"""Composes the text of the printed instruction sheet, which the person takes home. The adapter does the layout."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel.dates import format_date

from clinic.values.instruction_sheet import InstructionSheet
from clinic.values.paper import PaperSize
from clinic.values.pin import grouped_pin, normal_pin

LANGUAGES = ("en", "es")
"""The languages of the sheet. The first one is the default."""

ADDRESS_LINES = 4


@dataclass(frozen=True)
class Wording:
    """The sentences in one language, with placeholders in braces."""

    title: str
    prepared_for: str
    introduction: str
    portal_label: str
    qr_caption: str
    steps_heading: str
    steps: tuple[str, ...]
    pin_label: str
    pin_note: str
    help_line: str
    help_line_without_phone: str
    printed_on: str


@cache
def wording(language: str) -> Wording:
    """The sentences in one of `LANGUAGES`, read once. Raises ValueError if a sentence is missing or unknown."""
    source = files("clinic.portal_access").joinpath("wording", f"sheet.{language}.toml")
    sentences = tomllib.loads(source.read_text(encoding="utf-8"))
    expected = {sentence.name for sentence in fields(Wording)}
    if sentences.keys() != expected:
        raise ValueError(f"sheet.{language}.toml: missing or unknown: {sorted(sentences.keys() ^ expected)}")
    return Wording(**{**sentences, "steps": tuple(sentences["steps"])})


def sheet_language(tag: str) -> str:
    """The sheet's language for a BCP 47 tag: its primary language if we have it, else English."""
    primary = tag.replace("_", "-").split("-")[0].strip().lower()
    return primary if primary in LANGUAGES else LANGUAGES[0]


def compose_sheet(
    *,
    language: str,
    organization_name: str,
    logo_png: bytes | None,
    brand_colour: str,
    address_lines: Sequence[str],
    phone: str,
    portal_url: str,
    slug: str,
    person_name: str,
    pin: str,
    printed_at: datetime,
    time_zone: str,
    paper: PaperSize = PaperSize.A4,
) -> InstructionSheet:
    """The sheet for one person (product §2, Print). `printed_at` is aware; its date is shown in `time_zone`.

    `language` is the contact's language tag and `time_zone` an IANA name. The title contains no name, because the file
    is named after it.
    """
    chosen = sheet_language(language)
    words = wording(chosen)
    target = f"{portal_url.rstrip('/')}/{slug}/"
    help_line = words.help_line if phone.strip() else words.help_line_without_phone
    return InstructionSheet(
        language=chosen,
        organization_name=organization_name,
        logo_png=logo_png,
        brand_colour=brand_colour,
        address_lines=_four_lines(address_lines),
        phone=phone.strip(),
        title=words.title,
        prepared_for=words.prepared_for,
        person_name=person_name,
        introduction=words.introduction.format(organization=organization_name),
        portal_label=words.portal_label,
        portal_address=target.split("://", 1)[-1],
        qr_target=target,
        qr_caption=words.qr_caption,
        steps_heading=words.steps_heading,
        steps=words.steps,
        pin_label=words.pin_label,
        pin=grouped_pin(normal_pin(pin)),
        pin_note=words.pin_note,
        help_line=help_line.format(organization=organization_name, phone=phone.strip()),
        printed_on=words.printed_on.format(date=_long_date(printed_at, time_zone, chosen)),
        made_at=printed_at,
        paper=paper,
    )


def _four_lines(lines: Sequence[str]) -> tuple[str, ...]:
    """The lines that are not empty. Further lines are joined to the fourth, so that no part of an address is lost."""
    filled = [line.strip() for line in lines if line.strip()]
    if len(filled) <= ADDRESS_LINES:
        return tuple(filled)
    return (*filled[: ADDRESS_LINES - 1], ", ".join(filled[ADDRESS_LINES - 1 :]))


def _long_date(instant: datetime, time_zone: str, language: str) -> str:
    """The date with its weekday, in words, in the organization's time zone."""
    if instant.tzinfo is None:
        raise ValueError("printed_at must be aware")
    local: date = instant.astimezone(ZoneInfo(time_zone)).date()
    return format_date(local, format="full", locale=language)
