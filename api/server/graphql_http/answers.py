"""How an answer is put: status, headers, and which of `data`, `errors` and `extensions` it has."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.responses import Response
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError

from api.server.errors import Code, code_errors
from api.server.graphql_http.codes import MediaType, Outcome, status_of
from api.server.graphql_http.refusals import HttpRefusal

_HEADERS = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Language", "X-Content-Type-Options": "nosniff"}
_to_json = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def is_refusal(result: ExecutionResult) -> bool:
    """Whether nothing was run: such an answer has no `data` at all."""
    if isinstance(result, PreExecutionError):
        return True
    # Variables are only coerced within graphql-core's execute(), which then answers errors without a path.
    failures = (Code.INTERNAL, Code.UNAVAILABLE)
    return result.data is None and all(e.path is None and _code(e) not in failures for e in result.errors or ())


def answered(result: ExecutionResult, media_type: MediaType) -> Response:
    """The answer to an operation, whether it was run or refused."""
    errors = result.errors or []
    refused = is_refusal(result)
    body: dict[str, Any] = {"errors": [error.formatted for error in errors]} if errors else {}
    if not refused:
        body["data"] = result.data
    if result.extensions:
        body["extensions"] = result.extensions
    return _answer(body, _outcome(result, errors, refused), media_type, _retry_after(errors))


def _outcome(result: ExecutionResult, errors: Sequence[GraphQLError], refused: bool) -> Outcome:
    codes = {_code(error) for error in errors}
    if Code.UNAVAILABLE in codes and not any(value is not None for value in (result.data or {}).values()):
        return Outcome.UNAVAILABLE
    if result.data is not None:
        return Outcome.PARTIAL if errors else Outcome.DONE
    if Code.UNAUTHENTICATED in codes:
        return Outcome.UNAUTHENTICATED
    if Code.RATE_LIMITED in codes:
        return Outcome.RATE_LIMITED
    if Code.PERSISTED_QUERY_NOT_SUPPORTED in codes:
        return Outcome.PERSISTED_QUERY
    return Outcome.REFUSED if refused else Outcome.NO_DATA


def refused_with(error: GraphQLError, media_type: MediaType) -> Response:
    """The answer to a request that never came to be run."""
    if isinstance(error, HttpRefusal):
        return _answer({"errors": [error.formatted]}, error.outcome, media_type, error.headers)
    code_errors([error])
    return answered(PreExecutionError(data=None, errors=[error]), media_type)


def broken(error: GraphQLError, media_type: MediaType) -> Response:
    """The answer where something outside the operation failed."""
    return _answer({"errors": [error.formatted]}, Outcome.BROKEN, media_type)


def _code(error: GraphQLError) -> object:
    return (error.extensions or {}).get("code")


def _retry_after(errors: Sequence[GraphQLError]) -> dict[str, str]:
    waits = [seconds for error in errors if (seconds := (error.extensions or {}).get("retryAfterSeconds")) is not None]
    return {"Retry-After": str(max(waits))} if waits else {}


def _answer(
    body: Mapping[str, Any], outcome: Outcome, media_type: MediaType, headers: Mapping[str, str] | None = None
) -> Response:
    all_headers = {**_HEADERS, "Content-Type": media_type.content_type, **(headers or {})}
    if outcome is Outcome.UNAUTHENTICATED:
        all_headers["WWW-Authenticate"] = "Bearer"
    return Response(to_json(body), status_of(outcome, media_type), all_headers)


def to_json(body: Mapping[str, Any]) -> bytes:
    """The body in UTF-8. What orjson refuses, such as a number beyond 64 bits, is written by the slower encoder."""
    try:
        return orjson.dumps(body, option=orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME)
    except TypeError:
        # Half a surrogate pair can't be written in UTF-8; a value that held one must not cost the whole answer.
        return _to_json(body).encode("utf-8", "replace")
