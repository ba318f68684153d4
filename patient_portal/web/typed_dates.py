"""Reading a date of birth the way people write it, and saying how it was read.

One typed field: on a phone a wheel of years is slow for the old, and three boxes are three things to get wrong.
What was understood is shown in words when it did not fit, so that nobody wonders which number was the month.
"""

import re
import unicodedata
from datetime import date
from enum import Enum

from babel import Locale
from babel.dates import format_date

LANGUAGES_READ = ("en", "es")
# Where the day comes first in an all-number date; elsewhere the month does.
DAY_FIRST = frozenset({"es"})
OLDEST_YEAR = 1880

_WORD_OR_NUMBER = re.compile(r"[^\W\d_]+|\d+")
# What follows the number of a day: "1st", "1º" (an "o" after normalizing), "1.er", "1ro".
_ORDINALS = frozenset({"st", "nd", "rd", "th", "o", "er", "ro", "ero"})
_FIRST = frozenset({"first", "primero", "primer"})
_FILLERS = frozenset({"of", "the", "de", "del", "el", "dia", "ano"})


class Unread(Enum):
    """Why a text is no day."""

    UNCLEAR = "unclear"
    SHORT_YEAR = "short year"
    NO_SUCH_DAY = "no such day"


def read_date(text: str, language: str) -> date | Unread:
    """The day meant by "1956-04-12", "4/12/1956", "April 12, 1956", "12 de abril de 1956", or why it can't be told.

    All numbers: the language says whether the day or the month is first, unless only one reading exists.
    """
    words = ["1" if word in _FIRST else word for word in _words(text) if word not in _FILLERS | _ORDINALS]
    if len(words) == 1 and len(words[0]) == 8 and words[0].isdecimal():
        words = _split_run(words[0])
    if len(words) != 3:
        return Unread.UNCLEAR
    return _from_three(words, language)


def date_in_words(day: date, language: str) -> str:
    """ "April 12, 1956": nobody can take the month for the day."""
    return format_date(day, format="long", locale=language)


def _words(text: str) -> list[str]:
    """Lower-case words and numbers without accents and invisible characters; digits of any script become 0-9."""
    folded = unicodedata.normalize("NFKD", text[:60].casefold())
    bare = "".join(
        character
        for character in folded
        if not unicodedata.combining(character) and unicodedata.category(character) != "Cf"
    )
    return [_ascii_number(part) if part.isdecimal() else part for part in _WORD_OR_NUMBER.findall(bare)]


def _ascii_number(digits: str) -> str:
    return "".join(str(unicodedata.decimal(digit)) for digit in digits)


def _split_run(digits: str) -> list[str]:
    """Eight digits in a row begin with the year if that gives a month and a day, else they end with it."""
    year_first = [digits[:4], digits[4:6], digits[6:]]
    if int(digits[:4]) >= OLDEST_YEAR and isinstance(_date(*year_first), date):
        return year_first
    return [digits[:2], digits[2:4], digits[4:]]


def _from_three(words: list[str], language: str) -> date | Unread:
    named = [position for position, word in enumerate(words) if not word.isdecimal()]
    if len(named) > 1:
        return Unread.UNCLEAR
    if named:
        month = _month_named(words[named[0]])
        if month is None:
            return Unread.UNCLEAR
        rest = [word for position, word in enumerate(words) if position != named[0]]
        year_first = len(rest[0]) == 4
        return _date(rest[0] if year_first else rest[1], month, rest[1] if year_first else rest[0])
    if len(words[0]) == 4:
        return _date(words[0], words[1], words[2])
    first, second, year = words
    month_day = (first, second) if language not in DAY_FIRST else (second, first)
    as_usual = _date(year, *month_day)
    return _date(year, *reversed(month_day)) if as_usual is Unread.NO_SUCH_DAY else as_usual


def _date(year: str, month: str | int, day: str) -> date | Unread:
    # A year of two digits would be a guess between two centuries.
    if len(year) <= 2 and len(day) <= 2 and len(str(month)) <= 2:
        return Unread.SHORT_YEAR
    if len(year) != 4 or len(day) > 2 or len(str(month)) > 2:
        return Unread.UNCLEAR
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return Unread.NO_SUCH_DAY


def _month_named(word: str) -> int | None:
    """The month by its name or at least three letters of it, in any language we speak."""
    if len(word) < 3:
        return None
    word = _OTHER_NAMES.get(word, word)
    for names in _MONTH_NAMES:
        for number, name in names.items():
            if name.startswith(word):
                return number
    return None


def _month_names(language: str) -> dict[int, str]:
    names = Locale.parse(language).months["format"]["wide"]
    return {number: _words(name)[0] for number, name in names.items()}


# Spellings that are not the beginning of the name that Babel has.
_OTHER_NAMES = {
    "setiembre": "septiembre",
    "setiem": "septiembre",
    "set": "septiembre",
    "agto": "agosto",
    "mzo": "marzo",
}
_MONTH_NAMES = tuple(_month_names(language) for language in LANGUAGES_READ)
