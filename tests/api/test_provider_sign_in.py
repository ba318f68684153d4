"""Staff sign in at their practice's provider over HTTP: what the browser carries, and what no address holds."""

from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from api.server.relay import encode_id
from api.too_busy import lane_of
from clinic.staff.actions import create_staff_member
from clinic.staff.models import StaffMember, StaffTokenPurpose
from clinic.staff.tokens import print_token
from clinic.values.callers import Permission
from clinic.values.passwords import hash_password
from clinic.values.ports import Services
from clinic.work.unit_of_work import unit_of_work
from runtime.http.load_shedding import Lane
from tests.api.client import SESSION, Client
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, PASSWORD, Mailbox, Practice, make_services
from tests.factories.contents import nothing_changes
from tests.factories.openid_provider import CLIENT_ID, CLIENT_SECRET, ISSUER, Provider, ProvidersOnly
from tests.factories.provider_sign_in import ANA, VERIFIER, AtTheProvider, challenge_of

API = "https://api.vestibule.example"
START = f"/oauth/willow-creek/start?challenge={challenge_of(VERIFIER)}"
COOKIE = "__Host-vestibule-provider"
WHO = "viewer { ... on StaffMember { email } }"


@pytest.fixture
def provider(clock: FixedClock) -> Provider:
    return Provider(clock, f"{API}/oauth/willow-creek/callback")


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox, provider: Provider) -> Services:
    return make_services(clock, mailbox, outgoing=ProvidersOnly([provider]))


@dataclass
class Browser:
    """Follows our redirects to the provider and back, and keeps our cookie."""

    http: httpx2.AsyncClient
    provider: Provider
    there: AtTheProvider

    async def start(self, address: str = START) -> httpx2.Response:
        self.http.cookies.clear()
        return await self.http.get(address)

    async def at_provider(self, started: httpx2.Response) -> str:
        """The address to which the provider leads."""
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.provider.app)) as there:
            return str((await there.get(started.headers["location"])).headers["location"])

    async def behind(self, address: str) -> str:
        """What stands behind the number sign of the screen's address."""
        answer = await self.http.get(address)
        assert answer.status_code == 303
        screen, _, said = answer.headers["location"].partition("#/provider/")
        assert screen == f"{API}/staff/"
        return str(said)

    async def token(self) -> str:
        said = await self.behind(await self.at_provider(await self.start()))
        assert said.startswith("token/")
        return said.removeprefix("token/")


@pytest.fixture
async def browser(practice: Practice, stranger: Client, provider: Provider) -> Browser:
    there = AtTheProvider(practice, provider, practice.services)
    await there.register()
    return Browser(stranger.http, provider, there)


def completing(token: str, verifier: str = VERIFIER) -> dict[str, Any]:
    return {"token": token, "verifier": verifier}


async def test_staff_sign_in_at_the_provider(browser: Browser, stranger: Client) -> None:
    await browser.there.member(ANA, Permission.WEB_PORTAL)
    token = await browser.token()
    session = await stranger.mutate("completeProviderSignIn", completing(token), f"{SESSION} {WHO}")
    assert session["__typename"] == "SignInSuccess"
    assert session["viewer"] == {"email": ANA}
    client = stranger.holding(session["accessToken"])
    assert (await client.run(f"{{ {WHO} }}"))["viewer"]["email"] == ANA
    again = await stranger.mutate("completeProviderSignIn", completing(token))
    assert (again["__typename"], again["reason"]) == ("ProviderSignInRefused", "START_AGAIN")


async def test_browser_keeps_a_sealed_cookie_for_ten_minutes_and_gives_it_back(browser: Browser) -> None:
    started = await browser.start()
    cookie = SimpleCookie(started.headers["set-cookie"])[COOKIE]
    assert (cookie["path"], cookie["max-age"], cookie["samesite"], cookie["domain"]) == ("/", "600", "lax", "")
    assert cookie["secure"]
    assert cookie["httponly"]
    values = parse_qs(urlsplit(started.headers["location"]).query)
    assert values["redirect_uri"] == [f"{API}/oauth/willow-creek/callback"]
    for name in ("state", "nonce"):
        assert values[name][0] not in cookie.value
    back = await browser.http.get(await browser.at_provider(started))
    assert (back.headers["referrer-policy"], back.headers["cache-control"]) == ("no-referrer", "no-store")
    assert SimpleCookie(back.headers["set-cookie"])[COOKIE]["max-age"] == "0"


