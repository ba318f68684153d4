"""Keys with which a practice's programs sign, as values, and the port that reads and checks what they signed."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from clinic.values.errors import ClinicError
from clinic.values.problems import Problem

# Signatures that we take (security.md): no shared secret, and never "none". Ed25519 is the newer name of EdDSA.
ALGORITHMS = ("ES256", "EdDSA", "Ed25519", "PS256")


class AssertionProblem(StrEnum):
    """Why a signed assertion is not taken."""

    UNKNOWN = "UNKNOWN"  # no such client, no such key, or another's signature: nobody learns which
    MALFORMED = "MALFORMED"
    ALGORITHM = "ALGORITHM"
    NO_KEY_ID = "NO_KEY_ID"
    KEYS_UNREACHABLE = "KEYS_UNREACHABLE"
    AUDIENCE = "AUDIENCE"
    SUBJECT = "SUBJECT"
    NO_END = "NO_END"
    ENDED = "ENDED"  # seconds ago
    TOO_LONG = "TOO_LONG"  # seconds that it may last
    AHEAD = "AHEAD"  # seconds that the program's clock is ahead
    NO_ID = "NO_ID"
    USED = "USED"
    NOT_FOR_STAFF = "NOT_FOR_STAFF"


class AssertionRefused(ClinicError):
    """A program's signed assertion is not taken. `seconds` is what the problem tells a number of."""

    def __init__(self, problem: AssertionProblem, seconds: int = 0) -> None:
        self.problem = problem
        self.seconds = seconds


class KeySetRefused(Exception):
    """A set of keys that can't be used for a program; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


class ProgramKeys(Protocol):
    """Reads sets of keys, and checks signatures by them."""

    def checked(self, jwks: str) -> str:
        """A JWK Set (RFC 7517) as it is stored: public keys that we take, each with an id. Raises `KeySetRefused`."""
        ...

    def issuer_of(self, assertion: str) -> str:
        """Who the assertion says it is from, not proven yet. Raises `AssertionRefused`."""
        ...

    async def claims(self, assertion: str, jwks: str, jwks_url: str) -> Mapping[str, object]:
        """The claims of an assertion that a key of this set has signed; nothing in them is checked.

        The set is `jwks`, or is at `jwks_url` if that is not empty. Raises `AssertionRefused`.
        """
        ...


class NoProgramKeys:
    """Knows no keys: for programs of ours at which nobody signs in."""

    def checked(self, jwks: str) -> str:
        raise KeySetRefused(Problem.KEY_SET_UNREADABLE)

    def issuer_of(self, assertion: str) -> str:
        raise AssertionRefused(AssertionProblem.UNKNOWN)

    async def claims(self, assertion: str, jwks: str, jwks_url: str) -> Mapping[str, object]:
        raise AssertionRefused(AssertionProblem.UNKNOWN)
