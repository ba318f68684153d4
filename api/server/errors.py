"""What a GraphQL error may say. Every error has a code; an unexpected one says nothing else but a correlation id."""

import re
import secrets
import traceback
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

import structlog
from graphql import GraphQLError

_log = structlog.get_logger("api.graphql")

# graphql-core offers names that resemble a mistyped one, and so tells which exist.
_SUGGESTION = re.compile(r" Did you mean [^?]*\?")
# It also repeats a whole input for one bad field in it, password and all; clients write messages to their logs.
_ECHO = re.compile(r"(?:[,;]|\.(?= F)) [Ff]ound: .*", re.DOTALL)

# How graphql-core begins what it says about a bad argument it only noticed while executing. Its other errors at
# that stage are about our own values, and quote them.
_ARGUMENT = "Argument '"


class Code(StrEnum):
    """All codes a client can meet in `extensions.code`."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    TOO_COMPLEX = "TOO_COMPLEX"
    RATE_LIMITED = "RATE_LIMITED"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"
    # Apollo's name: its clients fall back to sending the whole query when they read it.
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    UNTRUSTED_DOCUMENT = "UNTRUSTED_DOCUMENT"


class CodedError(GraphQLError):
    """A refusal meant for the client: the message is shown as it is, beside the code and any details."""

    def __init__(self, code: Code, message: str, **details: Any) -> None:
        super().__init__(message, extensions={"code": code.value, **details})
        self.code = code


class Unauthenticated(CodedError):
    """No token, or one that is malformed, unknown, expired or revoked; which of these is not said."""

    def __init__(self) -> None:
        super().__init__(Code.UNAUTHENTICATED, "Sign in, and send the access token as a bearer token.")


class BadUserInput(CodedError):
    """The request can't be understood or carried out as it stands. `argument` is the one at fault, in camelCase."""

    def __init__(self, message: str, argument: str | None = None) -> None:
        super().__init__(Code.BAD_USER_INPUT, message, **({} if argument is None else {"argument": argument}))


class TooComplex(CodedError):
    """The operation asks for more than one request may."""

    def __init__(self, message: str) -> None:
        super().__init__(Code.TOO_COMPLEX, message)


class Unavailable(CodedError):
    """What the request needs is away for a while: the same request may succeed later."""

    def __init__(self, message: str, retry_after_seconds: int, **details: Any) -> None:
        super().__init__(Code.UNAVAILABLE, message, retryAfterSeconds=retry_after_seconds, **details)


class TookTooLong(Unavailable):
    """The operation was ended at its time limit. Nobody knows what of it was committed."""

    def __init__(self, retry_after_seconds: int, correlation_id: str) -> None:
        super().__init__(
            "This took longer than a request may, and was ended. It may have been done all the same: send the same "
            "request again, with the same idempotencyKey if it has one.",
            retry_after_seconds,
            correlationId=correlation_id,
        )


class PersistedQueryNotSupported(CodedError):
    """The hash of a query came without the query. Apollo's clients know message and code, and send the query next."""

    def __init__(self) -> None:
        super().__init__(Code.PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported")


class UntrustedDocument(CodedError):
    """The document is none of the trusted ones, and nothing else is answered, or its id is unknown."""

    def __init__(self, message: str) -> None:
        super().__init__(Code.UNTRUSTED_DOCUMENT, message)


# Makes the client's error of an exception that the schema's own code raises on purpose; None for any other.
RefusalOf = Callable[[BaseException], CodedError | None]


# Told of each error that has no code yet: what was raised, in which field, and the request's context.
OnError = Callable[[BaseException, str | None, object], None]


def tell_nobody(_error: BaseException, _field: str | None, _context: object) -> None:
    """For a schema whose errors nobody counts."""


def no_refusals(_error: BaseException) -> CodedError | None:
    """For a schema whose code raises nothing but `CodedError` on purpose."""
    return None


def code_errors(
    errors: Iterable[GraphQLError],
    refusal_of: RefusalOf = no_refusals,
    on_error: OnError = tell_nobody,
    context: object = None,
) -> None:
    """Give each error its code, in place; doing it twice is harmless. Unexpected ones are logged and masked.

    What is away for a while makes one log line for all errors.
    """
    away: BaseException | None = None
    for error in errors:
        if "code" not in (error.extensions or {}):
            cause = _cause(error)
            on_error(cause, _field(error), context)
            _code(error, refusal_of)
            if (error.extensions or {}).get("code") == Code.UNAVAILABLE:
                away = away or cause
    if away is not None:
        log_unavailable(away)


def log_unavailable(exception: BaseException, event: str = "graphql.unavailable") -> None:
    """One line without a traceback: in an outage every request would write one."""
    _log.warning(event, exception=_kinds(exception))


def unexpected(exception: BaseException, event: str = "graphql.unexpected", **facts: object) -> CodedError:
    """Log what happened, and answer an error that only carries its id."""
    return CodedError(
        Code.INTERNAL,
        "Something went wrong on our side. It has been noted; quote the correlationId if you ask about it.",
        correlationId=noted(exception, event, **facts),
    )


def noted(exception: BaseException, event: str, **facts: object) -> str:
    """Log what happened, without a word of the request or the message. Returns the id that finds the log line."""
    correlation_id = secrets.token_hex(8)
    _log.error(
        event,
        correlation_id=correlation_id,
        exception=_kinds(exception),
        # Only code, no values: format_tb() leaves out the message, which may quote a row or an input.
        traceback="".join(traceback.format_tb(exception.__traceback__)),
        **facts,
    )
    return correlation_id


def _code(error: GraphQLError, refusal_of: RefusalOf) -> None:
    cause = _cause(error)
    refusal = refusal_of(cause)
    if refusal is not None:
        _become(error, refusal)
    elif _is_the_clients(error, cause):
        _become(error, BadUserInput(_ECHO.sub(".", _SUGGESTION.sub("", error.message))))
    else:
        _become(error, unexpected(cause, field=_field(error)))


def _cause(error: GraphQLError) -> Exception:
    """What was raised in the first place, under the layers graphql-core wraps around it."""
    cause: Exception = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def _is_the_clients(error: GraphQLError, cause: Exception) -> bool:
    if error.path is not None:
        return isinstance(cause, GraphQLError) and error.message.startswith(_ARGUMENT)
    # Syntax, validation and coercion point into the document, also when a scalar refused with an exception of its own.
    return isinstance(cause, GraphQLError) or bool(error.nodes)


def _become(error: GraphQLError, coded: CodedError) -> None:
    error.message = coded.message
    error.extensions = coded.extensions


def _field(error: GraphQLError) -> str | None:
    """The schema's name of the field that failed; the path would show aliases, which are the client's words."""
    name = getattr(error.nodes[0], "name", None) if error.nodes else None
    return getattr(name, "value", None)


def _kinds(exception: BaseException) -> str:
    """The types of the exception and of those it came from, newest first."""
    kinds: list[str] = []
    at: BaseException | None = exception
    while at is not None and len(kinds) < 10:
        kinds.append(f"{type(at).__module__}.{type(at).__qualname__}")
        at = at.__cause__ or at.__context__
    return " < ".join(kinds)