async def test_answer_without_the_cookie_or_with_another_state_is_nobodys(browser: Browser) -> None:
    first = await browser.at_provider(await browser.start())
    second = await browser.at_provider(await browser.start())
    async with nothing_changes():
        assert await browser.behind(first) == "refused/START_AGAIN"
        # The cookie went with the answer, so the other one counts no more.
        assert await browser.behind(second) == "refused/START_AGAIN"


async def test_code_is_not_redeemed_by_who_only_asks_for_the_head(browser: Browser) -> None:
    await browser.there.member()
    back = await browser.at_provider(await browser.start())
    assert (await browser.http.head(back)).status_code == 405
    assert (await browser.behind(back)).startswith("token/")


async def test_start_and_callback_lead_to_our_own_screen_whatever_is_asked(browser: Browser) -> None:
    assert await browser.behind("/oauth/willow-creek/start") == "start/willow-creek"
    assert await browser.behind("/oauth/nowhere/start?challenge=" + "x" * 43) == "refused/NO_PROVIDER"
    assert await browser.behind("/oauth/willow-creek/start?challenge=short") == "refused/START_AGAIN"
    assert await browser.behind("/oauth/willow-creek/callback?code=x&state=y") == "refused/START_AGAIN"
    assert (
        await browser.behind("/oauth/willow-creek/callback?redirect_uri=https://evil.example") == "refused/START_AGAIN"
    )
    assert await browser.behind("/oauth/%0D%0Aset-cookie:a=b/start") == ""


async def test_person_who_turned_back_and_a_provider_that_is_away_are_told_apart(browser: Browser) -> None:
    started = await browser.start()
    state = parse_qs(urlsplit(started.headers["location"]).query)["state"][0]
    at = "/oauth/willow-creek/callback"
    assert await browser.behind(f"{at}?state={state}&error=access_denied") == "refused/CANCELLED"
    browser.provider.away = True
    browser.there.services.openid._remembered.clear()  # type: ignore[attr-defined]  # a new process has read nothing
    assert await browser.behind(START) == "refused/PROVIDER_AWAY"


async def test_disabled_member_is_told_whom_to_call(browser: Browser, stranger: Client, clock: FixedClock) -> None:
    member = await browser.there.member()
    await StaffMember.filter(id=member.id).update(disabled_at=clock.now())
    refused = await stranger.mutate("completeProviderSignIn", completing(await browser.token()))
    assert refused["__typename"] == "WrongCredentials"
    assert "is closed. Call +1 (208) 555-0134" in refused["message"]


async def test_stranger_learns_from_a_practice_only_that_it_has_a_provider(browser: Browser, stranger: Client) -> None:
    ask = "query Q($slug: String!) { signInOptions(organization: $slug) { password identityProvider } }"
    asked = {slug: (await stranger.run(ask, slug=slug))["signInOptions"] for slug in ("willow-creek", "nowhere", "A b")}
    assert asked == {
        "willow-creek": {"password": True, "identityProvider": True},
        "nowhere": {"password": True, "identityProvider": False},
        "A b": {"password": True, "identityProvider": False},
    }


