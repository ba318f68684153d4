"""Which ways guesses have closed for a person, for staff to see and to open again (decision 0036)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from clinic.database.rows import fetch_as
from clinic.throttling.models import AttemptWindow
from clinic.throttling.throttle import (
    SIGN_IN_PER_ACCOUNT,
    SIGN_IN_PER_ACCOUNT_ANYWHERE,
    Throttle,
    key_of,
    network_of,
)

K = TypeVar("K")


class ClosedWay(StrEnum):
    """What somebody has tried too often."""

    SIGN_IN = "SIGN_IN"
    IDENTITY = "IDENTITY"
    INVITATION = "INVITATION"
    CONNECTING = "CONNECTING"


@dataclass(frozen=True)
class ClosedThrottle:
    """A way that is closed until `until`, in UTC. The guesses may be a stranger's or the person's own."""

    way: ClosedWay
    until: datetime


@dataclass(frozen=True)
class Watched:
    """A throttle that may be closed for a person, and what their attempts are counted under."""

    way: ClosedWay
    throttle: Throttle
    subject: str

    @property
    def key(self) -> str:
        return key_of(self.throttle, self.subject)


@dataclass(frozen=True)
class _Window:
    key: str
    attempts: int
    ends_at: datetime


_WINDOWS = "SELECT key, attempts, ends_at FROM attempt_window WHERE key {text_in_1} AND ends_at > $2"


def sign_in_ways(account: str, addresses: Sequence[str]) -> list[Watched]:
    """The limits on signing in to an account: from anywhere, and from each address that it was signed in from."""
    networks = sorted({network_of(address) for address in addresses})
    return [
        Watched(ClosedWay.SIGN_IN, SIGN_IN_PER_ACCOUNT_ANYWHERE, account),
        *(Watched(ClosedWay.SIGN_IN, SIGN_IN_PER_ACCOUNT, f"{account} from {network}") for network in networks),
    ]


async def closed_throttles(watched: Mapping[K, Sequence[Watched]], now: datetime) -> dict[K, list[ClosedThrottle]]:
    """For each person the ways that the next attempt would find closed, each once with its last end. One statement."""
    keys = [each.key for ways in watched.values() for each in ways]
    windows = {window.key: window for window in await fetch_as(_Window, _WINDOWS, keys, now)} if keys else {}
    found: dict[K, list[ClosedThrottle]] = {}
    for person, ways in watched.items():
        ends: dict[ClosedWay, datetime] = {}
        for each in ways:
            window = windows.get(each.key)
            if window and window.attempts >= each.throttle.limit:
                ends[each.way] = max(window.ends_at, ends.get(each.way, window.ends_at))
        found[person] = [ClosedThrottle(way, ends[way]) for way in ClosedWay if way in ends]
    return found


async def open_again(watched: Sequence[Watched]) -> None:
    """Forget the attempts that were counted for a person. Call it in the transaction of the action."""
    await AttemptWindow.filter(key__in=[each.key for each in watched]).delete()
