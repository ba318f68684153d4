"""Which pages of other origins may ask `/graphql` from a browser: those the operator names, else none.

Cookies mean nothing here, so credentials are never allowed; the page sends a bearer token. A preflight is answered
before anything is authenticated or read. Uploads, files and pages stay closed to other origins.
"""

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

# Seconds for which a browser may remember the answer to a preflight; a withdrawn origin is shut out after that.
_REMEMBERED = 600


def for_other_origins(origins: Sequence[str]) -> list[Middleware]:
    """What stands before `/graphql`; nothing where no origin is named."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["POST"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After", "X-Request-Id"],
            max_age=_REMEMBERED,
        )
    ]
