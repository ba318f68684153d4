"""From bytes to the parameters of a GraphQL request. Strict: JSON that only some could read is refused."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from starlette.requests import Request

from api.server.graphql_http.codes import Outcome
from api.server.graphql_http.refusals import HttpRefusal

_DEEPEST = 64


@dataclass(frozen=True)
class GraphQLRequest:
    """What a client asks to be run. Without a text, `query` is empty and the document is named by id or by hash."""

    query: str
    variables: dict[str, Any]
    operation_name: str | None
    extensions: dict[str, Any]
    document_id: str | None = None

    @property
    def persisted_hash(self) -> str | None:
        """The hash that Apollo's clients send in place of the text."""
        persisted = self.extensions.get("persistedQuery")
        found = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
        return found if isinstance(found, str) else None


async def read_body(request: Request, max_bytes: int, time_limit: float) -> bytes:
    """The whole body, at most `max_bytes`, regardless of its Content-Length. Raises `HttpRefusal` if it is larger."""
    claimed = request.headers.get("content-length", "")
    if len(claimed) > 18 or (claimed.isdecimal() and int(claimed) > max_bytes):
        raise _too_large(max_bytes)
    body = bytearray()
    try:
        async with asyncio.timeout(time_limit):
            async for chunk in request.stream():
                body += chunk
                if len(body) > max_bytes:
                    raise _too_large(max_bytes)
    except TimeoutError:
        raise HttpRefusal(Outcome.BODY_TOO_SLOW, "The body did not arrive in time.", {"Connection": "close"}) from None
    return bytes(body)


def decode(body: bytes) -> GraphQLRequest:
    """The request in a body; raises `HttpRefusal` for one that is malformed, and says why."""
    payload = read_json(body)
    if not isinstance(payload, dict):
        raise _malformed("The body must be a JSON object with a query.")
    return asked_in(payload, suspicious=_suspicious(body))


def asked_in(payload: dict[str, Any], *, suspicious: bool = True) -> GraphQLRequest:
    """The request in parsed JSON; raises `HttpRefusal`.

    Only what is not `suspicious` is spared the walk through it.
    """
    query = payload.get("query")
    document_id = payload.get("documentId")
    if document_id is not None and (not isinstance(document_id, str) or not document_id):
        raise _malformed("documentId must be a string, or left out.")
    if document_id is not None and query not in (None, ""):
        raise _malformed("Send query or documentId, not both.")
    named = document_id is not None or _names_persisted_query(payload.get("extensions"))
    if not (isinstance(query, str) and query) and not (named and query in (None, "")):
        raise _malformed("query must be a string with a GraphQL document, or documentId the id of a trusted one.")
    operation_name = payload.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise _malformed("operationName must be a string or null.")
    if suspicious:
        _check_values(payload)
    variables, extensions = _object(payload, "variables"), _object(payload, "extensions")
    return GraphQLRequest(query or "", variables, operation_name, extensions, document_id)


def _names_persisted_query(extensions: object) -> bool:
    return isinstance(extensions, dict) and isinstance(extensions.get("persistedQuery"), dict)


def read_json(body: bytes) -> Any:
    """What the bytes say, if every JSON reader would agree; raises `HttpRefusal` otherwise."""
    try:
        return json.loads(
            body.decode("utf-8"), parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_each_key_once
        )
    except (ValueError, RecursionError):
        # UnicodeDecodeError and JSONDecodeError are ValueErrors, and so is what int() raises for 5,000 digits.
        raise _malformed("The body must be JSON in UTF-8, without numbers beyond what JSON readers share.") from None


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of a key that comes twice some readers take the first value, some the last: a proxy that checks requests may
    # judge another one than we carry out.
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _malformed("The body has a key twice in one object.")
    return found


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        _no_number(text)
    return number


def _no_number(_text: str) -> NoReturn:
    raise ValueError("no finite number")


def _object(payload: dict[str, Any], name: str) -> dict[str, Any]:
    value = payload.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _malformed(f"{name} must be an object or null.")
    return value


def _suspicious(body: bytes) -> bool:
    """Whether a body could hold what `_check_values` looks for; spares honest requests the walk."""
    return b"\\u" in body or body.count(b"[") + body.count(b"{") > _DEEPEST


def _check_values(payload: dict[str, Any]) -> None:
    """Refuse text no database can store and nesting no resolver can walk, with an explicit stack."""
    waiting: list[tuple[Any, int]] = [(payload, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _DEEPEST:
            raise _malformed("The body is nested too deeply.")
        if isinstance(value, str):
            _check_text(value)
        else:
            waiting.extend((inner, depth + 1) for inner in _inside(value))


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value.keys()
        yield from value.values()
    elif isinstance(value, list):
        yield from value


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise _malformed("Text can't contain the NUL character (U+0000).")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise _malformed("Text can't contain half of a surrogate pair.")


def _malformed(message: str) -> HttpRefusal:
    return HttpRefusal(Outcome.MALFORMED, message)


def _too_large(max_bytes: int) -> HttpRefusal:
    return HttpRefusal(Outcome.BODY_TOO_LARGE, f"The body may have at most {max_bytes} bytes.")
