"""Global ids, pages and cursors."""

import json
from base64 import b64encode, urlsafe_b64encode
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from api.server.errors import BadUserInput
from api.server.relay import Cursors, NotAnId, PageAsked, SortKey, decode_id, encode_id, page_asked, split_id
from tests.api.graphql_http.toy import PAGE_SIZES, PERSON_CURSORS, Toy, codes

KEY = UUID("0b5f5b0a-3c35-4d0e-9a55-6d1f0a8f6f01")


def test_id_is_plain_base64_of_type_and_key() -> None:
    value = encode_id("Contact", KEY)
    assert value == b64encode(f"Contact:{KEY}".encode()).decode()
    assert decode_id(value, "Contact") == KEY
    assert split_id(value, "Facility", "Contact") == ("Contact", KEY)


@pytest.mark.parametrize("around", ["\n", " \u00a0", "\u200b", "\ufeff", "\u202a"])
def test_what_is_pasted_around_an_id_does_not_count(around: str) -> None:
    assert decode_id(f"{around}{encode_id('Contact', KEY)}{around}", "Contact") == KEY


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        str(KEY),
        "☃",
        "\ud800",
        encode_id("Facility", KEY),
        encode_id("Contact", KEY).rstrip("="),
        encode_id("Contact", KEY)[:8] + "\u200b" + encode_id("Contact", KEY)[8:],
        b64encode(b"Contact:1").decode(),
        b64encode(f"Contact:{KEY.hex}".encode()).decode(),
        b64encode(f"Contact:{str(KEY).upper()}".encode()).decode(),
        b64encode(f"Contact:{{{KEY}}}".encode()).decode(),
        b64encode(f"contact:{KEY}".encode()).decode(),
        b64encode(b"\xff\xfe").decode(),
        "A" * 100_000,
    ],
)
def test_anything_else_is_not_an_id_and_the_argument_is_named(value: str) -> None:
    with pytest.raises(NotAnId) as caught:
        decode_id(value, "Contact", argument="contactId")
    assert caught.value.extensions == {"code": "BAD_USER_INPUT", "argument": "contactId"}
    assert caught.value.message == "This is not the id of a Contact."


CURSORS = Cursors("appointments", (datetime, str, date, int, UUID))
AT = datetime(2026, 11, 23, 6, 30, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    "key",
    [
        (AT, "Nóvak", date(2026, 1, 2), 7, KEY),
        (AT.astimezone(timezone(timedelta(hours=-8))), "", date.min, -(2**63) + 1, KEY),
        (None, None, None, None, KEY),
        (AT, '"]\\', date.max, 0, KEY),
    ],
)
def test_cursor_carries_the_sort_key_and_its_types(key: SortKey) -> None:
    cursor = CURSORS.encode(key)
    assert CURSORS.decode(cursor, "after") == key
    assert [type(part) for part in CURSORS.decode(cursor, "after")] == [type(part) for part in key]
    assert cursor.replace("-", "").replace("_", "").isalnum()


def forged(*parts: object) -> str:
    text = json.dumps(list(parts), separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


GOOD: list[Any] = ["appointments", AT.isoformat(), "a", "2026-01-02", 7, str(KEY)]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "☃",
        "\ud800",
        "A" * 3_000,
        urlsafe_b64encode(b"[" * 1_000).decode(),
        urlsafe_b64encode(b"\xff").decode(),
        CURSORS.encode((AT, "a", date.min, 7, KEY)) + "=",
        Cursors("people", CURSORS.types).encode((AT, "a", date.min, 7, KEY)),
        forged(*GOOD[:-1]),
        forged(*GOOD, 1),
        forged(*GOOD[1:], "appointments"),
        forged(GOOD[0], "2026-11-23T06:30:00", *GOOD[2:]),
        forged(GOOD[0], 5, *GOOD[2:]),
        forged(*GOOD[:2], {"$ne": 1}, *GOOD[3:]),
        forged(*GOOD[:2], "a\x00", *GOOD[3:]),
        forged(*GOOD[:2], "\ud800", *GOOD[3:]),
        forged(*GOOD[:3], "2026-13-01", *GOOD[4:]),
        forged(*GOOD[:4], True, GOOD[5]),
        forged(*GOOD[:4], 2**63, GOOD[5]),
        forged(*GOOD[:4], 7.5, GOOD[5]),
        forged(*GOOD[:4], "7", GOOD[5]),
        forged(*GOOD[:5], "not a uuid"),
        forged(*GOOD[:5], KEY.hex),
        urlsafe_b64encode(json.dumps(GOOD).encode()).decode().rstrip("="),
    ],
)
def test_forged_and_foreign_cursors_are_refused_and_the_argument_is_named(cursor: str) -> None:
    assert CURSORS.decode(forged(*GOOD), "after")
    with pytest.raises(BadUserInput) as caught:
        CURSORS.decode(cursor, "before")
    assert caught.value.extensions == {"code": "BAD_USER_INPUT", "argument": "before"}


