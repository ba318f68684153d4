"""The way to the provider: what the browser carries there and what it keeps meanwhile."""

import json
import logging
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from clinic.organizations.models import Organization
from clinic.single_sign_on.errors import ProviderSignInRefused, WhyNot
from clinic.single_sign_on.models import IdentityProvider
from clinic.single_sign_on.queries import callback_address, organization_at
from clinic.throttling.throttle import PROVIDER_PER_ADDRESS, count_attempt, network_of
from clinic.values.callers import Origin
from clinic.values.openid import SIGN_IN_WITHIN, Asked, ProviderRefused, ProviderUnavailable, Registration
from clinic.values.ports import Secrets, Services
from clinic.values.tokens import new_token

log = logging.getLogger(__name__)

# SHA-256 in base64url, as in RFC 7636.
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Kept:
    """What the browser keeps until the person comes back, sealed with the deployment's key.

    `challenge` is the SHA-256 of what only the screen knows that sent the person.
    """

    provider_id: UUID
    asked: Asked
    challenge: str
    until: datetime

    def sealed(self, secrets: Secrets) -> str:
        content = {**asdict(self.asked), "provider": str(self.provider_id), "challenge": self.challenge}
        return secrets.encrypt(json.dumps({**content, "until": self.until.isoformat()}))

    @classmethod
    def opened(cls, sealed: str, secrets: Secrets, now: datetime) -> "Kept":
        """Raises `ProviderSignInRefused` for what we did not seal, or sealed too long ago."""
        try:
            content = json.loads(secrets.decrypt(sealed))
            asked = Asked(content["state"], content["nonce"], content["verifier"])
            until = datetime.fromisoformat(content["until"])
            kept = cls(UUID(content["provider"]), asked, content["challenge"], until)
        except (ValueError, KeyError, TypeError):
            raise ProviderSignInRefused(WhyNot.START_AGAIN) from None
        if kept.until <= now:
            raise ProviderSignInRefused(WhyNot.START_AGAIN)
        return kept


@dataclass(frozen=True)
class BegunAtProvider:
    """Where to send the browser, and what it keeps."""

    address: str = field(repr=False)
    kept: str = field(repr=False)


async def begin_at_provider(
    organization_slug: str, challenge: str, origin: Origin, services: Services, *, again: bool = False
) -> BegunAtProvider:
    """Begin a sign-in at the practice's provider. Stores nothing. `again`: the person shall prove themselves anew.

    Raises `ProviderSignInRefused`, `TooManyAttempts`.
    """
    await count_attempt(PROVIDER_PER_ADDRESS, network_of(origin.address), services.clock)
    if not _CHALLENGE.fullmatch(challenge):
        raise ProviderSignInRefused(WhyNot.START_AGAIN)
    organization, provider = await provider_at(organization_slug)
    asked = Asked(new_token(), new_token(), new_token())
    try:
        address = await services.openid.sign_in_address(
            registration_of(organization, provider, services), asked, again=again
        )
    except (ProviderUnavailable, ProviderRefused) as problem:
        log.warning("provider sign-in not begun", extra={"provider_id": str(provider.id), "why": str(problem)})
        raise ProviderSignInRefused(WhyNot.PROVIDER_AWAY) from None
    kept = Kept(provider.id, asked, challenge, services.clock.now() + SIGN_IN_WITHIN)
    return BegunAtProvider(address, kept.sealed(services.secrets))


async def provider_at(organization_slug: str) -> tuple[Organization, IdentityProvider]:
    """The practice and its provider. Raises `ProviderSignInRefused`, the same for no practice and no provider."""
    organization = await organization_at(organization_slug)
    provider = await IdentityProvider.get_or_none(organization_id=organization.id) if organization else None
    if organization is None or provider is None:
        raise ProviderSignInRefused(WhyNot.NO_PROVIDER)
    return organization, provider


def registration_of(organization: Organization, provider: IdentityProvider, services: Services) -> Registration:
    """What we tell the provider. Raises `ProviderSignInRefused` if the key is lost that keeps the client's secret."""
    try:
        secret = services.secrets.decrypt(provider.client_secret_encrypted)
    except ValueError:
        remedy = "set the lost key again in VESTIBULE_SECRET_KEYS, or set the provider with its secret anew"
        log.error("client secret not readable", extra={"provider_id": str(provider.id), "remedy": remedy})
        raise ProviderSignInRefused(WhyNot.PROVIDER_AWAY) from None
    callback = callback_address(organization.slug, services.addresses)
    return Registration(provider.issuer, provider.client_id, secret, callback)
