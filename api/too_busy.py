"""What the API answers to requests beyond what it can take, and which requests queue apart."""

import json

from starlette.types import Scope

from api.provider_sign_in import is_provider_path
from api.requests.refusals import RETRY_AFTER_SECONDS
from api.server.errors import Unavailable
from runtime.http.load_shedding import Lane, Prepared

# Asked by load balancers and operators while there is too much to do; `/uploads` bounds itself.
_NEVER_REFUSED = frozenset({"/healthz", "/readyz", "/metrics", "/uploads"})

_BODY = json.dumps(
    {
        "errors": [
            Unavailable("We are too busy right now. Send the same request again soon.", RETRY_AFTER_SECONDS).formatted
        ]
    }
).encode()
TOO_BUSY = Prepared(
    503,
    (
        (b"content-type", b"application/json"),
        (b"content-length", str(len(_BODY)).encode()),
        (b"retry-after", str(RETRY_AFTER_SECONDS).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ),
    _BODY,
)
"""Prepared, because the more there is to refuse the less it may cost."""


def lane_of(scope: Scope) -> Lane | None:
    """Who sends no token signs in, or does something else that is done once."""
    if scope["path"] in _NEVER_REFUSED:
        return None
    if is_provider_path(scope["path"]):
        return Lane.OUTSIDE
    signed_in = any(name == b"authorization" for name, _ in scope["headers"])
    return Lane.USUAL if signed_in or scope["path"] != "/graphql" else Lane.SIGN_IN
