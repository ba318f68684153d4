"""Every mailed link at every door, alive and dead: it opens its own, once, in its own time, and no other."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import httpx2
import pytest
from starlette.applications import Starlette

from clinic.portal_access.account_tokens import LIFETIMES
from clinic.portal_access.actions import (
    keep_email,
    request_email_change,
    request_password_reset,
    resend_invitation,
    reset_password,
)
from clinic.portal_access.actions.invite import INVITATION_LIFETIME
from clinic.portal_access.models import TokenPurpose
from clinic.sessions.models import SessionKind
from clinic.values.callers import Permission
from tests.api.client import Client
from tests.clinic.portal_access.account_letters import (
    EMAIL,
    caller_of,
    confirm,
    next_token,
    register,
    room_in,
    verified,
)
from tests.clinic.portal_access.journey import accept, deliver, invited
from tests.clock import FixedClock
from tests.factories import BORN, PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.patient_portal.practice import Visitor
from tests.security.conftest import API_URL

HOME = "/willow-creek/"
STRONG = "four brown ponies trot"
WHO = "{ viewer { __typename } }"


@dataclass(frozen=True)
class Link:
    """A kind of mailed link: how it comes, comes again and is used up, how long it lives, and where it leads."""

    room: str
    mutation: str
    lifetime: timedelta
    ask: Callable[[Practice, Mailbox], Awaitable[str]]
    ask_again: Callable[[Practice, Mailbox], Awaitable[str]]
    use: Callable[[Practice, str], Awaitable[object]]


async def invitation(practice: Practice, mailbox: Mailbox) -> str:
    return (await invited(practice, mailbox)).token


async def another_invitation(practice: Practice, mailbox: Mailbox) -> str:
    there = await invited(practice, mailbox)
    await resend_invitation(await practice.staff(Permission.WEB_PORTAL), there.contact.id, practice.services)
    await deliver(practice)
    return there.token


async def verification(practice: Practice, mailbox: Mailbox) -> str:
    await register(practice)
    return await next_token(practice, mailbox)


async def another_verification(practice: Practice, mailbox: Mailbox) -> str:
    token = await verification(practice, mailbox)
    await verification(practice, mailbox)
    return token


async def reset(practice: Practice, mailbox: Mailbox) -> str:
    await verified(practice, mailbox)
    await request_password_reset(practice.anonymous, EMAIL, practice.services)
    return await next_token(practice, mailbox)


async def another_reset(practice: Practice, mailbox: Mailbox) -> str:
    token = await reset(practice, mailbox)
    await request_password_reset(practice.anonymous, EMAIL, practice.services)
    await deliver(practice)
    return token


def changing(room: str, times: int) -> Callable[[Practice, Mailbox], Awaitable[str]]:
    """The first letter of so many that lead to this room, when another address is asked for."""

    async def ask(practice: Practice, mailbox: Mailbox) -> str:
        patient = caller_of(await verified(practice, mailbox))
        before = len(mailbox.letters)
        for number in range(times):
            await request_email_change(patient, PASSWORD, f"ana{number}@example.com", practice.services)
            await deliver(practice)
        return next(token for found, token in map(room_in, mailbox.letters[before:]) if found == room)

    return ask


LINKS = {
    "invitation": Link(
        "register", "acceptPortalInvitation", INVITATION_LIFETIME, invitation, another_invitation, accept
    ),
    "verification": Link(
        "verify",
        "verifyPortalEmail",
        LIFETIMES[TokenPurpose.VERIFY_EMAIL],
        verification,
        another_verification,
        confirm,
    ),
    "new address": Link(
        "verify",
        "verifyPortalEmail",
        LIFETIMES[TokenPurpose.CONFIRM_NEW_EMAIL],
        changing("verify", 1),
        changing("verify", 2),
        lambda practice, token: confirm(practice, token, password=PASSWORD),
    ),
    "reset": Link(
        "reset",
        "resetPassword",
        LIFETIMES[TokenPurpose.RESET_PASSWORD],
        reset,
        another_reset,
        lambda practice, token: reset_password(
            practice.anonymous, token, STRONG, practice.services, kind=SessionKind.API
        ),
    ),
    "objection": Link(
        "keep",
        "keepEmail",
        LIFETIMES[TokenPurpose.KEEP_EMAIL],
        changing("keep", 1),
        changing("keep", 2),
        lambda practice, token: keep_email(practice.anonymous, token, practice.services),
    ),
}
# What a living link is answered that brings everything but what the person would have to know or choose.
ALMOST = {
    "acceptPortalInvitation": ({"dateOfBirth": "1990-01-01", "password": STRONG}, {"IdentityNotConfirmed"}),
    "verifyPortalEmail": ({}, {"ChooseNewPassword", "PasswordNeeded"}),
    "resetPassword": ({"password": "short"}, {"WeakPassword"}),
    "keepEmail": ({}, {"KeepEmailSuccess"}),
}
ALL = {
    "acceptPortalInvitation": {"dateOfBirth": BORN.isoformat(), "password": STRONG},
    "verifyPortalEmail": {"password": STRONG},
    "resetPassword": {"password": STRONG},
    "keepEmail": {},
}
ROOMS = ("register", "verify", "reset", "keep")


async def opened_doors(token: str, own: str, visitor: Visitor, stranger: Client, api: Starlette) -> set[str]:
    """Every door that takes a secret and lets this one in; the link's own mutation comes last, as it may use it up."""
    opened = set()
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=api), base_url=API_URL) as http:
        if (await http.get(f"/files/{token}")).status_code != 404:
            opened.add("file")
    if (await stranger.holding(token).post(WHO)).status_code != 401:
        opened.add("bearer")
    if (await stranger.mutate("refreshSession", {"refreshToken": token}))["__typename"] == "SignInSuccess":
        opened.add("refresh")
    cookie = {"cookie": f"__Host-session-willow-creek={token}"}
    if (await visitor.get(f"{HOME}documents", **cookie)).status != 303:
        opened.add("cookie")
    for room in ROOMS:
        if (await visitor.follow(f"{HOME}{room}/{token}")).status == 200:
            opened.add(room)
    for mutation, (given, almost) in sorted(ALMOST.items(), key=lambda one: one[0] == own):
        answer = await stranger.mutate(mutation, {"token": token, **given})
        if answer["__typename"] in almost:
            opened.add(mutation)
        else:
            assert answer["__typename"] in ("LinkNotUsable", "InvitationNotUsable")
            assert answer["reason"] == "UNKNOWN"
    return opened


