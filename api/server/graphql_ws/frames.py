"""From a frame's text to a message of the protocol. Any other text closes the socket (4400)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from api.server.errors import BadUserInput
from api.server.graphql_http.body import GraphQLRequest, asked_in, read_json
from api.server.graphql_ws.closing import CloseCode, MustClose

_LONGEST_ID = 128


class Kind(StrEnum):
    """What a client may say."""

    INIT = "connection_init"
    PING = "ping"
    PONG = "pong"
    SUBSCRIBE = "subscribe"
    COMPLETE = "complete"


_KINDS = {kind.value for kind in Kind}


@dataclass(frozen=True)
class Frame:
    """One message. `id` names the operation, and `asked` is what a subscribe message wants run."""

    kind: Kind
    id: str = ""
    payload: Mapping[str, Any] | None = None
    asked: GraphQLRequest | None = None


def read_frame(text: str) -> Frame:
    """The message in a frame; raises `MustClose` for one that is malformed."""
    try:
        message = read_json(text.encode("utf-8"))
    except (BadUserInput, UnicodeEncodeError):
        raise _malformed("A message must be JSON.") from None
    if not isinstance(message, dict):
        raise _malformed("A message must be a JSON object.")
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise _malformed("A message needs a type of graphql-transport-ws.")
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise _malformed("payload must be an object or left out.")
    if kind not in (Kind.SUBSCRIBE, Kind.COMPLETE):
        return Frame(Kind(kind), payload=payload)
    name = message.get("id")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_ID:
        raise _malformed("id must be a text of 1 to 128 characters.")
    if kind == Kind.COMPLETE:
        return Frame(Kind.COMPLETE, name)
    if payload is None:
        raise _malformed("subscribe needs a payload with a query.")
    try:
        return Frame(Kind.SUBSCRIBE, name, asked=asked_in(payload))
    except BadUserInput:
        raise _malformed("The payload of subscribe is not a GraphQL request.") from None


def _malformed(reason: str) -> MustClose:
    return MustClose(CloseCode.MALFORMED, reason)
