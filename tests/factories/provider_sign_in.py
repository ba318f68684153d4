"""Signing in at a practice's provider, as a browser and the screen in it do."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import httpx2

from clinic.sessions.models import StaffSession
from clinic.single_sign_on.actions import begin_at_provider, finish_at_provider, set_identity_provider
from clinic.single_sign_on.actions.come_back import CameBack
from clinic.single_sign_on.actions.provider import ProviderFacts
from clinic.single_sign_on.models import IdentityProvider
from clinic.staff.models import StaffMember
from clinic.values.callers import Origin, Permission
from clinic.values.ports import Services
from tests.factories import Practice
from tests.factories.openid_provider import CLIENT_ID, CLIENT_SECRET, ISSUER, Provider

ORIGIN = Origin("203.0.113.7", "test", "request-1")
VERIFIER = "what only the screen knows"
ANA = "ana.admin@willow-creek.example"
REGISTERED = ProviderFacts(ISSUER, CLIENT_ID, CLIENT_SECRET)


def challenge_of(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


async def follow(provider: Provider, address: str) -> CameBack:
    """What the provider puts into the address to which it leads the browser."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=provider.app)) as browser:
        answer = await browser.get(address)
    values = {name: value for name, [value] in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    return CameBack(values["state"], values.get("code", ""), values.get("error", ""))


@dataclass
class AtTheProvider:
    """A practice whose staff sign in at this provider."""

    practice: Practice
    provider: Provider
    services: Services

    async def register(self, facts: ProviderFacts = REGISTERED) -> IdentityProvider:
        return await set_identity_provider(self.practice.system, facts, self.services)

    async def member(self, email: str = ANA, *permissions: Permission) -> StaffMember:
        """A member with this address, who has no password that anybody knows."""
        caller = await self.practice.staff(*permissions)
        # The factory signed them in; here they are signed out.
        await StaffSession.filter(id=caller.session_id).delete()
        await StaffMember.filter(id=caller.staff_member_id).update(email=email, email_normal=email)
        return await StaffMember.get(id=caller.staff_member_id)

    async def token(self, *, again: bool = False, verifier: str = VERIFIER) -> str:
        """The token that the screen finds in its address."""
        slug = self.practice.organization.slug
        begun = await begin_at_provider(slug, challenge_of(verifier), ORIGIN, self.services, again=again)
        came_back = await follow(self.provider, begun.address)
        return await finish_at_provider(slug, begun.kept, came_back, ORIGIN, self.services)
