"""What all mutations do with their input: ids to keys, idempotency keys, and fields left out."""

import hashlib
import json
from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

import strawberry

from api.server.relay import NotAnId, decode_id
from clinic.values.errors import InvalidInput
from clinic.values.limits import LONGEST_REQUEST_KEY
from clinic.values.ports import Secrets
from clinic.values.problems import Problem
from clinic.values.text import trimmed
from clinic.work.idempotency import IdempotencyKey

T = TypeVar("T")

IDEMPOTENCY = (
    f"Any text of up to {LONGEST_REQUEST_KEY} characters, new for each thing you mean to do. "
    "The same key again within 24 hours answers "
    "what the first call made, and does nothing again."
)
_NEVER_GIVEN_OUT = UUID(int=0)


def decode_id_or_none(value: str | None, type_name: str) -> UUID | None:
    """The key in a global id; None for anything else, which the core answers like an id never given out."""
    if value is None:
        return None
    try:
        return decode_id(trimmed(value), type_name)
    except NotAnId:
        return None


def key_given(value: str | None, type_name: str) -> UUID | None:
    """As `decode_id_or_none`, where leaving it out means something: what is no id is one that was never given out."""
    return None if value is None else decode_id_or_none(value, type_name) or _NEVER_GIVEN_OUT


def keys_given(values: Iterable[str], type_name: str) -> list[UUID]:
    """The keys of several ids; each that is no id becomes one that was never given out."""
    return [decode_id_or_none(value, type_name) or _NEVER_GIVEN_OUT for value in values]


def request_key(mutation: str, given: Any, secrets: Secrets | None = None) -> IdempotencyKey | None:
    """The idempotency key of an input, bound to everything else in it. Raises `InvalidInput` for an unusable one.

    An input with a password needs `secrets`: what is stored to tell two bodies apart must be no help in guessing it.
    """
    key = given.idempotency_key
    if key is None or key is strawberry.UNSET:
        return None
    if not 0 < len(key) <= LONGEST_REQUEST_KEY or not key.isprintable():
        raise InvalidInput.one("idempotencyKey", Problem.KEY_UNUSABLE, longest=LONGEST_REQUEST_KEY)
    body = {name: value for name, value in vars(given).items() if name not in ("idempotency_key", "password")}
    if secrets is not None and given.password is not None:
        body["password"] = secrets.fingerprint("idempotent_password", given.password)
    digest = hashlib.sha256(json.dumps(body, default=str, sort_keys=True).encode("utf-8", "surrogatepass"))
    return IdempotencyKey(mutation, key, digest.hexdigest())


def given_or_none(value: T | None) -> T | None:
    """None for a field that was left out, as for null."""
    return None if value is strawberry.UNSET else value
