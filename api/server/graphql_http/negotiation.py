"""Which media type an answer has, by the Accept header, and whether a body is JSON in UTF-8, by the Content-Type."""

import re
from functools import lru_cache

from starlette.datastructures import Headers

from api.server.graphql_http.codes import MediaType, Outcome
from api.server.graphql_http.refusals import HttpRefusal

# Longer headers are not from a client of ours; reading them costs time that grows with their length.
_LONGEST_HEADER = 1_000

_RANGES = frozenset({*(media_type.value for media_type in MediaType), "application/*", "*/*"})
_QVALUE = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


def media_type_for(headers: Headers) -> MediaType | None:
    """The type the client likes best, or None if it accepts neither. Event streams are not on offer, so not chosen."""
    accept = ",".join(headers.getlist("accept")).strip()
    if not accept:
        return MediaType.JSON
    return _best(accept) if len(accept) <= _LONGEST_HEADER else None


def require_json(headers: Headers) -> None:
    """Raise unless the body says it is plain JSON in UTF-8."""
    types = headers.getlist("content-type")
    if len(types) != 1 or len(types[0]) > _LONGEST_HEADER or not _is_json(types[0]):
        raise HttpRefusal(Outcome.UNSUPPORTED_BODY, "Send the body as Content-Type: application/json, in UTF-8.")
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise HttpRefusal(Outcome.UNSUPPORTED_BODY, "Send the body without a Content-Encoding.")


@lru_cache(maxsize=64)
def _best(accept: str) -> MediaType | None:
    weights: dict[str, float] = {}
    for item in accept.split(","):
        name, parameters = _split(item)
        weight = parameters.pop("q", "1")
        if name in _RANGES and _QVALUE.fullmatch(weight) and _charset_fits(parameters):
            weights[name] = max(float(weight), weights.get(name, 0.0))
    # A type that was named goes before one that only a wildcard covers; of two named ones ours is the newer, and of
    # two unnamed ones the older.
    best_weight, _, _, best = max(_rank(media_type, weights) for media_type in MediaType)
    return MediaType(best) if best_weight > 0 else None


def _rank(media_type: MediaType, weights: dict[str, float]) -> tuple[float, bool, bool, str]:
    # The most exact range that covers a type decides its weight (RFC 9110 §12.5.1).
    named = media_type.value in weights
    ranges = (media_type.value, "application/*", "*/*")
    weight = next((weights[name] for name in ranges if name in weights), 0.0)
    return weight, named, (media_type is MediaType.GRAPHQL) == named, media_type.value


@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    name, parameters = _split(content_type)
    return name == MediaType.JSON.value and _charset_fits(parameters)


def _charset_fits(parameters: dict[str, str]) -> bool:
    return parameters.get("charset", "utf-8").lower() in {"utf-8", "utf8"}


def _split(item: str) -> tuple[str, dict[str, str]]:
    name, *parts = item.split(";")
    parameters: dict[str, str] = {}
    for part in parts:
        key, _, value = part.partition("=")
        parameters[key.strip().lower()] = value.strip().strip('"')
    return name.strip().lower(), parameters
