"""Whose pages may ask `/graphql` from a browser: docs/decisions/0037-origins-of-a-practice.md."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from starlette.requests import Request

from api.requests.origin import origin_of
from api.requests.signed_in import person_in
from api.server.cors import as_browsers_write_it
from api.server.errors import Code, CodedError
from clinic.organizations.queries import allowed_origins, allows_origin
from clinic.throttling.refusal_log import log_refused
from clinic.values.callers import Caller
from clinic.values.ports import Services

# For so long a process answers preflights by what it has read.
READ_AGAIN_AFTER = timedelta(seconds=1)


class PageRefused(CodedError):
    """A page of an origin that may not ask for the practice of the token."""

    def __init__(self) -> None:
        super().__init__(
            Code.FORBIDDEN,
            "Pages of this origin may not ask for this practice. Add the origin to the practice's settings.",
        )


class TokenNeeded(CodedError):
    """A page of a practice's origin has no valid token, so nobody knows whether it asks for that practice."""

    def __init__(self) -> None:
        super().__init__(Code.UNAUTHENTICATED, "Sign in, and send the access token as a bearer token.")


class AllowedOrigins:
    """`everywhere` are the API's own origin and those that the operator names; the others are those of practices.

    A preflight has no token: it is answered where any practice lists the origin. The request itself has to be of a
    practice that lists it now.
    """

    def __init__(self, everywhere: Iterable[str], services: Services) -> None:
        self._everywhere = frozenset(map(as_browsers_write_it, everywhere))
        self._services = services
        self._listed: Mapping[str, Collection[UUID]] = {}
        self._read_at: datetime | None = None
        self._reading = asyncio.Lock()

    async def allows(self, origin: str) -> bool:
        """Whether pages of this origin may ask for any practice."""
        return origin in self._everywhere or origin in await self._by_origin()

    async def allows_for(self, organization_id: UUID, origin: str) -> bool:
        """Whether they may ask for this one, as it was within the last second."""
        return origin in self._everywhere or organization_id in (await self._by_origin()).get(origin, ())

    async def check(self, request: Request, caller: Caller | None) -> None:
        """Raise `PageRefused` or `TokenNeeded` where a page of another origin may not ask as this caller.

        The practice's list is read anew each time, since browsers remember a preflight for minutes.
        """
        origin = request.headers.get("origin")
        if origin is None or origin in self._everywhere or _is_own(origin, request):
            return
        if not await self.allows(origin):
            self._refused(request, caller)
        person = person_in(caller)
        if person is None:
            raise TokenNeeded
        if not await allows_origin(person.organization_id, origin):
            self._refused(request, caller)

    def _refused(self, request: Request, caller: Caller | None) -> None:
        log_refused("ORIGIN_NOT_ALLOWED", "graphql", origin_of(request), caller)
        raise PageRefused

    async def _by_origin(self) -> Mapping[str, Collection[UUID]]:
        async with self._reading:
            now = self._services.clock.now()
            # A clock that was set back makes it read again, too.
            if self._read_at is None or abs(now - self._read_at) >= READ_AGAIN_AFTER:
                self._listed, self._read_at = await allowed_origins(), now
        return self._listed


def _is_own(origin: str, request: Request) -> bool:
    """Whether the page came from this server, by whichever of its names the browser uses.

    Browsers say so themselves, also where a proxy rewrites the Host header; no page can make them say it.
    """
    says_so = request.headers.get("sec-fetch-site") == "same-origin"
    return says_so or urlsplit(origin).netloc == request.headers.get("host") != ""
