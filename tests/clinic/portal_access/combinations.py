"""Every combination of facts that the icon depends on, and product §2's rules once more, as an independent list."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import product

from clinic.portal_access.status import PortalState


class Bearer(Enum):
    """What is known of the account that bears an address."""

    NOBODY = "no account"
    UNVERIFIED = "registered itself, never verified the address"
    ALONE = "registered itself, verified, linked to no contact"
    HERE = "registered, linked to this contact"
    ELSEWHERE = "registered, linked to another contact"
    INVITED_HERE = "invited, linked to this contact"
    INVITED_ELSEWHERE = "invited, linked to another contact"


class Own(Enum):
    """The contact's own live link, to an account that bears none of its addresses."""

    NONE = "none"
    INVITED = "invited"
    REGISTERED = "registered"


_OURS = {Bearer.HERE: Own.REGISTERED, Bearer.INVITED_HERE: Own.INVITED}


@dataclass(frozen=True)
class Combination:
    """A contact: who bears each of its addresses, primary first, and its live link to an account elsewhere."""

    bearers: tuple[Bearer, ...]
    own: Own = Own.NONE

    def __str__(self) -> str:
        return "+".join(bearer.name.lower() for bearer in self.bearers) + f"/{self.own.name.lower()}"

    @property
    def live_link(self) -> Own:
        """The contact's live link, wherever its account's address is."""
        return next((_OURS[bearer] for bearer in self.bearers if bearer in _OURS), self.own)


def _possible() -> Iterator[Combination]:
    """A contact has one live link at most, so no combination has two of its own."""
    for addresses in (0, 1, 2):
        for bearers in product(Bearer, repeat=addresses):
            ours = sum(bearer in _OURS for bearer in bearers)
            for own in Own if ours == 0 else [Own.NONE]:
                if ours <= 1:
                    yield Combination(bearers, own)


ALL = tuple(_possible())

_RULES: list[tuple[str, Callable[[Combination], bool], PortalState]] = [
    ("a live link to a registered account", lambda c: c.live_link is Own.REGISTERED, PortalState.LINKED),
    ("a live link to one not yet registered", lambda c: c.live_link is Own.INVITED, PortalState.INVITED),
    ("no address and no link", lambda c: len(c.bearers) == 0, PortalState.NO_EMAIL),
    ("an unlinked account on any address", lambda c: Bearer.ALONE in c.bearers, PortalState.ACCOUNT_NOT_LINKED),
    (
        "the primary address is taken",
        lambda c: c.bearers[0] in {Bearer.ELSEWHERE, Bearer.INVITED_ELSEWHERE},
        PortalState.EMAIL_CONFLICT,
    ),
    ("an address and nothing else that counts", lambda c: True, PortalState.NO_ACCOUNT),
]


def state_by_the_book(combination: Combination) -> PortalState:
    """The first of product §2's rules that holds."""
    return next(state for _, holds, state in _RULES if holds(combination))
