"""The words of letters: where they are kept, what one letter's are, and days as people say them."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel.dates import format_datetime as format_for_people

from clinic.organizations.queries import OrganizationView

LANGUAGES = ("en", "es")


@dataclass(frozen=True)
class LetterText:
    """One letter's words in reading order, all of it text; the layout is the templates' business."""

    language: str
    sender: str
    subject: str
    heading: str
    before: tuple[str, ...]
    link: str
    button: str
    after: tuple[str, ...]
    small: tuple[str, ...]
    address_lines: tuple[str, ...]
    logo_cid: str | None = None


@dataclass(frozen=True)
class Composed:
    """A letter ready to be put into MIME; a discreet one carries neither logo nor the practice's own address."""

    text: LetterText
    discreet: bool = False


def spoken(language: str) -> str:
    """The language of ours that an account's person reads."""
    return language if language in LANGUAGES else LANGUAGES[0]


def help_line(says: dict[str, str], organization: OrganizationView) -> str:
    """Whom to ask, as far as the practice can be asked."""
    phone = says["help_phone"] if organization.phone else ""
    email = says["help_email"] if organization.support_email else ""
    return " ".join(filter(None, (phone, email)))


@cache
def wording(language: str) -> dict[str, dict[str, str]]:
    """The words of every letter in one language."""
    return tomllib.loads(files("clinic.letters").joinpath("wording", f"{language}.toml").read_text("utf-8"))


# The weekday, the day and the time, with the zone in words: Babel's own long forms leave out one or the other.
_PATTERNS = {
    "en": "EEEE, MMMM d, y, h:mm a (zzzz)",
    "es": "EEEE d 'de' MMMM 'de' y, HH:mm (zzzz)",
}


def in_words(moment: datetime, time_zone: str, language: str) -> str:
    """A day and time as people say them, in the practice's zone."""
    return format_for_people(moment, _PATTERNS[language], tzinfo=ZoneInfo(time_zone), locale=language)
