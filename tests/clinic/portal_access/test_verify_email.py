"""The button behind the letter of a self-registration: who may press it, and whose password counts."""

import asyncio
from datetime import timedelta

import pytest

from clinic.portal_access.actions import SignedIn, confirm_email, sign_in_patient
from clinic.portal_access.errors import ChooseNewPassword, LinkNotUsable
from clinic.portal_access.models import PortalAccount
from clinic.portal_access.status import PortalState
from clinic.sessions.models import SessionKind
from clinic.sessions.queries import browser_session
from clinic.values.callers import Anonymous
from clinic.values.errors import WeakPassword, WrongCredentials
from clinic.values.passwords import password_matches
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.account_letters import EMAIL, account_at, confirm, next_token, register
from tests.clinic.portal_access.journey import state_of
from tests.clock import FixedClock
from tests.factories import PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes

NEW_PASSWORD = "eleven brass lanterns hum"


@pytest.fixture
async def token(practice: Practice, mailbox: Mailbox) -> str:
    """Of somebody who just registered."""
    await register(practice)
    return await next_token(practice, mailbox)


async def sign_in(practice: Practice, password: str) -> SignedIn:
    return await sign_in_patient(practice.anonymous, EMAIL, password, practice.services, kind=SessionKind.BROWSER)


async def test_browser_that_registered_confirms_by_the_button_alone(
    practice: Practice, token: str, clock: FixedClock
) -> None:
    contact = await practice.contact(emails=(EMAIL,))
    signed_in = await confirm(practice, token)
    account = await account_at(practice)
    assert (account.email_verified_at, account.last_signed_in_at) == (clock.now(), clock.now())
    session = await browser_session(
        practice.organization.id, signed_in.session.access_token, practice.anonymous.origin, practice.services
    )
    assert session is not None
    assert session.caller.account_id == account.id
    assert await state_of(contact) is PortalState.ACCOUNT_NOT_LINKED
    assert (await AuditEvent.get(action="portal_account.email_verified")).subject_id == account.id
    await sign_in(practice, PASSWORD)


@pytest.mark.parametrize("browser", [None, "", "another-browser"])
async def test_any_other_browser_must_choose_a_new_password(
    practice: Practice, token: str, browser: str | None
) -> None:
    async with nothing_changes():
        with pytest.raises(ChooseNewPassword):
            await confirm(practice, token, browser=browser)


async def test_whoever_typed_the_address_never_owns_the_password_of_its_reader(practice: Practice, token: str) -> None:
    signed_in = await confirm(practice, token, browser="the-reader's", new_password=NEW_PASSWORD)
    assert await password_matches(signed_in.account.password_hash, NEW_PASSWORD)
    with pytest.raises(WrongCredentials):
        await sign_in(practice, PASSWORD)
    await sign_in(practice, NEW_PASSWORD)


async def test_registration_without_a_browser_always_asks_for_a_password(practice: Practice, mailbox: Mailbox) -> None:
    await register(practice, browser=None)
    token = await next_token(practice, mailbox)
    with pytest.raises(ChooseNewPassword):
        await confirm(practice, token, browser="")
    await confirm(practice, token, browser=None, new_password=NEW_PASSWORD)


async def test_weak_new_password_leaves_the_link_usable(practice: Practice, token: str) -> None:
    async with nothing_changes():
        with pytest.raises(WeakPassword):
            await confirm(practice, token, browser=None, new_password="short")
    await confirm(practice, token)


async def test_unverified_account_cannot_sign_in(practice: Practice, token: str) -> None:
    with pytest.raises(WrongCredentials):
        await sign_in(practice, PASSWORD)


@pytest.mark.parametrize(
    ("passed", "reason"), [(timedelta(hours=24), "EXPIRED"), (timedelta(hours=24, microseconds=-1), None)]
)
async def test_link_works_for_a_day(
    practice: Practice, token: str, clock: FixedClock, passed: timedelta, reason: str | None
) -> None:
    clock.advance(passed)
    if reason is None:
        await confirm(practice, token)
        return
    with pytest.raises(LinkNotUsable) as refusal:
        await confirm(practice, token)
    assert refusal.value.reason == reason


async def test_link_works_once(practice: Practice, token: str) -> None:
    await confirm(practice, token)
    async with nothing_changes():
        with pytest.raises(LinkNotUsable) as refusal:
            await confirm(practice, token)
    assert refusal.value.reason == "USED"


async def test_of_many_at_once_one_succeeds(practice: Practice, token: str) -> None:
    answers = await asyncio.gather(*(confirm(practice, token) for _ in range(8)), return_exceptions=True)
    assert sum(isinstance(answer, SignedIn) for answer in answers) == 1
    assert {type(answer) for answer in answers} == {SignedIn, LinkNotUsable}


@pytest.mark.parametrize("guess", ["", "never-given-out", "\x00"], ids=ascii)
async def test_link_never_given_out_is_unknown(practice: Practice, token: str, guess: str) -> None:
    async with nothing_changes():
        with pytest.raises(LinkNotUsable) as refusal:
            await confirm(practice, guess)
    assert refusal.value.reason == "UNKNOWN"


async def test_link_of_another_practice_opens_nothing(practice: Practice, other_practice: Practice, token: str) -> None:
    stranger = Anonymous(other_practice.organization.id)
    async with nothing_changes():
        with pytest.raises(LinkNotUsable) as refusal:
            await confirm_email(stranger, token, practice.services, kind=SessionKind.API, new_password=NEW_PASSWORD)
    assert refusal.value.reason == "UNKNOWN"


@pytest.mark.parametrize("state", ["disabled_at", "withdrawn_at"])
async def test_account_that_was_closed_meanwhile_stays_closed(
    practice: Practice, token: str, clock: FixedClock, state: str
) -> None:
    await PortalAccount.all().update(**{state: clock.now()})
    async with nothing_changes():
        with pytest.raises(LinkNotUsable) as refusal:
            await confirm(practice, token)
    assert refusal.value.reason == "WITHDRAWN"
