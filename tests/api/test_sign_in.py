"""Signing in and out, and new tokens for old: one answer for every miss, and no password hashed on the event loop."""

import asyncio
import time
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from api.server.relay import encode_id
from clinic.organizations.actions import OrganizationChanges, update_organization
from clinic.organizations.models import Organization
from clinic.portal_access.models import PortalAccount
from clinic.sessions.models import StaffSession
from clinic.staff.actions import create_staff_member
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission
from tests.api.client import SESSION, Client
from tests.api.records import registered
from tests.clock import FixedClock
from tests.factories import PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes

EMAIL = "front.desk@willow-creek.example"
WHO = "viewer { __typename ... on StaffMember { email permissions } ... on PortalAccount { email contact { email } } }"
WRONG = {
    "__typename": "WrongCredentials",
    "code": "WRONG_CREDENTIALS",
    "message": "The email address or the password is not right.",
}
ENDED = {
    "__typename": "WrongCredentials",
    "code": "WRONG_CREDENTIALS",
    "message": "Your session has ended. Sign in again.",
}


@pytest.fixture
async def desk(practice: Practice) -> Practice:
    """The practice, with a staff member who has a password."""
    services = practice.services
    await create_staff_member(practice.system, name="Fran", email=EMAIL, password=PASSWORD, services=services)
    return practice


def signing_in(**changes: str) -> dict[str, str]:
    return {"organization": "willow-creek", "email": EMAIL, "password": PASSWORD, **changes}


async def test_staff_sign_in_and_hold_what_was_granted_and_nothing_else(desk: Practice, stranger: Client) -> None:
    session = await stranger.mutate("signInStaff", signing_in(), f"{SESSION} {WHO}")
    assert session["__typename"] == "SignInSuccess"
    assert session["viewer"] == {"__typename": "StaffMember", "email": EMAIL, "permissions": []}
    assert session["expiresAt"] == "2026-03-02T09:15:00+00:00"
    assert len(session["accessToken"]) == len(session["refreshToken"]) == 43
    client = stranger.holding(session["accessToken"])
    assert (await client.run(f"{{ {WHO} }}"))["viewer"]["email"] == EMAIL
    assert (await stranger.run(f"{{ {WHO} }}")) == {"viewer": None}


async def test_address_may_be_typed_in_any_case_and_width(desk: Practice, stranger: Client) -> None:
    for email in (EMAIL.upper(), f" {EMAIL} ", EMAIL.replace("f", "\uff46"), f"{EMAIL}."):
        assert (await stranger.mutate("signInStaff", signing_in(email=email)))["__typename"] == "SignInSuccess"


MISSES = [
    {"organization": "no-such-practice"},
    {"organization": ""},
    {"email": "nobody@willow-creek.example"},
    {"email": "no address"},
    {"email": ""},
    {"password": "wrong"},
    {"password": ""},
    {"password": PASSWORD.upper()},
]


async def test_invisible_characters_around_what_is_pasted_are_ignored(desk: Practice, stranger: Client) -> None:
    pasted = {name: f"\u202a\u200b{signing_in()[name]}\ufeff\u202c" for name in ("organization", "email")}
    session = await stranger.mutate("signInStaff", signing_in(**pasted), SESSION)
    assert session["__typename"] == "SignInSuccess"
    renewed = await stranger.mutate("refreshSession", {"refreshToken": f"\u200b{session['refreshToken']}\u2060"})
    assert renewed["__typename"] == "SignInSuccess"


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("mutation", ["signInStaff", "signInPatient"])
async def test_every_miss_has_the_same_answer_and_opens_nothing(mutation: str, stranger: Client) -> None:
    async with nothing_changes():
        for miss in MISSES:
            assert await stranger.mutate(mutation, signing_in(**miss)) == WRONG, miss


async def test_a_disabled_staff_member_is_told_only_if_the_password_is_right(desk: Practice, stranger: Client) -> None:
    session = await stranger.mutate("signInStaff", signing_in(), SESSION)
    await StaffMember.all().update(disabled_at=desk.services.clock.now())
    asked = """mutation ($input: SignInStaffInput!) { answer: signInStaff(input: $input) {
      ... on WrongCredentials { message closedAccount { organization phone } } } }"""
    name, phone = desk.organization.name, desk.organization.phone
    assert (await stranger.run(asked, input=signing_in()))["answer"] == {
        "message": f"Your account at {name} is closed. Call {phone} if you need it.",
        "closedAccount": {"organization": name, "phone": phone},
    }
    assert await stranger.mutate("signInStaff", signing_in(password="wrong")) == WRONG
    wrong = (await stranger.run(asked, input=signing_in(password="wrong")))["answer"]
    assert wrong == {"message": WRONG["message"], "closedAccount": None}
    response = await stranger.holding(session["accessToken"]).post("{ viewer { __typename } }")
    assert response.status_code == 401