@pytest.mark.parametrize("kind", LINKS)
async def test_living_link_opens_its_own_door_and_no_other(
    practice: Practice, mailbox: Mailbox, visitor: Visitor, stranger: Client, api: Starlette, kind: str
) -> None:
    link = LINKS[kind]
    token = await link.ask(practice, mailbox)
    assert await opened_doors(token, link.mutation, visitor, stranger, api) == {link.room, link.mutation}


@pytest.mark.parametrize("kind", LINKS)
@pytest.mark.parametrize("state", ["USED", "REPLACED", "EXPIRED", "UNKNOWN"])
async def test_dead_link_opens_nothing_says_why_and_changes_nothing(
    practice: Practice,
    other_practice: Practice,
    mailbox: Mailbox,
    visitor: Visitor,
    stranger: Client,
    clock: FixedClock,
    kind: str,
    state: str,
) -> None:
    link, home, organization = LINKS[kind], HOME, None
    token = await (link.ask_again if state == "REPLACED" else link.ask)(practice, mailbox)
    if state == "USED":
        await link.use(practice, token)
    if state == "EXPIRED":
        clock.advance(link.lifetime)
    if state == "UNKNOWN":
        # At another practice, it is a link that was never given out.
        home, organization = f"/{other_practice.organization.slug}/", other_practice.organization.slug
    async with nothing_changes():
        answer = await stranger.mutate(
            link.mutation, {"token": token, **ALL[link.mutation], "organization": organization}
        )
        assert answer["__typename"] in ("LinkNotUsable", "InvitationNotUsable")
        assert answer["reason"] == state
        page = await visitor.follow(f"{home}{link.room}/{token}")
        assert page.status == (404 if state == "UNKNOWN" else 410)
        sent = await visitor.post(page.response.url.path, {**page.fields, **ALL[link.mutation], "token": token})
        assert sent.status in (403, 404, 410, 422)
