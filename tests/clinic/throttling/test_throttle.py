"""Throttles: counted for good before anything is judged, atomically, and never closed for ever."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import pytest
from tortoise.context import TortoiseContext

from clinic.throttling.models import AttemptWindow
from clinic.throttling.throttle import (
    IDENTITY_PER_CONTACT,
    IDENTITY_PER_INVITATION,
    Throttle,
    count_attempt,
    count_sign_in,
    network_of,
    remove_ended_windows,
    reset_attempts,
    reset_sign_in_attempts,
    sign_in_succeeded,
)
from clinic.values.errors import TooManyAttempts
from tests.clock import FixedClock

THREE = Throttle("three", 3, timedelta(minutes=15))
OTHER = Throttle("other", 3, timedelta(minutes=15))


@dataclass
class Door:
    """Tries one throttle's subject and tells whether it was let through."""

    clock: FixedClock
    throttle: Throttle = THREE

    async def opens(self, subject: str = "omar") -> bool:
        try:
            await count_attempt(self.throttle, subject, self.clock)
        except TooManyAttempts:
            return False
        return True


@pytest.fixture
def door(database: TortoiseContext, clock: FixedClock) -> Door:
    return Door(clock)


async def test_as_many_as_the_limit_pass_and_no_more(door: Door) -> None:
    assert [await door.opens() for _ in range(6)] == [True, True, True, False, False, False]


async def test_window_runs_from_the_first_attempt_and_ends_by_itself(door: Door, clock: FixedClock) -> None:
    for _ in range(3):
        assert await door.opens()
        clock.advance(timedelta(minutes=4))
    with pytest.raises(TooManyAttempts) as refusal:
        await count_attempt(THREE, "omar", clock)
    assert refusal.value.retry_after == timedelta(minutes=3)
    assert str(refusal.value) == "TOO_MANY_ATTEMPTS retry_after=0:03:00"
    clock.advance(timedelta(minutes=3) - timedelta(seconds=1))
    assert not await door.opens()
    clock.advance(timedelta(seconds=1))
    assert [await door.opens() for _ in range(4)] == [True, True, True, False]


async def test_trying_on_while_closed_makes_it_no_longer(door: Door, clock: FixedClock) -> None:
    for _ in range(100):
        await door.opens()
    clock.advance(timedelta(minutes=15))
    assert await door.opens()


async def test_subjects_and_throttles_are_counted_apart(door: Door, clock: FixedClock) -> None:
    for _ in range(4):
        await door.opens()
    assert not await door.opens()
    assert await door.opens("rosa")
    assert await Door(clock, OTHER).opens()


async def test_name_and_subject_are_never_mistaken_for_each_other(door: Door, clock: FixedClock) -> None:
    one, two = Throttle("a", 1, timedelta(hours=1)), Throttle("ab", 1, timedelta(hours=1))
    assert await Door(clock, one).opens("bc")
    assert await Door(clock, two).opens("c")


async def test_forgetting_starts_afresh(door: Door) -> None:
    for _ in range(4):
        await door.opens()
    await reset_attempts(OTHER, "omar")
    assert not await door.opens()
    await reset_attempts(THREE, "omar")
    assert [await door.opens() for _ in range(4)] == [True, True, True, False]


async def test_attempts_at_once_are_all_counted(door: Door) -> None:
    outcomes = await asyncio.gather(*(door.opens() for _ in range(40)))
    assert Counter(outcomes) == {True: 3, False: 37}
    [window] = await AttemptWindow.all()
    assert window.attempts == 40


async def test_window_that_ended_is_begun_anew_by_only_one_of_many(door: Door, clock: FixedClock) -> None:
    for _ in range(5):
        await door.opens()
    clock.advance(timedelta(minutes=15))
    assert Counter(await asyncio.gather(*(door.opens() for _ in range(20)))) == {True: 3, False: 17}


@pytest.mark.parametrize("subject", ["", "\x00", "\ud800", "x" * 1_000_000, "' OR 1=1 --"], ids=lambda s: ascii(s)[:12])
async def test_any_subject_can_be_counted(door: Door, subject: str) -> None:
    assert [await door.opens(subject) for _ in range(4)] == [True, True, True, False]


async def test_table_tells_nobody_who(door: Door) -> None:
    await door.opens("omar.reyes@example.com")
    [window] = await AttemptWindow.all()
    assert len(window.key) == 64
    assert set(window.key) <= set("0123456789abcdef")


async def test_ended_windows_are_swept_and_others_stay(door: Door, clock: FixedClock) -> None:
    await door.opens("omar")
    clock.advance(timedelta(minutes=10))
    await door.opens("rosa")
    clock.advance(timedelta(minutes=6))
    assert await remove_ended_windows(clock.now()) == 1
    assert await AttemptWindow.all().count() == 1


def test_identity_is_tried_as_often_as_the_security_page_allows() -> None:
    assert (IDENTITY_PER_INVITATION.limit, IDENTITY_PER_INVITATION.window) == (5, timedelta(minutes=30))
    assert (IDENTITY_PER_CONTACT.limit, IDENTITY_PER_CONTACT.window) == (10, timedelta(hours=24))


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("not an address", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_place_is_what_one_customer_holds(address: str | None, place: str) -> None:
    assert network_of(address) == place


async def test_sign_ins_are_counted_by_place_by_account_and_by_both(
    database: TortoiseContext, clock: FixedClock
) -> None:
    for _ in range(10):
        await count_sign_in("omar", "203.0.113.7", clock)
    with pytest.raises(TooManyAttempts):
        await count_sign_in("omar", "203.0.113.7", clock)
    await count_sign_in("omar", "198.51.100.1", clock)
    await count_sign_in("rosa", "203.0.113.7", clock)
    await reset_sign_in_attempts("omar", "203.0.113.7")
    await count_sign_in("omar", "203.0.113.7", clock)


async def test_one_place_may_not_try_accounts_without_end(database: TortoiseContext, clock: FixedClock) -> None:
    for number in range(100):
        await count_sign_in(f"person {number}", "2001:db8::1", clock)
    with pytest.raises(TooManyAttempts):
        await count_sign_in("person 100", "2001:db8::2", clock)
    await count_sign_in("person 100", "2001:db8:0:1::2", clock)


async def test_a_whole_waiting_room_signs_in_on_one_address(database: TortoiseContext, clock: FixedClock) -> None:
    for number in range(120):
        await count_sign_in(f"person {number}", "203.0.113.7", clock)
        await sign_in_succeeded(f"person {number}", "203.0.113.7")
    for number in range(100):
        await count_sign_in(f"guessed {number}", "203.0.113.7", clock)
    with pytest.raises(TooManyAttempts):
        await count_sign_in("one more", "203.0.113.7", clock)


async def test_a_place_that_guessed_is_closed_to_whoever_is_there(database: TortoiseContext, clock: FixedClock) -> None:
    for number in range(100):
        await count_sign_in(f"guessed {number}", "203.0.113.7", clock)
    for _ in range(3):
        with pytest.raises(TooManyAttempts):
            await count_sign_in("my own", "203.0.113.7", clock)