@pytest.mark.parametrize("mutation", ["signInStaff", "signInPatient"])
@pytest.mark.parametrize("organization", ["willow-creek", "no-such-practice"])
async def test_the_eleventh_try_waits_whether_or_not_practice_and_address_are_known(
    mutation: str, organization: str, desk: Practice, stranger: Client, clock: FixedClock
) -> None:
    given = signing_in(organization=organization, password="wrong")
    for _ in range(10):
        assert await stranger.mutate(mutation, given) == WRONG
    clock.advance(timedelta(minutes=5))
    assert await stranger.mutate(mutation, given) == {
        "__typename": "TooManyAttempts",
        "code": "TOO_MANY_ATTEMPTS",
        "message": "Too many attempts. Try again in 10 min.",
        "retryAfterSeconds": 600,
    }
    clock.advance(timedelta(minutes=10))
    assert await stranger.mutate(mutation, given) == WRONG


async def test_throttle_closes_for_the_right_password_too_and_opens_by_itself(
    desk: Practice, stranger: Client, clock: FixedClock
) -> None:
    for _ in range(10):
        await stranger.mutate("signInStaff", signing_in(password="wrong"))
    async with nothing_changes():
        assert (await stranger.mutate("signInStaff", signing_in()))["__typename"] == "TooManyAttempts"
    clock.advance(timedelta(minutes=15))
    assert (await stranger.mutate("signInStaff", signing_in()))["__typename"] == "SignInSuccess"


async def test_closed_account_is_told_only_to_who_types_its_password(
    practice: Practice, mailbox: Mailbox, stranger: Client
) -> None:
    account, _ = await registered(practice, mailbox)
    await PortalAccount.filter(id=account.id).update(disabled_at=practice.services.clock.now())
    await Organization.all().update(phone="+1 208 555 0100")
    async with nothing_changes():
        closed = await stranger.mutate("signInPatient", signing_in(email=account.email))
        wrong = await stranger.mutate("signInPatient", signing_in(email=account.email, password="wrong"))
    name = practice.organization.name
    assert closed == {**WRONG, "message": f"Your account at {name} is closed. Call +1 208 555 0100 if you need it."}
    assert wrong == WRONG


async def test_patients_sign_in_at_their_own_practice_only(
    practice: Practice, other_practice: Practice, mailbox: Mailbox, stranger: Client
) -> None:
    account, _ = await registered(practice, mailbox)
    session = await stranger.mutate("signInPatient", signing_in(email=account.email), f"{SESSION} {WHO}")
    own = {"__typename": "PortalAccount", "email": account.email, "contact": {"email": account.email}}
    assert session["viewer"] == own
    client = stranger.holding(session["accessToken"])
    assert await client.run(f"{{ {WHO} organization {{ slug }} }}") == {
        "viewer": own,
        "organization": {"slug": practice.organization.slug},
    }
    elsewhere = signing_in(email=account.email, organization=other_practice.organization.slug)
    assert await stranger.mutate("signInPatient", elsewhere) == WRONG
    assert await stranger.mutate("signInStaff", signing_in(email=account.email)) == WRONG


async def test_refresh_token_works_once_and_its_reuse_ends_the_session(desk: Practice, stranger: Client) -> None:
    old = await stranger.mutate("signInStaff", signing_in(), SESSION)
    new = await stranger.mutate("refreshSession", {"refreshToken": old["refreshToken"]}, f"{SESSION} {WHO}")
    assert new["viewer"]["email"] == EMAIL
    assert {new["accessToken"], new["refreshToken"]}.isdisjoint({old["accessToken"], old["refreshToken"]})
    assert (await stranger.holding(old["accessToken"]).post("{ viewer { __typename } }")).status_code == 401
    client = stranger.holding(new["accessToken"])
    assert (await client.post("{ viewer { __typename } }")).status_code == 200
    assert await stranger.mutate("refreshSession", {"refreshToken": old["refreshToken"]}) == ENDED
    assert (await client.post("{ viewer { __typename } }")).status_code == 401
    assert await stranger.mutate("refreshSession", {"refreshToken": new["refreshToken"]}) == ENDED


