"""Who sent a request: the bearer token, the place it came from, and the language it asks for."""

from starlette.requests import HTTPConnection, Request

from api.requests.languages import language_for
from api.server.bearer import token_in
from api.server.errors import Unauthenticated
from clinic.sessions.queries import caller_by_access_token
from clinic.values.callers import Caller, Origin
from clinic.values.ports import Services


async def bearer_of(request: Request, services: Services) -> Caller | None:
    """The caller; None where no token was sent. Raises `Unauthenticated` for a bad one."""
    header = request.headers.get("authorization", "")
    if not header.strip():
        return None  # many clients send the header without a value when they hold no token
    caller = await caller_by_access_token(token_in(header), origin_of(request), services.clock.now(), activity=True)
    if caller is None:
        raise Unauthenticated
    return caller


def origin_of(request: HTTPConnection) -> Origin:
    """Where the request came from. Forwarding headers were applied before, and only those of trusted proxies."""
    return Origin(
        address=request.client.host if request.client else None,
        agent=request.headers.get("user-agent"),
        request_id=getattr(request.state, "request_id", None),
        language=language_for(request.headers),
    )
