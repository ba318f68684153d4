"""Guessing is slowed down for whoever guesses, and only for them."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from starlette.applications import Starlette

from clinic.mail.models import Letter, LetterKind
from clinic.portal_access.actions.reauthenticate import reauthenticate
from clinic.portal_access.models import PortalAccount
from clinic.staff.actions import create_staff_member
from clinic.throttling.models import AttemptWindow
from clinic.values.callers import Origin, PatientCaller
from clinic.values.errors import TooManyAttempts, WrongCredentials
from tests.api.client import Client
from tests.clock import FixedClock
from tests.factories import BORN, PASSWORD, Mailbox, Practice
from tests.patient_portal.practice import Visitor
from tests.security.conftest import PORTAL_URL, knocking_from
from tests.security.people import EMAIL, invited, registered

STAFF_EMAIL = "front.desk@willow-creek.example"
HOME = "/willow-creek/"


@pytest.fixture
async def desk(practice: Practice) -> Practice:
    """The practice, with a staff member who has a password."""
    await create_staff_member(
        practice.system, name="Fran", email=STAFF_EMAIL, password=PASSWORD, services=practice.services
    )
    return practice


def credentials(email: str, password: str = "wrong") -> dict[str, str]:
    return {"organization": "willow-creek", "email": email, "password": password}


async def outcome(client: Client, mutation: str, given: dict[str, str]) -> str:
    return str((await client.mutate(mutation, given))["__typename"])


@pytest.mark.parametrize(("mutation", "email"), [("signInStaff", STAFF_EMAIL), ("signInPatient", EMAIL)])
async def test_whoever_guesses_does_not_lock_the_owner_out(
    mutation: str, email: str, desk: Practice, mailbox: Mailbox, api: Starlette, stranger: Client
) -> None:
    await registered(desk, mailbox)
    async with knocking_from("198.51.100.66", api) as guesser:
        answers = [await outcome(guesser, mutation, credentials(email)) for _ in range(12)]
    assert answers == ["WrongCredentials"] * 10 + ["TooManyAttempts"] * 2
    assert await outcome(stranger, mutation, credentials(email, PASSWORD)) == "SignInSuccess"


async def test_guesser_of_the_api_does_not_lock_the_owner_out_of_the_portal(
    practice: Practice, mailbox: Mailbox, api: Starlette, portal: Starlette
) -> None:
    await registered(practice, mailbox)
    async with knocking_from("198.51.100.66", api) as guesser:
        for _ in range(11):
            await outcome(guesser, "signInPatient", credentials(EMAIL))
    page = await Visitor(portal, PORTAL_URL).fill(HOME, email=EMAIL, password=PASSWORD)
    assert page.status == 303


async def test_guesses_from_many_addresses_are_counted_together(
    desk: Practice, api: Starlette, clock: FixedClock
) -> None:
    answers = []
    for number in range(60):
        async with knocking_from(f"198.51.100.{number}", api) as guesser:
            answers.append(await outcome(guesser, "signInStaff", credentials(STAFF_EMAIL)))
    assert answers == ["WrongCredentials"] * 50 + ["TooManyAttempts"] * 10
    clock.advance(timedelta(hours=1))
    async with knocking_from("203.0.113.7", api) as owner:
        assert await outcome(owner, "signInStaff", credentials(STAFF_EMAIL, PASSWORD)) == "SignInSuccess"


SIGNED_IN, WRONG, PAUSED = "SignInSuccess", "WrongCredentials", "TooManyAttempts"


async def close_for_strangers(api: Starlette, mutation: str, email: str) -> None:
    """Guess from 60 networks until the account is closed to all that are not known."""
    answers = set()
    for number in range(60):
        async with knocking_from(f"198.51.100.{number}", api) as guesser:
            answers.add(await outcome(guesser, mutation, credentials(email)))
    assert PAUSED in answers


@pytest.mark.parametrize(("mutation", "email"), [("signInStaff", STAFF_EMAIL), ("signInPatient", EMAIL)])
async def test_however_many_guess_the_owner_gets_in_from_a_network_they_signed_in_from(
    mutation: str, email: str, desk: Practice, mailbox: Mailbox, api: Starlette, clock: FixedClock
) -> None:
    await registered(desk, mailbox)
    right = credentials(email, PASSWORD)
    async with knocking_from("192.0.2.20", api) as owner:
        assert await outcome(owner, mutation, right) == SIGNED_IN
    await close_for_strangers(api, mutation, email)
    async with knocking_from("192.0.2.99", api) as elsewhere, knocking_from("192.0.2.20", api) as owner:
        # The right password is no use to a stranger, and a wrong one is answered alike at home and elsewhere.
        answers = [await outcome(elsewhere, mutation, right), await outcome(owner, mutation, credentials(email))]
        assert answers == [PAUSED, PAUSED]
        assert await outcome(owner, mutation, right) == SIGNED_IN
    clock.advance(timedelta(days=91))
    await close_for_strangers(api, mutation, email)
    async with knocking_from("192.0.2.20", api) as owner:
        assert await outcome(owner, mutation, right) == PAUSED


async def test_who_is_signed_in_still_signs_with_the_password_while_strangers_guess(
    practice: Practice, mailbox: Mailbox, api: Starlette
) -> None:
    person = await registered(practice, mailbox)
    await close_for_strangers(api, "signInPatient", EMAIL)
    at_home = Origin("192.0.2.77")
    caller = PatientCaller(practice.organization.id, person.account.id, person.session.session_id, at_home)
    assert (await reauthenticate(caller, PASSWORD, practice.services)).id == person.account.id
    # A stolen session is no way around the limit, from however many networks.
    for number in range(50):
        thief = replace(caller, origin=Origin(f"198.51.100.{number}"))
        with pytest.raises(WrongCredentials):
            await reauthenticate(thief, "wrong", practice.services)
    with pytest.raises(TooManyAttempts):
        await reauthenticate(replace(caller, origin=Origin("198.51.100.200")), PASSWORD, practice.services)


async def test_strangers_who_ask_for_letters_leave_the_owner_one_an_hour(
    practice: Practice, mailbox: Mailbox, api: Starlette, clock: FixedClock
) -> None:
    await registered(practice, mailbox)
    ask = {"organization": "willow-creek", "email": EMAIL}

    async def letters_after_asking(times: int) -> int:
        for number in range(times):
            async with knocking_from(f"198.51.100.{number}", api) as client:
                await client.mutate("requestPasswordReset", ask)
        return await Letter.filter(kind=LetterKind.RESET_PASSWORD).count()

    assert await letters_after_asking(20) == 6
    clock.advance(timedelta(hours=1))
    assert await letters_after_asking(20) == 7


async def test_neighbours_in_one_ipv6_network_are_one_address(desk: Practice, api: Starlette) -> None:
    answers = []
    for number in range(12):
        async with knocking_from(f"2001:db8:7:7::{number:x}", api) as guesser:
            answers.append(await outcome(guesser, "signInStaff", credentials(STAFF_EMAIL)))
    assert answers == ["WrongCredentials"] * 10 + ["TooManyAttempts"] * 2
    async with knocking_from("2001:db8:7:8::1", api) as other_network:
        assert await outcome(other_network, "signInStaff", credentials(STAFF_EMAIL, PASSWORD)) == "SignInSuccess"


async def test_one_address_that_tries_many_accounts_is_stopped_before_anything_is_hashed(
    practice: Practice, api: Starlette
) -> None:
    async with knocking_from("198.51.100.66", api) as guesser:
        answers = [
            await outcome(guesser, "signInPatient", credentials(f"person{number}@example.com")) for number in range(102)
        ]
    assert answers == ["WrongCredentials"] * 100 + ["TooManyAttempts"] * 2


GUESS = (
    'g{n}: acceptPortalInvitation(input: {{token: "{token}", dateOfBirth: "{born}", password: "x"}}) {{ __typename }}'
)


async def test_ten_guesses_in_one_document_are_ten_guesses(
    practice: Practice, mailbox: Mailbox, stranger: Client
) -> None:
    token = await invited(practice, mailbox)
    days = [date(1980, 5, day) for day in range(20, 29)] + [BORN]
    guesses = " ".join(GUESS.format(n=n, token=token, born=day) for n, day in enumerate(days))
    answer = await stranger.run(f"mutation {{ {guesses} }}")
    assert [found["__typename"] for found in answer.values()] == ["IdentityNotConfirmed"] * 5 + ["TooManyAttempts"] * 5


async def test_guesses_at_once_are_counted_one_by_one(practice: Practice, mailbox: Mailbox, stranger: Client) -> None:
    token = await invited(practice, mailbox)
    given = {"token": token, "dateOfBirth": "1980-05-20", "password": PASSWORD}
    answers = await asyncio.gather(*[outcome(stranger, "acceptPortalInvitation", given) for _ in range(20)])
    assert sorted(answers) == ["IdentityNotConfirmed"] * 5 + ["TooManyAttempts"] * 15


async def test_ten_guesses_about_a_person_a_day_whatever_the_door(
    practice: Practice, mailbox: Mailbox, stranger: Client, visitor: Visitor, clock: FixedClock
) -> None:
    token = await invited(practice, mailbox)
    wrong = {"token": token, "dateOfBirth": "1980-05-20", "password": PASSWORD}
    for _ in range(5):
        assert await outcome(stranger, "acceptPortalInvitation", wrong) == "IdentityNotConfirmed"
    clock.advance(timedelta(minutes=30))
    link = f"/willow-creek/register/{token}"
    for _ in range(5):
        page = await visitor.fill(link, date_of_birth="1980-05-20", password=PASSWORD)
        assert page.status == 422
    clock.advance(timedelta(minutes=30))
    right = {**wrong, "dateOfBirth": BORN.isoformat()}
    assert await outcome(stranger, "acceptPortalInvitation", right) == "TooManyAttempts"
    assert (await visitor.fill(link, date_of_birth=BORN.isoformat(), password=PASSWORD)).status == 429
    clock.advance(timedelta(hours=24))
    assert await outcome(stranger, "acceptPortalInvitation", right) == "AcceptPortalInvitationSuccess"


async def test_counted_attempts_name_nobody(practice: Practice, stranger: Client) -> None:
    await outcome(stranger, "signInPatient", credentials(EMAIL))
    keys = [str(key) for key in await AttemptWindow.all().values_list("key", flat=True)]
    assert len(keys) == 3
    assert all(len(key) == 64 and set(key) <= set("0123456789abcdef") for key in keys)
    assert await PortalAccount.all().count() == 0
