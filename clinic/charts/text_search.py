"""The SQL of a search by words, which stops when a page is full however many people have the words in common.

The first word begins a name or an address. Each later word may also begin a later word of a name, as in "de la cruz".
Contacts whose sort key begins with the first word stand together in the order of lists, so they are read in that order.
The others, found by given name or address, are collected if they are few. If they are many, they are met soon by
walking through the list in its order, and each contact is tested by itself.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from clinic.charts.conditions import Value, Where
from clinic.database.rows import fetch, in_subquery, on_postgres
from clinic.values.text import SearchWord

# So many contacts are collected and sorted faster than a page of them is met by walking through the list.
FEW = 4_000
# The same on PostgreSQL where further words must be fulfilled: it reads the whole row of each contact that it walks by.
FEW_FOR_SEVERAL_WORDS = 20_000

_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True)
class Frequency:
    """How many names or addresses begin with each word, counted up to a limit.

    `given` is about the first word only. `addresses` is about each word.
    """

    given: int
    addresses: tuple[int, ...]

    @property
    def first_is_rare(self) -> bool:
        """Whether the contacts with the first word in the given name or an address can be collected."""
        return self.given + self.addresses[0] <= _collected(len(self.addresses))


def _collected(words: int) -> int:
    return FEW_FOR_SEVERAL_WORDS if words > 1 and on_postgres() else FEW


async def frequency_of(organization_id: UUID, words: Sequence[SearchWord]) -> Frequency:
    """Count by index, and never further than matters. One statement."""
    where, most = Where(organization_id), _collected(len(words)) + 1
    counts = [_count("contact", "given_key", words[0].name, most, where.value)]
    counts += [_count("contact_email", "address_normal", word.address, most, where.value) for word in words]
    columns = ", ".join(f"({count}) AS number_{place}" for place, count in enumerate(counts))
    [row] = await fetch(f"SELECT {columns}", *where.values)
    given, *addresses = [int(row[f"number_{place}"]) for place in range(len(counts))]
    return Frequency(given, tuple(addresses))


def _count(table: str, column: str, beginning: str, most: int, value: Value) -> str:
    # The order says which index to use. Else PostgreSQL may read the table, other practices' rows with it.
    return (
        f"SELECT count(*) FROM (SELECT 1 FROM {table} t WHERE t.organization_id = $1 "
        f"AND {_begins(f't.{column}', beginning, value)} ORDER BY t.organization_id, t.{column} LIMIT {most}) counted"
    )


@dataclass(frozen=True)
class Ways:
    """Conditions about contact `c` (organization `$1`): one of `ways` and all of `besides` must hold."""

    ways: tuple[str, ...]
    besides: tuple[str, ...]


def ways_to_find(words: Sequence[SearchWord], frequency: Frequency, value: Value, *, for_a_page: bool = True) -> Ways:
    """Conditions of which each way is read by index. Who wants all of them, and not a page, collects them."""
    first, *later = words
    besides = tuple(
        _fulfils(word, number, value, later=True) for word, number in zip(later, frequency.addresses[1:], strict=True)
    )
    if not for_a_page:
        return Ways((f"c.id {in_subquery(_collect(first, value, by_family_too=True))}",), besides)
    in_order = _begins("c.sort_key", first.name, value)
    if frequency.first_is_rare:
        other = f"c.id {in_subquery(_collect(first, value))}"
    else:
        other = _fulfils(first, frequency.addresses[0], value, later=False)
    return Ways((in_order, other), besides)


def conditions_of_each(words: Sequence[SearchWord], frequency: Frequency, value: Value) -> list[str]:
    """The same as conditions that test one contact after another, for lists in an order of their own."""
    return [
        _fulfils(word, number, value, later=place > 0)
        for place, (word, number) in enumerate(zip(words, frequency.addresses, strict=True))
    ]


def _collect(word: SearchWord, value: Value, *, by_family_too: bool = False) -> str:
    names = ("given_key", "family_key") if by_family_too else ("given_key",)
    parts = [
        *(f"SELECT id FROM contact WHERE organization_id = $1 AND {_begins(n, word.name, value)}" for n in names),
        f"SELECT contact_id FROM contact_email WHERE organization_id = $1 AND {_address(word, value)}",
    ]
    if word.whole_address:
        whole = f"address_normal = {value(word.whole_address)}"
        parts.append(f"SELECT contact_id FROM contact_email WHERE organization_id = $1 AND {whole}")
    return " UNION ".join(parts)


def _fulfils(word: SearchWord, addresses: int, value: Value, *, later: bool) -> str:
    # The sort key is the family name, a tab and the given name, or the given name alone. An index has it and the id, so
    # that most rows are passed over without being read.
    escaped = re.sub(r"([!%_])", r"!\1", word.name)
    before = ["\t", " "] if later else ["\t"]
    parts = [
        _begins("c.sort_key", word.name, value),
        *(f"c.sort_key LIKE {value('%' + mark + escaped + '%')} ESCAPE '!'" for mark in before),
    ]
    parts.append(_has_address(word, addresses, value))
    return f"({' OR '.join(f'({part})' for part in parts)})"


def _has_address(word: SearchWord, addresses: int, value: Value) -> str:
    """Whether the contact has such an address: by one look into a small set, or by index for each contact."""
    address = _address(word, value)
    if word.whole_address:
        address = f"({address} OR address_normal = {value(word.whole_address)})"
    if addresses <= FEW:
        return f"c.id IN (SELECT contact_id FROM contact_email WHERE organization_id = $1 AND {address})"
    # With a plain EXISTS, PostgreSQL may read all addresses first.
    return (
        f"(SELECT 1 FROM contact_email e WHERE e.contact_id = c.id AND e.organization_id = $1 AND {address} LIMIT 1) "
        "IS NOT NULL"
    )


def _address(word: SearchWord, value: Value) -> str:
    return _begins("address_normal", word.address, value)


def _begins(column: str, beginning: str, value: Value) -> str:
    return f"{column} >= {value(beginning)} AND {column} < {value(beginning + _LAST_CHARACTER)}"
