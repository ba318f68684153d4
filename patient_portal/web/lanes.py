"""Which requests queue apart when there are more than the portal can take."""

from starlette.types import Scope

from runtime.http.load_shedding import Lane

# `/healthz` and the like are asked by load balancers while there is too much to do; static files cost nothing.
_NEVER_REFUSED = frozenset({"/healthz", "/readyz", "/metrics"})
_STATIC = "/static/"


def lane_of(scope: Scope) -> Lane | None:
    """The first page of a practice, where people sign in, has its own lane: `/{slug}/`."""
    path: str = scope["path"]
    if path in _NEVER_REFUSED or path.startswith(_STATIC):
        return None
    return Lane.SIGN_IN if path.count("/") == 2 and path.endswith("/") else Lane.USUAL
