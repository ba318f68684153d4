"""Which sockets are let in: staff, by the token they ask with over HTTP, and for just as long as it is good."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.websockets import WebSocket

from api.bearer import origin_of, token_in
from api.errors import Unauthenticated
from api.graphql_ws import Admission, CloseCode, MustClose
from clinic.sessions.queries import caller_by_access_token, staff_sessions_now
from clinic.values.callers import StaffCaller
from clinic.values.ports import Services
from clinic.values.tokens import hash_token


class StaffDoor:
    """A socket is worth what its token is worth: the one that ends, is replaced or expires ends it too.

    And so does a change of what its holder may do: a screen that comes back asks anew for what it shows.
    """

    def __init__(self, services: Services) -> None:
        self._services = services

    async def admit(self, said: Mapping[str, Any], websocket: WebSocket) -> Admission:
        header = next((value for name, value in said.items() if name.lower() == "authorization"), None)
        try:
            token = token_in(header if isinstance(header, str) else "")
        except Unauthenticated:
            raise _not_signed_in() from None
        caller = await caller_by_access_token(token, origin_of(websocket), self._services.clock.now())
        if caller is None:
            raise _not_signed_in()
        if not isinstance(caller, StaffCaller):
            raise MustClose(CloseCode.FORBIDDEN, "This is for staff.")
        return Admission(caller, hash_token(token))

    async def put_out(self, admissions: Sequence[Admission]) -> dict[Admission, MustClose]:
        ids = [admission.caller.session_id for admission in admissions]
        standing = await staff_sessions_now(ids, self._services.clock.now())
        found = {admission: standing.get(admission.caller.session_id) for admission in admissions}
        return {
            admission: _not_signed_in() if session is None or session[0] != admission.token_hash else _changed()
            for admission, session in found.items()
            if session != (admission.token_hash, admission.caller.permissions)
        }


def _not_signed_in() -> MustClose:
    return MustClose(CloseCode.UNAUTHENTICATED, "Sign in, and connect with the access token.")


def _changed() -> MustClose:
    return MustClose(CloseCode.FORBIDDEN, "What you may do has changed. Connect again.")
