"""Who sent a request: the bearer token, the place it came from, and the language it asks for."""

from starlette.requests import HTTPConnection, Request

from api.errors import Unauthenticated
from api.languages import language_for
from clinic.sessions.queries import caller_by_access_token
from clinic.values.callers import Caller, Origin
from clinic.values.ports import Services

# A bearer token of ours has 43 characters; nothing longer is looked up.
_LONGEST_TOKEN = 200


async def bearer_of(request: Request, services: Services) -> Caller | None:
    """The caller; None where no token was sent. Raises `Unauthenticated` for one that is no good."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    caller = await caller_by_access_token(token_in(header), origin_of(request), services.clock.now())
    if caller is None:
        raise Unauthenticated
    return caller


def token_in(header: str) -> str:
    """The token in a value of the form `Bearer …`; raises `Unauthenticated`."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= _LONGEST_TOKEN:
        raise Unauthenticated
    return token


def origin_of(request: HTTPConnection) -> Origin:
    """Where the request came from. Forwarding headers were dealt with before, and only for trusted proxies."""
    return Origin(
        address=request.client.host if request.client else None,
        agent=request.headers.get("user-agent"),
        request_id=getattr(request.state, "request_id", None),
        language=language_for(request.headers),
    )
