"""Reading a date of birth from three boxes, and saying how it was read.

Day, month and year have a box each, so nobody has to know whether the day or the month comes first. The month may be a
number or a name, in any language we speak. A whole date in one box is read if it has only one meaning.
"""

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import Enum

from babel import Locale
from babel.dates import format_date

LANGUAGES_READ = ("en", "es")
OLDEST_YEAR = 1880
# Where people write the day before the month: the order of the boxes.
DAY_FIRST = frozenset({"es"})

_WORD_OR_NUMBER = re.compile(r"[^\W\d_]+|\d+")
# What follows the number of a day: "1st", "1º" (an "o" after normalizing), "1.er", "1ro".
_ORDINALS = frozenset({"st", "nd", "rd", "th", "o", "er", "ro", "ero"})
_FIRST = frozenset({"first", "primero", "primer"})
_FILLERS = frozenset({"of", "the", "de", "del", "el", "dia", "ano"})
_LAST_DAY, _LAST_MONTH = 31, 12


class Unread(Enum):
    """Why what was typed is no day."""

    EMPTY = "empty"
    UNCLEAR = "unclear"
    NO_DAY = "no day"
    NO_MONTH = "no month"
    NO_YEAR = "no year"
    SHORT_YEAR = "short year"
    NO_SUCH_DAY = "no such day"


@dataclass(frozen=True)
class TypedDate:
    """The text of the three boxes, as it was typed."""

    day: str = ""
    month: str = ""
    year: str = ""


def read_date(typed: TypedDate) -> date | tuple[Unread, ...]:
    """The day that was meant, or everything that is wrong with it, in the order day, month, year."""
    filled = [words for words in map(_read_words, (typed.day, typed.month, typed.year)) if words]
    if not filled:
        return (Unread.EMPTY,)
    if len(filled) == 1 and (len(filled[0]) > 1 or len(filled[0][0]) == 8):
        whole = _from_words(filled[0])
        if isinstance(whole, date):
            return whole
        return (whole,) if whole is Unread.SHORT_YEAR else (Unread.UNCLEAR,)
    return _from_boxes(typed)


def days_in(typed: TypedDate) -> int:
    """How many days the typed month of the typed year has. Raises ValueError where either is missing."""
    month, year = _month(_read_words(typed.month)), _year(_read_words(typed.year))
    if isinstance(month, Unread) or isinstance(year, Unread):
        raise ValueError("no month")
    return calendar.monthrange(year, month)[1]


def month_in_words(typed: TypedDate, language: str) -> str:
    """ "February 1957", for a month and a year that were read. Raises ValueError where either is missing."""
    first = read_date(TypedDate("1", typed.month, typed.year))
    if not isinstance(first, date):
        raise ValueError("no month")
    return format_date(first, format="MMMM y" if language not in DAY_FIRST else "MMMM 'de' y", locale=language)


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


def _read_words(text: str) -> list[str]:
    """The words that say something about the date."""
    return ["1" if word in _FIRST else word for word in _words(text) if word not in _FILLERS | _ORDINALS]


def _from_boxes(typed: TypedDate) -> date | tuple[Unread, ...]:
    day, month, year = _day(_read_words(typed.day)), _month(_read_words(typed.month)), _year(_read_words(typed.year))
    if isinstance(day, Unread) or isinstance(month, Unread) or isinstance(year, Unread):
        return tuple(part for part in (day, month, year) if isinstance(part, Unread))
    read = _date(str(year), month, str(day))
    return (read,) if isinstance(read, Unread) else read


def _day(words: list[str]) -> int | Unread:
    if len(words) == 1 and words[0].isdecimal() and 1 <= int(words[0]) <= _LAST_DAY:
        return int(words[0])
    return Unread.NO_DAY


def _month(words: list[str]) -> int | Unread:
    if len(words) != 1:
        return Unread.NO_MONTH
    number = int(words[0]) if words[0].isdecimal() else _month_named(words[0])
    return number if number is not None and 1 <= number <= _LAST_MONTH else Unread.NO_MONTH


def _year(words: list[str]) -> int | Unread:
    if len(words) != 1 or not words[0].isdecimal():
        return Unread.NO_YEAR
    if len(words[0]) < 3:
        return Unread.SHORT_YEAR
    return int(words[0]) if len(words[0]) == 4 and int(words[0]) > 0 else Unread.NO_YEAR


def _from_words(words: list[str]) -> date | Unread:
    """A whole date that has one meaning only: the year first, or the month by its name, or a number above 12."""
    if len(words) == 1 and len(words[0]) == 8 and words[0].isdecimal():
        words = [words[0][:4], words[0][4:6], words[0][6:]] if int(words[0][:4]) >= OLDEST_YEAR else []
    if len(words) != 3:
        return Unread.UNCLEAR
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
    return _one_reading(*words)


def _one_reading(first: str, second: str, year: str) -> date | Unread:
    """Of day and month in either order, the only one that is a day."""
    readings = {_date(year, first, second), _date(year, second, first)}
    days = [reading for reading in readings if isinstance(reading, date)]
    if len(days) == 1:
        return days[0]
    return Unread.UNCLEAR if days or Unread.UNCLEAR in readings else next(iter(readings - set(days)))


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