async def test_provider_is_set_read_and_removed(
    practice: Practice, staff: Client, stranger: Client, provider: Provider
) -> None:
    facts = {"issuer": ISSUER, "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET, "verifiedDomains": ["A.example"]}
    wanted = "identityProvider { issuer clientId callbackUrl verifiedDomains }"
    shown = {
        "issuer": ISSUER,
        "clientId": CLIENT_ID,
        "callbackUrl": f"{API}/oauth/willow-creek/callback",
        "verifiedDomains": ["a.example"],
    }
    answer = await staff.mutate("setIdentityProvider", facts, wanted)
    assert answer == {"__typename": "SetIdentityProviderSuccess", "identityProvider": shown}
    assert (await staff.run(f"{{ {wanted} }}"))["identityProvider"] == shown
    shared = await staff.mutate(
        "setIdentityProvider", {**facts, "issuer": "https://login.microsoftonline.com/common/v2.0"}
    )
    assert shared["fields"][0]["message"].startswith(
        "People of every organization sign in at this issuer. Use your own"
    )
    _, session = await practice.signed_in(*EVERY_PERMISSION - {Permission.MANAGE_INTEGRATIONS})
    refused = await stranger.holding(session.access_token).refusal(f"{{ {wanted} }}")
    assert (refused["code"], refused["permission"]) == ("FORBIDDEN", "MANAGE_INTEGRATIONS")
    assert (await staff.mutate("removeIdentityProvider", {}))["__typename"] == "RemoveIdentityProviderSuccess"
    assert (await staff.run(f"{{ {wanted} }}"))["identityProvider"] is None


async def test_person_proves_themselves_again_at_the_provider(browser: Browser, stranger: Client) -> None:
    await browser.there.member()
    session = await stranger.mutate("completeProviderSignIn", completing(await browser.token()), SESSION)
    client = stranger.holding(session["accessToken"])
    started = await browser.start(f"{START}&again=1")
    assert parse_qs(urlsplit(started.headers["location"]).query)["prompt"] == ["login"]
    token = (await browser.behind(await browser.at_provider(started))).removeprefix("token/")
    for given in ({}, {"password": "x", "provider": completing(token)}):
        assert (await client.mutate("reauthenticate", given))["__typename"] == "InvalidInput"
    proven = await client.mutate("reauthenticate", {"provider": completing(token)}, "freshUntil")
    assert proven == {"__typename": "ReauthenticateSuccess", "freshUntil": "2026-03-02T09:15:00+00:00"}


def test_slow_provider_keeps_no_place_of_other_requests() -> None:
    for path in ("/oauth/willow-creek/start", "/oauth/willow-creek/callback"):
        assert lane_of({"path": path, "headers": ()}) is Lane.OUTSIDE
    assert lane_of({"path": "/oauth/token", "headers": ()}) is Lane.USUAL


async def test_passwords_are_turned_off_and_every_way_says_so(
    browser: Browser, practice: Practice, staff: Client, stranger: Client
) -> None:
    ana = await browser.there.member(ANA, Permission.MANAGE_STAFF)
    refused = await staff.mutate("updateOrganization", {"passwordSignIn": False})
    assert [problem["path"] for problem in refused["fields"]] == ["passwordSignIn"]
    await stranger.mutate("completeProviderSignIn", completing(await browser.token()))
    await StaffMember.filter(id=ana.id).update(password_hash=await hash_password(PASSWORD))
    named = {"passwordSignIn": False, "breakGlassStaffMemberId": encode_id("StaffMember", ana.id)}
    done = await staff.mutate("updateOrganization", named, "organization { passwordSignIn }")
    assert done["organization"] == {"passwordSignIn": False}
    off = {
        "__typename": "PasswordSignInOff",
        "code": "PASSWORD_SIGN_IN_OFF",
        "message": "Staff of this practice sign in with the practice's own account, not by password.",
        "organization": "willow-creek",
    }
    whose = {"organization": "willow-creek", "email": "front.desk@willow-creek.example"}
    assert await stranger.mutate("signInStaff", {**whose, "password": PASSWORD}) == off
    assert await stranger.mutate("requestStaffPasswordReset", whose) == off
    assert await staff.mutate("reauthenticate", {"password": PASSWORD}) == off
    assert (await stranger.mutate("signInStaff", {**whose, "email": ANA, "password": PASSWORD}))["__typename"] == (
        "SignInSuccess"
    )
    members = (await staff.run("{ staffMembers { nodes { email breakGlass } } }"))["staffMembers"]["nodes"]
    assert [member["email"] for member in members if member["breakGlass"]] == [ANA]
    leaving = {"staffMemberId": encode_id("StaffMember", ana.id), "reason": "Left."}
    assert await staff.mutate("disableStaffMember", leaving) == {
        "__typename": "LastPassword",
        "code": "LAST_PASSWORD",
        "message": "This is the one person whose password still signs in while passwords are off. "
        "Name another first (breakGlassStaffMemberId), or turn password sign-in on.",
    }


async def test_invited_member_joins_at_the_provider_with_their_letter(
    browser: Browser, practice: Practice, stranger: Client
) -> None:
    invited = await create_staff_member(practice.system, name="Ana", email=ANA, services=practice.services)
    refused = await stranger.mutate("completeProviderSignIn", completing(await browser.token()))
    assert (refused["__typename"], refused["reason"]) == ("ProviderSignInRefused", "INVITED")
    wrong = await stranger.mutate("completeProviderSignIn", {**completing(await browser.token()), "invitation": "x"})
    assert (wrong["__typename"], wrong["reason"]) == ("InvitationNotUsable", "UNKNOWN")
    async with unit_of_work(practice.system, practice.services) as work:
        link = await print_token(invited, StaffTokenPurpose.WELCOME, work, practice.services)
    given = {**completing(await browser.token()), "invitation": link.rpartition("/")[2]}
    joined = await stranger.mutate("completeProviderSignIn", given, WHO)
    assert joined == {"__typename": "SignInSuccess", "viewer": {"email": ANA}}
