"""The bearer token in an Authorization header (RFC 6750)."""

from api.server.errors import Unauthenticated

# Longer tokens are not looked up: ours have 43 characters.
_LONGEST_TOKEN = 200


def token_in(header: str) -> str:
    """The token in a value of the form `Bearer …`; raises `Unauthenticated`."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= _LONGEST_TOKEN:
        raise Unauthenticated
    return token
