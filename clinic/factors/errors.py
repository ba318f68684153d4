"""What can stand in the way of a second factor."""

from dataclasses import dataclass, field

from clinic.values.errors import ClinicError
from clinic.values.factors import FactorKind


@dataclass
class SecondFactorNeeded(ClinicError):
    """The password is right, and a second factor is asked for.

    `challenge` is the token of the step, shown once. `kinds` are the person's factors; none where a manager has reset
    them and handed over a code. `passkey_options` is what a browser needs to ask for a passkey, as JSON.
    """

    challenge: str = field(repr=False)
    kinds: tuple[FactorKind, ...]
    passkey_options: str | None = field(repr=False)

    def __str__(self) -> str:
        """For logs: without the token."""
        return self.code


class FactorRefused(ClinicError):
    """The code is wrong or was used before, or the passkey proves nothing. Never says which."""


class ChallengeNotUsable(ClinicError):
    """The step was begun too long ago, is done, or was never begun: the person starts again."""


class LastFactor(ClinicError):
    """The practice asks its staff for a second factor, and this is the person's only one."""


class LongerPasswordNeeded(ClinicError):
    """The password is so short that it does only together with a second factor."""
