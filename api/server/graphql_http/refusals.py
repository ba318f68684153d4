"""Refusals that concern the HTTP request rather than the operation in it."""

from collections.abc import Mapping

from api.server.errors import BadUserInput
from api.server.graphql_http.codes import Outcome


class HttpRefusal(BadUserInput):
    """A request we don't read any further. `outcome` decides the status."""

    def __init__(self, outcome: Outcome, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.headers = headers or {}
