"""Hundreds of guesses at a record, by alias, side by side, from many networks and accounts: ten are looked at."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from starlette.applications import Starlette

from clinic.letters.delivery import deliver_due_letters
from clinic.portal_access.actions import accept_invitation, invite_contact
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.portal_access.models import PortalAccount, PortalLink
from clinic.records.models import Contact
from clinic.sessions.actions import open_patient_session
from clinic.sessions.models import SessionKind
from clinic.values.callers import Permission
from clinic.values.pin import new_pin
from tests.campaign import rounds
from tests.clock import FixedClock
from tests.factories import BORN, PASSWORD, Mailbox, Practice
from tests.factories.letters import token_in
from tests.patient_portal.practice import Visitor
from tests.security.conftest import PORTAL_URL, knocking_from

GUESSES = rounds(150, 1000)
# An account has five tries an hour, so that three hundred guesses take sixty of them.
PER_ACCOUNT = 5
AT_ONCE = 20
A_DAY = timedelta(hours=24)

MISS, DONE, PAUSE = "IdentityNotConfirmed", "ConnectWithPinSuccess", "TooManyAttempts"

_GUESS = 'g{n}: connectWithPin(input: {{pin: "{pin}", dateOfBirth: "{born}"}}) {{ __typename }}'


@dataclass(frozen=True)
class Guess:
    pin: str
    born: date


async def stranger_signed_in(practice: Practice, number: int, kind: SessionKind = SessionKind.API) -> str:
    """The session of somebody who registered alone, verified an address, and has no record."""
    now = practice.services.clock.now()
    account = await PortalAccount.create(
        organization_id=practice.organization.id,
        email=f"stranger{number}@example.com",
        email_normal=f"stranger{number}@example.com",
        password_hash="!",
        created_at=now,
        registered_at=now,
        email_verified_at=now,
    )
    session = await open_patient_session(practice.organization.id, account.id, kind, practice.anonymous.origin, now)
    return session.access_token


def pin_of(practice: Practice, contact: Contact) -> str:
    return practice.services.secrets.decrypt(contact.pin_encrypted)


async def guess(api: Starlette, token: str, network: str, guesses: Sequence[Guess]) -> list[str]:
    """Several guesses in one document; what each was answered."""
    fields = " ".join(_GUESS.format(n=n, pin=one.pin, born=one.born) for n, one in enumerate(guesses))
    async with knocking_from(network, api) as client:
        answer = await client.holding(token).run(f"mutation {{ {fields} }}")
    return [str(one["__typename"]) for one in answer.values()]


async def guess_from_everywhere(practice: Practice, api: Starlette, guesses: Sequence[Guess]) -> "Counter[str]":
    """Five guesses by alias, each document from an account and a network of its own, many at once."""
    documents = [guesses[start : start + PER_ACCOUNT] for start in range(0, len(guesses), PER_ACCOUNT)]
    tokens = [await stranger_signed_in(practice, number) for number in range(len(documents))]
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> list[str]:
        async with turn:
            return await guess(api, tokens[number], f"2001:db8:0:{number:x}::1", documents[number])

    return Counter(answer for answers in await asyncio.gather(*map(one, range(len(documents)))) for answer in answers)


def other_days(count: int) -> Iterable[date]:
    return (BORN + timedelta(days=number) for number in range(1, count + 1))


async def owner_tries(practice: Practice, api: Starlette, contact: Contact, number: int = 9000) -> str:
    """The record's own person, from home, with the PIN and the date of birth."""
    token = await stranger_signed_in(practice, number)
    [answer] = await guess(api, token, "203.0.113.7", [Guess(pin_of(practice, contact), BORN)])
    return answer


@pytest.mark.campaign
async def test_of_hundreds_of_dates_tried_with_a_stolen_sheet_ten_are_looked_at(
    practice: Practice, api: Starlette, clock: FixedClock
) -> None:
    contact = await practice.contact()
    pin = pin_of(practice, contact)
    thief = await stranger_signed_in(practice, 8000)
    other_thief = await stranger_signed_in(practice, 8001)
    first_ten = [Guess(pin, born) for born in other_days(10)]
    for token, guesses in ((thief, first_ten[:5]), (other_thief, first_ten[5:])):
        assert await guess(api, token, "198.51.100.66", guesses) == [MISS] * 5

    # The right date is among the others, more than once.
    dates = [BORN if number % 100 == 0 else BORN - timedelta(days=number) for number in range(GUESSES - 10)]
    assert await guess_from_everywhere(practice, api, [Guess(pin, born) for born in dates]) == {MISS: GUESSES - 10}
    assert await owner_tries(practice, api, contact) in (MISS, PAUSE)
    assert await PortalLink.all().count() == 0

    clock.advance(A_DAY)
    assert await owner_tries(practice, api, contact, 9001) == DONE


