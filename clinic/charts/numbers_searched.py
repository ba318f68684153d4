"""Reads dates of birth and phone numbers in a search, as people type them in English and Spanish, and finds them.

A date with two meanings (3/4/1985) is looked for in both, because staff type in either order.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from clinic.charts.conditions import Value
from clinic.database.rows import in_subquery
from clinic.values.phones import reversed_digits
from clinic.values.text import search_key

# Four digits are what people read out of a number ("ending in 0123"); fewer would find too many.
_FEWEST_DIGITS = 4
# So many last digits are the same with and without a country code, in every country.
_SAME_DIGITS = 9
_MAX_TEXT = 200
_LAST_CHARACTER = "\U0010ffff"
_TEXTS = (
    ("contact", "id", "family_key"),
    ("contact", "id", "given_key"),
    ("contact_email", "contact_id", "address_normal"),
)

_MONTHS = {
    name[:3]: number
    for names in (
        "january february march april may june july august september october november december",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    )
    for number, name in enumerate(names.split(), 1)
}
_MONTHS["set"] = 9  # setiembre
_MONTH_NAMES = re.compile(
    r"(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?"
    r"|dec(ember)?|ene(ro)?|feb(rero)?|mar(zo)?|abr(il)?|mayo|junio|julio|ago(sto)?|sep(tiembre)?|set(iembre)?"
    r"|oct(ubre)?|nov(iembre)?|dic(iembre)?)"
)
_ORDINAL = r"(?:st|nd|rd|th|o|er|ro)?"
_BETWEEN = r"(?:\s*[,./-]\s*|\s+)(?:de\s+|del\s+|of\s+)?"
_NO_NUMBER_BEFORE, _NO_NUMBER_AFTER = r"(?<![\w+./-])", r"(?![./-]?\w)"
_DATES = (
    re.compile(rf"{_NO_NUMBER_BEFORE}(\d{{1,4}})\s?([./-])\s?(\d{{1,2}})\s?\2\s?(\d{{4}}|\d{{1,2}}){_NO_NUMBER_AFTER}"),
    re.compile(rf"{_NO_NUMBER_BEFORE}(\d{{1,2}})(\s)(\d{{1,2}})\s(\d{{4}}){_NO_NUMBER_AFTER}"),
)
_DAY_MONTH_YEAR = re.compile(
    rf"{_NO_NUMBER_BEFORE}(\d{{1,2}}){_ORDINAL}{_BETWEEN}([a-z]{{3,10}}){_BETWEEN}(\d{{4}}){_NO_NUMBER_AFTER}"
)
_MONTH_DAY_YEAR = re.compile(
    rf"{_NO_NUMBER_BEFORE}([a-z]{{3,10}}){_BETWEEN}(\d{{1,2}}){_ORDINAL}{_BETWEEN}(\d{{4}}){_NO_NUMBER_AFTER}"
)
_PHONE = re.compile(r"(?<!\S)\+?\(?\d[\d().\s/-]{2,}(?:\s*(?:x|ext\.?|extension|#)\s*\d+)?(?!\S)")


@dataclass(frozen=True)
class NumbersSearched:
    """What a search says in numbers, and its other words.

    `phone` is the beginning of `ContactPhone.reversed_digits`, or empty. `bare` holds the number itself when it is one
    row of digits, which may also begin an email address.
    """

    words: str
    born: tuple[date, ...] = ()
    phone: str = ""
    bare: str = ""

    @property
    def some(self) -> bool:
        return bool(self.born or self.phone)


def read_numbers(text: str) -> NumbersSearched:
    """The dates and the phone number in a search. Without either, all of the text is words."""
    if len(text) > _MAX_TEXT or not any(character.isdecimal() for character in text):
        return NumbersSearched(text)
    seen = "".join(character for character in text if unicodedata.category(character) != "Cf")
    folded = search_key(unicodedata.normalize("NFKC", seen))
    for pattern, days_of in (*((dates, _numeric) for dates in _DATES), *_NAMED):
        for found in pattern.finditer(folded):
            if days := days_of(found):
                return NumbersSearched(_without(folded, found), born=days)
    number = _PHONE.search(folded)
    if number is None or sum(map(str.isdigit, number.group())) < _FEWEST_DIGITS:
        return NumbersSearched(text)
    bare = number.group().strip()
    return NumbersSearched(
        _without(folded, number), _compact(bare), reversed_digits(bare), bare if bare.isdecimal() else ""
    )


def found_by_numbers(numbers: NumbersSearched, value: Value) -> str:
    """The condition on contact `c` (organization `$1`) that it has one of the dates of birth, or the phone number.

    `value` adds a value to the statement and returns its placeholder.
    """
    parts = []
    if numbers.born:
        days = ", ".join(value(day) for day in numbers.born)
        parts.append(f"SELECT id FROM contact WHERE organization_id = $1 AND date_of_birth IN ({days})")
    if numbers.phone:
        parts.append(_with_phone(numbers.phone, value))
    if numbers.bare:
        parts += [
            f"SELECT {key} FROM {table} WHERE organization_id = $1 "
            f"AND {column} >= {value(numbers.bare)} AND {column} < {value(numbers.bare + _LAST_CHARACTER)}"
            for table, key, column in _TEXTS
        ]
    return f"c.id {in_subquery(' UNION '.join(parts))}"


def _with_phone(digits: str, value: Value) -> str:
    """Numbers that end in the digits, and the same number written without the country code that was typed."""
    # Letters sort after digits in every collation, so "a" ends the range.
    low, high = value(digits[:_SAME_DIGITS]), value(f"{digits[:_SAME_DIGITS]}a")
    whole = f"CAST({value(digits)} AS VARCHAR(40))"
    return (
        "SELECT contact_id FROM contact_phone WHERE organization_id = $1 "
        f"AND reversed_digits >= {low} AND reversed_digits < {high} "
        f"AND (substr(reversed_digits, 1, length({whole})) = {whole} "
        f"OR substr({whole}, 1, length(reversed_digits)) = reversed_digits)"
    )


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}".strip(" ,;")


def _numeric(found: re.Match[str]) -> tuple[date, ...]:
    first, _, second, third = found.groups()
    if len(first) == 4:
        return _days([(first, second, third)])
    if len(third) == 1:
        return ()
    years = [third] if len(third) == 4 else [f"19{third}", f"20{third}"]
    return _days([(year, *order) for year in years for order in ((first, second), (second, first))])


def _day_first(found: re.Match[str]) -> tuple[date, ...]:
    day, month, year = found.groups()
    return _days([(year, _month(month), day)])


def _month_first(found: re.Match[str]) -> tuple[date, ...]:
    month, day, year = found.groups()
    return _days([(year, _month(month), day)])


_NAMED = ((_DAY_MONTH_YEAR, _day_first), (_MONTH_DAY_YEAR, _month_first))


def _month(name: str) -> str:
    return str(_MONTHS[name[:3]]) if _MONTH_NAMES.fullmatch(name) else "0"


def _compact(number: str) -> tuple[date, ...]:
    """The dates that eight digits without separators can be: 19850304, 03041985."""
    if len(number) != 8 or not number.isdecimal():
        return ()
    first, second, year = number[:2], number[2:4], number[4:]
    return _days([(number[:4], number[4:6], number[6:]), (year, first, second), (year, second, first)])


def _days(candidates: list[tuple[str, str, str]]) -> tuple[date, ...]:
    return tuple(sorted(set(_possible(candidates))))


def _possible(candidates: list[tuple[str, str, str]]) -> Iterator[date]:
    for year, month, day in candidates:
        if int(year) < 1800:
            continue
        try:
            yield date(int(year), int(month), int(day))
        except ValueError:
            continue
