"""The wording of letters in each language, the text of one letter, and dates in words."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from babel.dates import format_datetime as format_for_people

from clinic.organizations.queries import OrganizationView
from clinic.records.models import Contact
from clinic.values.colours import NEUTRAL, Theme, theme_for

LANGUAGES = ("en", "es")
_NEUTRAL_THEME = theme_for(NEUTRAL)


@dataclass(frozen=True)
class LetterText:
    """The text of one letter in reading order. All of it is plain text; the templates decide the layout."""

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
    greeting: str = ""
    # The colours of the button and of links, on light ground and on dark.
    theme: Theme = _NEUTRAL_THEME
    logo_cid: str | None = None


@dataclass(frozen=True)
class Composed:
    """A letter's text before it becomes MIME. A discreet letter has no logo and no reply address of the practice."""

    text: LetterText
    discreet: bool = False


def letter_language(language: str) -> str:
    """The language if we have letters in it, else the default."""
    return language if language in LANGUAGES else LANGUAGES[0]


def greeting(contact: Contact, language: str) -> str:
    """The line that names the reader, by the given name; by the one name of a person who has a single one.

    It stands inside the letter and never in the subject, which a locked phone shows. A discreet letter has none.
    """
    return wording(language)["greeting"]["hello"].format(first_name=contact.given_name or contact.family_name)


def help_line(says: dict[str, str], organization: OrganizationView, phone_number: str | None = None) -> str:
    """The sentences that say whom to ask: by phone and email, if there are any. No `phone_number`: the practice's."""
    phone = says["help_phone"] if (organization.phone if phone_number is None else phone_number) else ""
    email = says["help_email"] if organization.support_email else ""
    return " ".join(filter(None, (phone, email)))


@cache
def wording(language: str) -> dict[str, dict[str, str]]:
    """The wording of all letters in one language."""
    return tomllib.loads(files("clinic.letters").joinpath("wording", f"{language}.toml").read_text("utf-8"))


# Weekday, date, time and the name of the time zone. Babel's own long formats lack one of them.
_PATTERNS = {
    "en": "EEEE, MMMM d, y, h:mm a (zzzz)",
    "es": "EEEE d 'de' MMMM 'de' y, h:mm a (zzzz)",
}


def format_instant(moment: datetime, time_zone: str, language: str) -> str:
    """The date and time in words, in the practice's time zone."""
    return format_for_people(moment, _PATTERNS[language], tzinfo=ZoneInfo(time_zone), locale=language)
