"""Which sockets are let in: those of staff, by the token they send over HTTP too, and only while it is valid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.websockets import WebSocket

from api.requests.allowed_origins import AllowedOrigins
from api.requests.origin import origin_of
from api.requests.signed_in import staff_in
from api.server.bearer import token_in
from api.server.cors import as_browsers_write_it
from api.server.errors import Unauthenticated
from api.server.graphql_ws import CloseCode, MustClose
from clinic.sessions.queries import caller_by_access_token, valid_staff_sessions
from clinic.throttling.refusal_log import log_refusal, log_refused
from clinic.values.callers import StaffCaller
from clinic.values.errors import StaffOnly
from clinic.values.ports import Services
from clinic.values.tokens import hash_token


@dataclass(frozen=True)
class StaffAdmission:
    """What a socket was opened with: who, with which permissions, by which token (its hash), from whose page.

    `page` is an origin; None where no browser asks.
    """

    caller: StaffCaller
    token_hash: str
    page: str | None

    @property
    def session_id(self) -> UUID:
        return self.caller.session_id


class StaffAuthenticator:
    """A socket lasts as long as its token: when that ends, is replaced or expires, the socket is closed.

    It is also closed when its holder's permissions change: a screen that reconnects asks again for what it shows. And
    it is closed when the practice does not allow the origin of the page any more.
    """

    def __init__(self, services: Services, origins: AllowedOrigins) -> None:
        self._services = services
        self._origins = origins

    async def admit(self, payload: Mapping[str, Any], websocket: WebSocket) -> StaffAdmission:
        header = next((value for name, value in payload.items() if name.lower() == "authorization"), None)
        try:
            token = token_in(header if isinstance(header, str) else "")
        except Unauthenticated:
            raise _not_signed_in() from None
        caller = await caller_by_access_token(token, origin_of(websocket), self._services.clock.now())
        if caller is None:
            raise _not_signed_in()
        staff = staff_in(caller)
        if staff is None:
            log_refusal(StaffOnly(), "subscribe", caller.origin, caller)
            raise MustClose(CloseCode.FORBIDDEN, "This is for staff.")
        page = websocket.headers.get("origin")
        admission = StaffAdmission(staff, hash_token(token), as_browsers_write_it(page) if page else None)
        if not await self._allows(admission):
            log_refused("ORIGIN_NOT_ALLOWED", "subscribe", caller.origin, caller)
            raise _not_your_page()
        return admission

    async def revoked(self, admissions: Sequence[StaffAdmission]) -> dict[StaffAdmission, MustClose]:
        ids = [admission.session_id for admission in admissions]
        sessions = await valid_staff_sessions(ids, self._services.clock.now())
        found = {admission: sessions.get(admission.session_id) for admission in admissions}
        revoked = {
            admission: _not_signed_in() if session is None or session[0] != admission.token_hash else _changed()
            for admission, session in found.items()
            if session != (admission.token_hash, admission.caller.permissions)
        }
        return {one: _not_your_page() for one in admissions if not await self._allows(one)} | revoked

    async def _allows(self, admission: StaffAdmission) -> bool:
        organization_id = admission.caller.organization_id
        return admission.page is None or await self._origins.allows_for(organization_id, admission.page)


def _not_signed_in() -> MustClose:
    return MustClose(CloseCode.UNAUTHENTICATED, "Sign in, and connect with the access token.")


def _not_your_page() -> MustClose:
    return MustClose(CloseCode.FORBIDDEN, "Pages of this origin may not ask for this practice.")


def _changed() -> MustClose:
    return MustClose(CloseCode.FORBIDDEN, "What you may do has changed. Connect again.")