async def test_of_refreshes_at_once_one_wins(desk: Practice, stranger: Client) -> None:
    old = await stranger.mutate("signInStaff", signing_in(), SESSION)
    given = {"refreshToken": old["refreshToken"]}
    answers = await asyncio.gather(*[stranger.mutate("refreshSession", given) for _ in range(5)])
    assert sorted(answer["__typename"] for answer in answers) == ["SignInSuccess", *["WrongCredentials"] * 4]


async def test_patients_refresh_too(practice: Practice, mailbox: Mailbox, stranger: Client) -> None:
    account, session = await registered(practice, mailbox)
    new = await stranger.mutate("refreshSession", {"refreshToken": session.refresh_token}, f"{SESSION} {WHO}")
    assert new["viewer"]["email"] == account.email


async def test_tokens_end_when_they_say(desk: Practice, stranger: Client, clock: FixedClock) -> None:
    session = await stranger.mutate("signInStaff", signing_in(), SESSION)
    client = stranger.holding(session["accessToken"])
    clock.advance(timedelta(minutes=15) - timedelta(seconds=1))
    assert (await client.post("{ viewer { __typename } }")).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert (await client.post("{ viewer { __typename } }")).status_code == 401
    clock.advance(timedelta(hours=12))
    assert await stranger.mutate("refreshSession", {"refreshToken": session["refreshToken"]}) == ENDED


async def test_nothing_else_refreshes(desk: Practice, stranger: Client) -> None:
    session = await stranger.mutate("signInStaff", signing_in(), SESSION)
    for token in (session["accessToken"], "", "made-up", "x" * 10_000):
        assert await stranger.mutate("refreshSession", {"refreshToken": token}) == ENDED


async def test_signed_out_tokens_open_nothing(desk: Practice, stranger: Client) -> None:
    session = await stranger.mutate("signInStaff", signing_in(), SESSION)
    other = await stranger.mutate("signInStaff", signing_in(), SESSION)
    client = stranger.holding(session["accessToken"])
    assert await client.run("mutation { signOut }") == {"signOut": True}
    assert (await client.post("mutation { signOut }")).status_code == 401
    assert await stranger.mutate("refreshSession", {"refreshToken": session["refreshToken"]}) == ENDED
    assert (await stranger.holding(other["accessToken"]).post("{ viewer { __typename } }")).status_code == 200


async def test_permissions_bite_at_once(practice: Practice, staff: Client, stranger: Client) -> None:
    caller, session = await practice.signed_in(Permission.MANAGE_CONTACTS)
    colleague = stranger.holding(session.access_token)
    given = {"givenName": "Ana", "familyName": "Santos"}
    assert (await colleague.mutate("createContact", given))["__typename"] == "CreateContactSuccess"
    member = {"staffMemberId": encode_id("StaffMember", caller.staff_member_id), "permissions": ["WEB_PORTAL"]}
    answer = await staff.mutate("setStaffPermissions", member, "staffMember { permissions }")
    assert answer["staffMember"]["permissions"] == ["WEB_PORTAL"]
    assert (await colleague.mutate("createContact", given))["permission"] == "MANAGE_CONTACTS"


@pytest.mark.usefixtures("real_hashes")
async def test_passwords_are_hashed_beside_the_event_loop(desk: Practice, stranger: Client) -> None:
    """Five hashes take tenths of a second on one core; a loop that did them itself would stand still as long."""
    beats: list[float] = []

    async def heart() -> None:
        while True:
            beats.append(time.perf_counter())
            await asyncio.sleep(0.001)

    await stranger.mutate("signInStaff", signing_in())  # makes what is only made once
    beating = asyncio.create_task(heart())
    began = time.perf_counter()
    answers: list[dict[str, Any]] = await asyncio.gather(
        *[stranger.mutate("signInStaff", signing_in()) for _ in range(5)]
    )
    took = time.perf_counter() - began
    beating.cancel()
    assert [answer["__typename"] for answer in answers] == ["SignInSuccess"] * 5
    longest = max(later - earlier for earlier, later in pairwise(beats))
    assert longest < took / 2
    assert len(beats) > 10


