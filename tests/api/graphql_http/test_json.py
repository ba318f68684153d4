"""Answers are written by orjson, just as the standard library would write them."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.server.graphql_http.answers import to_json
from tests.campaign import rounds

# Floats far from everyday ones have exponents, which the two spell differently; no field of ours has such values.
_everyday = st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3))
_leaf = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | _everyday | st.text()
_value = st.recursive(_leaf, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


def standard(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


@pytest.mark.campaign
@settings(max_examples=rounds(25, 2_000))
@given(st.dictionaries(st.text(), _value))
def test_bytes_are_those_of_the_standard_library(body: dict[str, Any]) -> None:
    assert to_json(body) == standard(body)


@pytest.mark.parametrize(
    "value", ["".join(map(chr, range(0x100))), "\u2028\u2029\ufffe", "\ud83d", 2**64, -(2**63) - 1]
)
def test_control_characters_half_pairs_and_long_numbers(value: object) -> None:
    assert to_json({"value": value}) == standard({"value": value})


def test_a_class_that_json_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError):
        to_json({"value": object()})
