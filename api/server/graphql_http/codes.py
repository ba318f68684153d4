"""Which HTTP status each outcome has, and in which media type. The only place that knows.

The draft of the GraphQL over HTTP specification has since April 2026 asked for 422 where a well-formed request is
wrong (`REFUSED`) and for 294 where an answer holds data beside errors (`PARTIAL`); the tools of today still expect 400
and 200. To switch, change the first column of these two rows: nothing else knows the numbers.

The second column is for clients that asked for `application/json`. To them a status other than 2xx may come from
anything between us, so the specification wants 200 for every request that could be read as GraphQL. What concerns the
connection rather than the operation has the same status for everyone.
"""

from enum import Enum
from typing import NamedTuple


class MediaType(Enum):
    """What we can answer in, best first."""

    GRAPHQL = "application/graphql-response+json"
    JSON = "application/json"

    @property
    def content_type(self) -> str:
        """The value of the header; we only ever write UTF-8."""
        return f"{self.value}; charset=utf-8"


class Outcome(Enum):
    """How a request ended."""

    DONE = "done"
    PARTIAL = "partial"
    NO_DATA = "no data"
    REFUSED = "refused"
    MALFORMED = "malformed"
    PERSISTED_QUERY = "persisted query"
    UNAUTHENTICATED = "unauthenticated"
    METHOD_NOT_ALLOWED = "method not allowed"
    NOT_ACCEPTABLE = "not acceptable"
    BODY_TOO_SLOW = "body too slow"
    BODY_TOO_LARGE = "body too large"
    UNSUPPORTED_BODY = "unsupported body"
    RATE_LIMITED = "rate limited"
    UNAVAILABLE = "unavailable"
    BROKEN = "broken"


class Status(NamedTuple):
    """The status for clients of either media type."""

    graphql: int
    json: int


STATUS: dict[Outcome, Status] = {
    Outcome.DONE: Status(200, 200),
    Outcome.PARTIAL: Status(200, 200),  # 294 in the draft
    Outcome.NO_DATA: Status(200, 200),  # execution began, and errors reached the root
    Outcome.REFUSED: Status(400, 200),  # 422 in the draft: syntax, limits, validation, variables
    Outcome.MALFORMED: Status(400, 400),
    Outcome.PERSISTED_QUERY: Status(200, 200),  # Apollo's habit: some of its clients read no body of another status
    Outcome.UNAUTHENTICATED: Status(401, 401),
    Outcome.METHOD_NOT_ALLOWED: Status(405, 405),
    Outcome.NOT_ACCEPTABLE: Status(406, 406),
    Outcome.BODY_TOO_SLOW: Status(408, 408),
    Outcome.BODY_TOO_LARGE: Status(413, 413),
    Outcome.UNSUPPORTED_BODY: Status(415, 415),
    Outcome.RATE_LIMITED: Status(429, 429),
    Outcome.UNAVAILABLE: Status(503, 503),  # nothing could be answered; beside other data the error stands alone
    Outcome.BROKEN: Status(500, 500),  # something of ours failed outside the operation; never for what a body says
}


def status_of(outcome: Outcome, media_type: MediaType) -> int:
    """The HTTP status of an answer."""
    status = STATUS[outcome]
    return status.graphql if media_type is MediaType.GRAPHQL else status.json
