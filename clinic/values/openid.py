"""OpenID Connect as values, and the port that speaks it for the core: staff sign in at their practice's provider."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import urlsplit

# How long somebody may take at the provider.
SIGN_IN_WITHIN = timedelta(minutes=10)

# Microsoft signs people of every tenant in at these, so whoever has a tenant could claim any address
# (background: the issuer of one tenant has the tenant's id in its place).
_MICROSOFT = re.compile(r"(?:^|\.)(?:microsoftonline\.(?:com|us|de)|partner\.microsoftonline\.cn|windows\.net)$")
_SHARED = frozenset({"common", "organizations", "consumers", "9188040d-6c67-4c5b-b112-36a304b66dad"})


def is_shared_issuer(issuer: str) -> bool:
    """Whether people of more than one organization sign in at this issuer under its operator's rules alone."""
    parts = urlsplit(issuer)
    if not _MICROSOFT.search(parts.hostname or ""):
        return False
    tenant = parts.path.strip("/").split("/")[0].lower()
    return tenant in _SHARED or not tenant or "{" in tenant


@dataclass(frozen=True)
class Registration:
    """What the practice registered at its provider. `callback` is our address to which people come back."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    callback: str


@dataclass(frozen=True)
class Asked:
    """One sign-in that was begun. `nonce` comes back in the id token, `verifier` proves who began it (PKCE)."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class Identity:
    """Who signed in, as a checked id token says.

    `email_verified` is None where the provider does not say. `signed_in_at` is when the person last proved themselves
    there; None where the provider does not say.
    """

    subject: str
    email: str | None
    email_verified: bool | None
    signed_in_at: datetime | None


class ProviderUnavailable(Exception):
    """The provider gives no whole answer now. A later try may succeed. The text is for logs."""


class ProviderRefused(Exception):
    """What the provider says can't be used, or it refuses us. The text says why in a few words and holds no secret."""


class OpenIdConnect(Protocol):
    """The client of the practices' OpenID Connect providers."""

    async def discover(self, issuer: str) -> str:
        """The issuer as the provider itself spells it, after its document and its keys were read anew.

        Raises `ProviderRefused` or `ProviderUnavailable`.
        """
        ...

    async def sign_in_address(self, registration: Registration, asked: Asked, *, again: bool) -> str:
        """Where to send the browser. `again`: the person shall prove themselves anew.

        Raises `ProviderRefused` or `ProviderUnavailable`.
        """
        ...

    async def identity(
        self, registration: Registration, asked: Asked, code: str, issuer: str | None, now: datetime
    ) -> Identity:
        """Who came back with this code. `issuer` is the `iss` beside the code (RFC 9207), if there was one.

        Raises `ProviderRefused` or `ProviderUnavailable`.
        """
        ...


class NoOpenIdConnect:
    """Speaks to no provider: for programs that sign nobody in."""

    async def discover(self, issuer: str) -> str:
        raise ProviderUnavailable("this program speaks to no provider")

    async def sign_in_address(self, registration: Registration, asked: Asked, *, again: bool) -> str:
        raise ProviderUnavailable("this program speaks to no provider")

    async def identity(
        self, registration: Registration, asked: Asked, code: str, issuer: str | None, now: datetime
    ) -> Identity:
        raise ProviderUnavailable("this program speaks to no provider")