@pytest.mark.campaign
async def test_hundreds_of_pins_tried_with_the_right_date_close_the_record_until_the_window_ends(
    practice: Practice, api: Starlette, clock: FixedClock
) -> None:
    contact = await practice.contact()
    answers = await guess_from_everywhere(practice, api, [Guess(new_pin(), BORN) for _ in range(GUESSES)])
    assert answers[DONE] == 0
    assert await owner_tries(practice, api, contact) in (MISS, PAUSE)
    assert await PortalLink.all().count() == 0

    clock.advance(A_DAY)
    assert await owner_tries(practice, api, contact, 9001) == DONE


async def test_strangers_pins_with_a_birthday_close_the_way_to_their_network_only(
    practice: Practice, api: Starlette
) -> None:
    contact = await practice.contact()
    right = Guess(pin_of(practice, contact), BORN)
    for number in range(2):
        token = await stranger_signed_in(practice, number)
        await guess(api, token, "198.51.100.66", [Guess(new_pin(), BORN) for _ in range(5)])
    neighbour = await stranger_signed_in(practice, 2)
    assert await guess(api, neighbour, "198.51.100.66", [right]) == [MISS]
    assert await owner_tries(practice, api, contact) == DONE


async def test_hundreds_of_pins_with_a_birthday_do_not_shut_out_who_has_a_verified_address_of_the_record(
    practice: Practice, api: Starlette
) -> None:
    contact = await practice.contact(emails=("stranger9001@example.com",))
    await guess_from_everywhere(practice, api, [Guess(new_pin(), BORN) for _ in range(101)])
    assert await owner_tries(practice, api, contact, 9000) == MISS
    assert await owner_tries(practice, api, contact, 9001) == DONE


async def test_guesses_at_once_are_counted_one_by_one(practice: Practice, api: Starlette) -> None:
    """Of an account's hundred guesses in ten documents at the same moment, five are looked at."""
    contact = await practice.contact()
    token = await stranger_signed_in(practice, 1)
    guesses = [Guess(pin_of(practice, contact), born) for born in other_days(10)]
    documents = [guess(api, token, f"2001:db8:0:{number:x}::1", guesses) for number in range(10)]
    answers = Counter(answer for found in await asyncio.gather(*documents) for answer in found)
    assert answers == {MISS: 5, PAUSE: 95}


async def test_what_the_api_counted_the_portal_counts_on(
    practice: Practice, api: Starlette, portal: Starlette, clock: FixedClock
) -> None:
    contact = await practice.contact()
    pin = pin_of(practice, contact)
    for number in range(2):
        token = await stranger_signed_in(practice, number)
        await guess(api, token, "198.51.100.66", [Guess(pin, born) for born in other_days(5)])
    visitor = Visitor(portal, PORTAL_URL)
    cookie = await stranger_signed_in(practice, 2, SessionKind.BROWSER)
    visitor.http.cookies.set("__Host-session-willow-creek", cookie)
    page = await visitor.fill("/willow-creek/connect", pin=pin, date_of_birth=BORN.isoformat())
    assert page.status == 422
    assert await PortalLink.all().count() == 0


async def test_owner_of_a_record_under_attack_still_gets_in_by_invitation(
    practice: Practice, mailbox: Mailbox, api: Starlette
) -> None:
    contact = await practice.contact()
    pin = pin_of(practice, contact)
    await guess_from_everywhere(practice, api, [Guess(pin, born) for born in other_days(50)])
    assert await owner_tries(practice, api, contact) == MISS

    desk = await practice.staff(Permission.WEB_PORTAL)
    await invite_contact(desk, contact.id, practice.services)
    await deliver_due_letters(practice.services, worker_name="test")
    signed_in = await accept_invitation(
        practice.anonymous,
        token_in(mailbox.letters[-1]),
        IdentityClaim(date_of_birth=BORN),
        PASSWORD,
        practice.services,
        kind=SessionKind.BROWSER,
    )
    link = await PortalLink.get(contact_id=contact.id, unlinked_at=None)
    assert link.account_id == signed_in.account.id
