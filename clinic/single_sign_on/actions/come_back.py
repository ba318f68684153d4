"""The way back from the provider: who came is checked, and the screen gets a token to open the session with."""

import hmac
import logging
from dataclasses import dataclass, field
from datetime import timedelta

from tortoise.exceptions import IntegrityError

from clinic.single_sign_on.actions.go_there import Kept, provider_at, registration_of
from clinic.single_sign_on.errors import ProviderSignInRefused, WhyNot
from clinic.single_sign_on.models import IdentityProvider, ProviderSignIn
from clinic.throttling.throttle import PROVIDER_PER_ADDRESS, count_attempt, network_of
from clinic.values.callers import Origin
from clinic.values.openid import Identity, ProviderRefused, ProviderUnavailable
from clinic.values.ports import Services
from clinic.values.text import normal_email_or_none
from clinic.values.tokens import hash_token, new_token

log = logging.getLogger(__name__)

# The screen asks at once; a slow network takes seconds.
TOKEN_LIFETIME = timedelta(minutes=2)


@dataclass(frozen=True)
class CameBack:
    """What the provider put into the address: a code, or an error. `issuer` is who it says it is (RFC 9207)."""

    state: str = field(repr=False)
    code: str = field(default="", repr=False)
    error: str = ""
    issuer: str | None = None


async def finish_at_provider(
    organization_slug: str, kept: str, came_back: CameBack, origin: Origin, services: Services
) -> str:
    """Redeem the code, check who it is, and return the token with which the screen opens the session.

    `kept` is what `begin_at_provider` gave this browser. Whether the person works here is decided when the session is
    opened. Raises `ProviderSignInRefused`, `TooManyAttempts`.
    """
    await count_attempt(PROVIDER_PER_ADDRESS, network_of(origin.address), services.clock)
    organization, provider = await provider_at(organization_slug)
    begun = Kept.opened(kept, services.secrets, services.clock.now())
    same_state = hmac.compare_digest(begun.asked.state.encode(), came_back.state.encode("utf-8", "surrogatepass"))
    if begun.provider_id != provider.id or not same_state:
        raise ProviderSignInRefused(WhyNot.START_AGAIN)
    if came_back.error or not came_back.code:
        cancelled = came_back.error == "access_denied"
        raise ProviderSignInRefused(WhyNot.CANCELLED if cancelled else WhyNot.PROVIDER_REFUSED)
    registration = registration_of(organization, provider, services)
    try:
        identity = await services.openid.identity(
            registration, begun.asked, came_back.code, came_back.issuer, services.clock.now()
        )
    except ProviderUnavailable as problem:
        _log(provider, problem)
        raise ProviderSignInRefused(WhyNot.PROVIDER_AWAY) from None
    except ProviderRefused as problem:
        _log(provider, problem)
        raise ProviderSignInRefused(WhyNot.PROVIDER_REFUSED) from None
    return await _store(provider, begun, identity, services)


def _log(provider: IdentityProvider, problem: Exception) -> None:
    log.warning("provider sign-in refused", extra={"provider_id": str(provider.id), "why": str(problem)})


async def _store(provider: IdentityProvider, begun: Kept, identity: Identity, services: Services) -> str:
    token, now = new_token(), services.clock.now()
    try:
        await ProviderSignIn.create(
            organization_id=provider.organization_id,
            provider_id=provider.id,
            token_hash=hash_token(token),
            nonce_hash=hash_token(begun.asked.nonce),
            challenge=begun.challenge,
            subject=identity.subject,
            email_normal=verified_address(identity, provider),
            proven_at=min(identity.signed_in_at or now, now),
            created_at=now,
            expires_at=now + TOKEN_LIFETIME,
        )
    except IntegrityError:
        # The nonce came back before, or the provider was replaced meanwhile.
        raise ProviderSignInRefused(WhyNot.START_AGAIN) from None
    return token


def verified_address(identity: Identity, provider: IdentityProvider) -> str:
    """The address, in normal form, if it counts as verified; empty otherwise.

    The provider says so, or says nothing where the practice vouches for the domain. What the provider calls unverified
    never counts.
    """
    address = normal_email_or_none(identity.email) if identity.email else None
    if address is None or identity.email_verified is False:
        return ""
    domain = address.rpartition("@")[2]
    return address if identity.email_verified or domain in provider.domains else ""


async def remove_ended_provider_sign_ins(services: Services) -> int:
    """Delete what came back so long ago that no browser keeps its other half any more. Returns how many."""
    return await ProviderSignIn.filter(created_at__lt=services.clock.now() - timedelta(hours=1)).delete()