async def test_an_endless_address_or_password_costs_no_time(desk: Practice, stranger: Client) -> None:
    for name, text in (("email", "a." * 300_000), ("email", "@" + "a." * 300_000), ("password", "p" * 900_000)):
        began = time.perf_counter()
        assert await stranger.mutate("signInStaff", signing_in(**{name: text})) == WRONG
        assert time.perf_counter() - began < 2


async def test_staff_session_ends_when_idle_for_as_long_as_the_practice_says(
    desk: Practice, stranger: Client, clock: FixedClock
) -> None:
    rule = OrganizationChanges(staff_idle_minutes=29)
    await update_organization(desk.system, rule, desk.services)
    session = await stranger.mutate("signInStaff", signing_in(), SESSION)
    # Refreshing is no activity: a screen that nobody looks at does it by itself.
    for _ in range(2):
        clock.advance(timedelta(minutes=14))
        session = await stranger.mutate("refreshSession", {"refreshToken": session["refreshToken"]}, SESSION)
        assert session["__typename"] == "SignInSuccess"
    clock.advance(timedelta(minutes=1))
    assert (await stranger.holding(session["accessToken"]).post(f"{{ {WHO} }}")).status_code == 401
    assert await stranger.mutate("refreshSession", {"refreshToken": session["refreshToken"]}) == ENDED


async def test_staff_session_lasts_while_it_is_used_and_notes_it_once_a_minute(
    desk: Practice, stranger: Client, clock: FixedClock
) -> None:
    session = await stranger.mutate("signInStaff", signing_in(), SESSION)
    for _ in range(6):
        clock.advance(timedelta(minutes=14))
        session = await stranger.mutate("refreshSession", {"refreshToken": session["refreshToken"]}, SESSION)
        assert (await stranger.holding(session["accessToken"]).post(f"{{ {WHO} }}")).status_code == 200
    seen = (await StaffSession.get()).last_seen_at
    clock.advance(timedelta(seconds=60))
    await stranger.holding(session["accessToken"]).run(f"{{ {WHO} }}")
    assert (await StaffSession.get()).last_seen_at == seen
    clock.advance(timedelta(seconds=1))
    await stranger.holding(session["accessToken"]).run(f"{{ {WHO} }}")
    assert (await StaffSession.get()).last_seen_at == clock.now()


async def test_patients_app_is_not_idle_within_twelve_hours(
    practice: Practice, mailbox: Mailbox, stranger: Client, clock: FixedClock
) -> None:
    _, session = await registered(practice, mailbox)
    clock.advance(timedelta(hours=12, microseconds=-1))
    again = await stranger.mutate("refreshSession", {"refreshToken": session.refresh_token}, SESSION)
    assert again["__typename"] == "SignInSuccess"
    clock.advance(timedelta(microseconds=1))
    assert await stranger.mutate("refreshSession", {"refreshToken": again["refreshToken"]}) == ENDED


async def test_staff_see_and_end_their_own_sessions_and_nobody_elses(
    practice: Practice, desk: Practice, staff: Client, stranger: Client
) -> None:
    first = await stranger.mutate("signInStaff", signing_in(), SESSION)
    second = await stranger.mutate("signInStaff", signing_in(), SESSION)
    client = stranger.holding(second["accessToken"])
    sessions = (await client.run("{ mySessions { id byApp current } }"))["mySessions"]
    assert sorted(one["current"] for one in sessions) == [False, True]
    [other] = [one["id"] for one in sessions if not one["current"]]
    async with nothing_changes():
        assert (await staff.mutate("endSession", {"sessionId": other}))["__typename"] == "NotFound"
    left = await client.mutate("endSession", {"sessionId": other}, "sessions { current }")
    assert left["sessions"] == [{"current": True}]
    assert (await stranger.holding(first["accessToken"]).post(f"{{ {WHO} }}")).status_code == 401


async def test_person_has_twenty_sessions_and_the_oldest_ends(
    desk: Practice, stranger: Client, clock: FixedClock
) -> None:
    tokens = []
    for _ in range(21):
        clock.advance(timedelta(seconds=1))
        tokens.append((await stranger.mutate("signInStaff", signing_in(), SESSION))["accessToken"])
    answers = [(await stranger.holding(token).post(f"{{ {WHO} }}")).status_code for token in tokens]
    assert answers == [401] + [200] * 20
    assert (await StaffSession.get(end_reason="too many sessions")).ended_at == clock.now()
    await asyncio.gather(*[stranger.mutate("signInStaff", signing_in(), SESSION) for _ in range(5)])
    assert await StaffSession.filter(ended_at=None).count() == 20
