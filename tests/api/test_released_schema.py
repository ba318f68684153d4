"""Clients of the last release go on working, or the changelog names what breaks for them (docs/clients.md)."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from graphql import BreakingChange, GraphQLSchema, Visitor, build_schema, find_breaking_changes, parse, visit

from tests.release import newest_release

ROOT = Path(__file__).parents[2]
RELEASED = Path(__file__).with_name("released.graphql").read_text(encoding="utf-8")
SCHEMA = (ROOT / "schema.graphql").read_text(encoding="utf-8")
# What a change is about, in the words of graphql-core: a field or argument, a member of a type, or the type itself.
_PLACES = (re.compile(r"\b([A-Z]\w*\.\w+)"), re.compile(r"\btype ([A-Z]\w*)"), re.compile(r"\A([A-Z]\w*)"))


def breaking_section() -> str:
    """What the changelog says of breaks since the last release."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    [unreleased] = re.findall(r"^## Unreleased\n(.*?)^## ", changelog, re.MULTILINE | re.DOTALL)
    found = re.search(r"^### Breaking for clients\n(.*?)(?=^### |\Z)", unreleased, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def unnamed(released: GraphQLSchema, now: GraphQLSchema, said: str) -> Iterator[str]:
    """The breaks that the changelog does not name: by `Type.field`, or by the type where all of it is gone."""
    for change in find_breaking_changes(released, now):
        place = place_of(change)
        if f"`{place}`" not in said:
            yield f"{place}: {change.description}"


def place_of(change: BreakingChange) -> str:
    found = next(found for place in _PLACES if (found := place.search(change.description)))
    return found[1]


def test_released_schema_is_that_of_the_last_release() -> None:
    assert RELEASED.partition("\n")[0].startswith(f"# The schema of release {newest_release()[0]}.")


def test_what_breaks_for_clients_is_named_in_the_changelog() -> None:
    assert list(unnamed(build_schema(RELEASED), build_schema(SCHEMA), breaking_section())) == []


BEFORE = """enum State { OPEN CLOSED } type Contact { pin: String name: String! }
type Query { contact(id: ID!): Contact state: State }"""


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ("pin: String ", "", "Contact.pin"),
        (" CLOSED", "", "State.CLOSED"),
        ("contact(id: ID!)", "contact(id: ID!, day: Int!)", "Query.contact"),
        ("name: String!", "name: String", "Contact.name"),
    ],
)
def test_a_break_that_nobody_names_is_found(before: str, after: str, place: str) -> None:
    released, now = build_schema(BEFORE), build_schema(BEFORE.replace(before, after))
    assert [one.partition(":")[0] for one in unnamed(released, now, "`Contact`")] == [place]
    assert list(unnamed(released, now, f"`{place}`")) == []


def test_what_is_deprecated_says_since_when_and_what_to_use() -> None:
    reasons: list[str] = []

    class Deprecations(Visitor):
        def enter_directive(self, node: Any, *_: Any) -> None:
            if node.name.value == "deprecated":
                reasons.extend(argument.value.value for argument in node.arguments)

    visit(parse(SCHEMA), Deprecations())
    assert reasons
    for reason in reasons:
        day, colon, instead = reason.partition(": ")
        assert date.fromisoformat(day) > date(2026, 1, 1)
        assert colon
        assert len(instead) > 10
