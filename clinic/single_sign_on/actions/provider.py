"""Says which provider signs a practice's staff in, and takes it away."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from clinic.organizations.models import Organization
from clinic.single_sign_on.models import IdentityProvider
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput, NotFound
from clinic.values.limits import LONGEST_CLIENT_ID, LONGEST_CLIENT_SECRET, LONGEST_ISSUER, MOST_DOMAINS
from clinic.values.openid import ProviderRefused, ProviderUnavailable, is_shared_issuer
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.work.fresh_sign_in import require_fresh
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")


@dataclass(frozen=True)
class ProviderFacts:
    """What the practice registered at its provider.

    Without `client_secret` the stored one stays. `verified_domains`: the practice says that each address in these
    domains belongs at this provider to the person who has it.
    """

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    verified_domains: Sequence[str] = ()


async def set_identity_provider(
    caller: StaffCaller | SystemCaller, facts: ProviderFacts, services: Services
) -> IdentityProvider:
    """Let the staff sign in at this provider; needs MANAGE_INTEGRATIONS and a fresh sign-in.

    The provider's document and keys are read first. With another issuer or client, nobody is known there any more.
    Raises `NotPermitted`, `FreshSignInNeeded`, `InvalidInput`.
    """
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_INTEGRATIONS)
    await require_fresh(caller, services.clock.now())
    facts = _cleaned(facts)
    try:
        issuer = await services.openid.discover(facts.issuer)
    except ProviderUnavailable:
        raise InvalidInput.one("issuer", Problem.PROVIDER_AWAY) from None
    except ProviderRefused:
        raise InvalidInput.one("issuer", Problem.PROVIDER_NOT_USABLE) from None
    return await _store(
        caller, ProviderFacts(issuer, facts.client_id, facts.client_secret, facts.verified_domains), services
    )


def _cleaned(facts: ProviderFacts) -> ProviderFacts:
    problems = Problems()
    issuer = problems.line("issuer", facts.issuer, longest=LONGEST_ISSUER)
    if is_shared_issuer(issuer):
        problems.add("issuer", Problem.SHARED_ISSUER)
    client_id = problems.line("clientId", facts.client_id, longest=LONGEST_CLIENT_ID)
    secret = facts.client_secret
    if secret is not None:
        secret = problems.line("clientSecret", secret, longest=LONGEST_CLIENT_SECRET)
    domains = tuple(dict.fromkeys(domain.strip().lower() for domain in facts.verified_domains))
    if len(domains) > MOST_DOMAINS:
        problems.add("verifiedDomains", Problem.TOO_MANY_DOMAINS, most=MOST_DOMAINS)
    for at, domain in enumerate(domains):
        if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
            problems.add(f"verifiedDomains.{at}", Problem.NO_DOMAIN)
    problems.raise_if_any()
    return ProviderFacts(issuer, client_id, secret, domains)


@retry_on_conflict
async def _store(caller: StaffCaller | SystemCaller, facts: ProviderFacts, services: Services) -> IdentityProvider:
    async with unit_of_work(caller, services) as work:
        await require_fresh(caller, work.now)
        organization, before = await _locked(caller)
        same = before is not None and (before.issuer, before.client_id) == (facts.issuer, facts.client_id)
        if before is not None and not same:
            _keep_while_needed(organization)
            await before.delete()
        if facts.client_secret is not None:
            secret = services.secrets.encrypt(facts.client_secret)
        elif before is not None and same:
            secret = before.client_secret_encrypted
        else:
            raise InvalidInput.one("clientSecret", Problem.NEEDED)
        provider = before if before is not None and same else _new(caller, facts, work.now)
        provider.client_secret_encrypted = secret
        provider.verified_domains = " ".join(facts.verified_domains)
        provider.changed_at = work.now
        await provider.save(force_create=provider is not before)
        work.audit("identity_provider.set", provider, domains=len(facts.verified_domains), replaced=not same)
    return provider


def _new(caller: StaffCaller | SystemCaller, facts: ProviderFacts, now: datetime) -> IdentityProvider:
    return IdentityProvider(
        organization_id=caller.organization_id, issuer=facts.issuer, client_id=facts.client_id, created_at=now
    )


@retry_on_conflict
async def remove_identity_provider(caller: StaffCaller | SystemCaller, services: Services) -> None:
    """Let nobody sign in at the provider any more; needs MANAGE_INTEGRATIONS and a fresh sign-in. Sessions go on.

    Raises `NotPermitted`, `FreshSignInNeeded`, `NotFound`, and `InvalidInput` while passwords are turned off.
    """
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_INTEGRATIONS)
    async with unit_of_work(caller, services) as work:
        await require_fresh(caller, work.now)
        organization, provider = await _locked(caller)
        if provider is None:
            raise NotFound("identityProvider")
        _keep_while_needed(organization)
        await provider.delete()
        work.audit("identity_provider.removed", provider)


async def _locked(caller: StaffCaller | SystemCaller) -> tuple[Organization, IdentityProvider | None]:
    organization = await Organization.filter(id=caller.organization_id).select_for_update(no_key=True).get()
    own = IdentityProvider.filter(organization_id=caller.organization_id)
    return organization, await own.select_for_update().first()


def _keep_while_needed(organization: Organization) -> None:
    if not organization.password_sign_in:
        raise InvalidInput.one("issuer", Problem.PASSWORDS_OFF)