def test_page_arguments_say_which_page_is_asked_for() -> None:
    after, before = PERSON_CURSORS.encode(("a", KEY)), PERSON_CURSORS.encode(("z", KEY))
    assert page_asked(PERSON_CURSORS, PAGE_SIZES, None, None, None, None) == PageAsked(20, None, None, False)
    assert page_asked(PERSON_CURSORS, PAGE_SIZES, 100, after, None, None) == PageAsked(100, ("a", KEY), None, False)
    wanted = page_asked(PERSON_CURSORS, PAGE_SIZES, None, after, 1, before)
    assert wanted == PageAsked(1, ("a", KEY), ("z", KEY), True)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ("first:0", "first"),
        ("first:-1", "first"),
        ("first:101", "first"),
        ("last:0", "last"),
        ("last:101", "last"),
        ("first:1,last:1", "last"),
        ('after:"x"', "after"),
        ('before:""', "before"),
    ],
)
async def test_page_argument_that_can_not_be_used_is_named(toy: Toy, arguments: str, named: str) -> None:
    response = await toy.ask(f"{{people({arguments}){{totalCount}}}}")
    assert codes(response) == ["BAD_USER_INPUT"]
    assert response.json()["errors"][0]["extensions"]["argument"] == named


PAGE = "{nodes{name} edges{cursor} pageInfo{hasNextPage hasPreviousPage startCursor endCursor}}"


@pytest.mark.parametrize(
    ("size", "go_on", "cursor", "more"),
    [
        ("first", "after", "endCursor", "hasNextPage"),
        ("last", "before", "startCursor", "hasPreviousPage"),
    ],
)
async def test_walking_a_list_in_either_direction_meets_every_row_once(
    toy: Toy, size: str, go_on: str, cursor: str, more: str
) -> None:
    names: list[str] = []
    at: str | None = None
    for _ in range(10):
        response = await toy.ask(f"query($at:String){{people({size}:7,{go_on}:$at){PAGE}}}", {"at": at})
        page = response.json()["data"]["people"]
        found = [node["name"] for node in page["nodes"]]
        names = names + found if size == "first" else found + names
        assert page["edges"][0]["cursor"] == page["pageInfo"]["startCursor"]
        assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]
        at = page["pageInfo"][cursor]
        if not page["pageInfo"][more]:
            break
    assert names == [f"person {number:02}" for number in range(30)]


async def test_list_is_counted_only_when_asked(toy: Toy) -> None:
    await toy.ask("{people{nodes{id} edges{node{id}} pageInfo{hasNextPage}}}")
    await toy.ask("{people{totalCount}}")
    assert [context.counted for context in toy.contexts] == [0, 1]


async def test_types_are_named_as_the_contract_says(toy: Toy) -> None:
    text = toy.schema.as_str()
    for line in (
        "type PersonConnection {",
        "type PersonEdge {",
        "type Person implements Node {",
        "  nodes: [Person!]!",
        "  edges: [PersonEdge!]!",
        "  pageInfo: PageInfo!",
        "  totalCount: Int!",
        "interface Node {",
    ):
        assert f"{line}\n" in text


async def test_empty_page_has_no_cursors(toy: Toy) -> None:
    last = PERSON_CURSORS.encode(("zzz", KEY))
    response = await toy.ask(f'{{people(after:"{last}"){PAGE}}}')
    assert response.json()["data"]["people"] == {
        "nodes": [],
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": True, "startCursor": None, "endCursor": None},
    }


async def test_ids_in_arguments_are_refused_by_name(toy: Toy) -> None:
    good, bad = encode_id("Person", KEY), encode_id("Facility", KEY)
    assert (await toy.ask(f'{{nodes(ids:["{good}"]){{id}}}}')).json()["data"] == {"nodes": [{"id": good}]}
    response = await toy.ask(f'{{nodes(ids:["{good}","{bad}"]){{id}}}}')
    assert codes(response) == ["BAD_USER_INPUT"]
    assert response.json()["errors"][0]["extensions"]["argument"] == "ids"
