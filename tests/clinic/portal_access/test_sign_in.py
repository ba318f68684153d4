"""Signing in at one organization's portal: the right person, and the same refusal for everything else."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from clinic.portal_access.actions import invite_contact, sign_in_patient, sign_in_patient_at
from clinic.portal_access.actions.sign_in import SignedIn
from clinic.portal_access.models import PortalAccount
from clinic.sessions.models import PatientSession, SessionKind
from clinic.sessions.queries import browser_session, caller_by_access_token
from clinic.values.callers import Origin
from clinic.values.errors import TooManyAttempts, WrongCredentials
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.journey import self_registered, somewhere
from tests.clock import FixedClock
from tests.factories import PASSWORD, Practice
from tests.factories.contents import nothing_changes
from tests.factories.overtaking import overtaken

OMAR = "omar.reyes@example.com"


@pytest.fixture
async def account(practice: Practice) -> PortalAccount:
    return await self_registered(practice, OMAR, verified=True)


async def sign_in(
    practice: Practice, email: str = OMAR, password: str = PASSWORD, *, address: str = "203.0.113.7"
) -> SignedIn:
    return await sign_in_patient(
        somewhere(practice, address), email, password, practice.services, kind=SessionKind.BROWSER
    )


@pytest.mark.parametrize("typed", [OMAR, " Omar.Reyes@EXAMPLE.com ", "ｏｍａｒ.reyes@example.com."])
async def test_address_may_be_typed_in_any_of_its_forms(
    practice: Practice, account: PortalAccount, clock: FixedClock, typed: str
) -> None:
    clock.advance(timedelta(days=3))
    signed_in = await sign_in(practice, typed)

    assert signed_in.account.id == account.id
    assert (await PortalAccount.get(id=account.id)).last_signed_in_at == clock.now()
    session = await browser_session(
        practice.organization.id, signed_in.session.access_token, Origin(), practice.services
    )
    assert session is not None
    assert session.caller.account_id == account.id
    event = await AuditEvent.get(action="portal_account.signed_in")
    assert (event.subject_id, event.address, event.request_id) == (account.id, "203.0.113.7", "request-1")


async def test_each_sign_in_has_a_session_of_its_own(practice: Practice, account: PortalAccount) -> None:
    sessions = [(await sign_in(practice)).session for _ in range(2)]
    assert sessions[0].session_id != sessions[1].session_id
    assert sessions[0].access_token != sessions[1].access_token


async def test_app_signs_in_by_the_practices_name(
    practice: Practice, account: PortalAccount, clock: FixedClock
) -> None:
    signed_in = await sign_in_patient_at(
        "willow-creek", OMAR, PASSWORD, Origin("203.0.113.7"), practice.services, kind=SessionKind.API
    )
    assert signed_in.session.refresh_token
    assert await caller_by_access_token(signed_in.session.access_token, Origin(), clock.now())


WRONG_SIGN_INS = [
    (OMAR, PASSWORD + "!"),
    (OMAR, ""),
    (OMAR, PASSWORD + "\ud800"),
    (OMAR, "x" * 1_000_000),
    ("nobody@example.com", PASSWORD),
    ("omar", PASSWORD),
    ("", PASSWORD),
    ("omar\x00@example.com", PASSWORD),
    ("\ud800", PASSWORD),
    ("a" * 1_000_000 + "@example.com", PASSWORD),
]


@pytest.mark.parametrize(("email", "password"), WRONG_SIGN_INS, ids=lambda value: ascii(value)[:30])
async def test_wrong_address_and_wrong_password_are_refused_alike(
    practice: Practice, account: PortalAccount, email: str, password: str
) -> None:
    async with nothing_changes():
        with pytest.raises(WrongCredentials) as refusal:
            await sign_in(practice, email, password)
        with pytest.raises(WrongCredentials):
            await sign_in_patient_at(
                "willow-creek", email, password, Origin("198.51.100.1"), practice.services, kind=SessionKind.API
            )
    assert vars(refusal.value) == {}


@pytest.mark.parametrize("slug", ["no-such-practice", "", "\x00", "\ud800", "Willow-Creek", "x" * 100_000], ids=ascii)
async def test_practice_that_does_not_exist_is_refused_alike(
    practice: Practice, account: PortalAccount, slug: str
) -> None:
    async with nothing_changes():
        with pytest.raises(WrongCredentials):
            await sign_in_patient_at(
                slug, OMAR, PASSWORD, Origin("203.0.113.7"), practice.services, kind=SessionKind.API
            )


async def test_account_of_another_practice_opens_nothing_here(
    practice: Practice, other_practice: Practice, account: PortalAccount
) -> None:
    with pytest.raises(WrongCredentials):
        await sign_in(other_practice)


@pytest.mark.parametrize(
    "change",
    [
        {"disabled_at": FixedClock().now(), "disabled_reason": "left us"},
        {"withdrawn_at": FixedClock().now()},
        {"email_verified_at": None},
        {"password_hash": None, "registered_at": None},
    ],
    ids=["disabled", "withdrawn", "unverified", "without a password"],
)
async def test_account_that_may_not_sign_in_is_refused_alike(
    practice: Practice, account: PortalAccount, change: dict[str, object]
) -> None:
    await PortalAccount.filter(id=account.id).update(**change)
    async with nothing_changes():
        with pytest.raises(WrongCredentials):
            await sign_in(practice)


async def test_invited_person_has_no_password_to_guess(practice: Practice) -> None:
    contact = await practice.contact()
    await invite_contact(practice.system, contact.id, practice.services)
    for password in ("", PASSWORD, "nobody has this password"):
        with pytest.raises(WrongCredentials):
            await sign_in(practice, password=password)


async def test_ten_misses_from_one_place_close_the_account_to_it_until_the_window_ends(
    practice: Practice, account: PortalAccount, clock: FixedClock
) -> None:
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            await sign_in(practice, "Omar.Reyes@example.com", "wrong")
    clock.advance(timedelta(minutes=5))
    async with nothing_changes():
        with pytest.raises(TooManyAttempts) as refusal:
            await sign_in(practice)
    assert refusal.value.retry_after == timedelta(minutes=10)
    clock.advance(timedelta(minutes=10))
    assert (await sign_in(practice)).account.id == account.id


async def test_unknown_address_is_throttled_like_a_known_one(practice: Practice, account: PortalAccount) -> None:
    for email in (OMAR, "nobody@example.com", "no address"):
        told = []
        for _ in range(12):
            with pytest.raises((WrongCredentials, TooManyAttempts)) as refusal:
                await sign_in(practice, email, "wrong")
            told.append(str(refusal.value))
        assert told == ["WRONG_CREDENTIALS"] * 10 + ["TOO_MANY_ATTEMPTS retry_after=0:15:00"] * 2


async def test_one_account_closed_leaves_others_open(practice: Practice, account: PortalAccount) -> None:
    await self_registered(practice, "rosa@example.com", verified=True)
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            await sign_in(practice, "rosa@example.com", "wrong")
    assert (await sign_in(practice)).account.id == account.id


async def test_success_forgets_earlier_misses(practice: Practice, account: PortalAccount) -> None:
    for _ in range(3):
        for _ in range(9):
            with pytest.raises(WrongCredentials):
                await sign_in(practice, password="wrong")
        await sign_in(practice)


async def test_guesses_at_once_are_counted_each(practice: Practice, account: PortalAccount) -> None:
    outcomes = await asyncio.gather(
        *(sign_in(practice, password=f"guess {number}") for number in range(15)), return_exceptions=True
    )
    assert Counter(type(outcome) for outcome in outcomes) == {WrongCredentials: 10, TooManyAttempts: 5}


@pytest.mark.parametrize(
    "change",
    [{"disabled_at": FixedClock().now()}, {"password_hash": "another"}, {"withdrawn_at": FixedClock().now()}],
    ids=lambda change: next(iter(change)),
)
async def test_account_changed_while_the_password_was_judged_opens_no_session(
    practice: Practice, account: PortalAccount, change: dict[str, object]
) -> None:
    async def happen() -> None:
        await PortalAccount.filter(id=account.id).update(**change)

    with pytest.raises(WrongCredentials):
        await overtaken(happen, sign_in(practice))
    assert await PatientSession.all().count() == 0
