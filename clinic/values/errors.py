"""Expected refusals: each is one class with a code, and the values that a face's words for it may need.

The core has no sentences for them. A face maps every refusal once and decides how it is said.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from clinic.values.problems import Problem, Weakness


class ClinicError(Exception):
    """A refusal a person can act on. `code` is the class's name in capitals, such as NOT_PERMITTED."""

    code: ClassVar[str] = "CLINIC_ERROR"

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<=.)(?=[A-Z])", "_", cls.__name__).upper()

    def __str__(self) -> str:
        """For logs: the code and the values."""
        return " ".join([self.code, *(f"{name}={value}" for name, value in vars(self).items())])


class NotPermitted(ClinicError):
    """The caller lacks a permission; `permission` is its name in the schema."""

    def __init__(self, permission: str) -> None:
        self.permission = permission


class StaffOnly(ClinicError):
    """A patient asked for something that is for staff."""


class PatientsOnly(ClinicError):
    """A staff member asked for something that is for patients."""


class NotFound(ClinicError):
    """No such record for this caller: never given out, or another organization's. `field` is the input naming it."""

    def __init__(self, field: str) -> None:
        self.field = field


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one input, by its path in camelCase; `values` are those that `Problem` names."""

    path: str
    code: Problem
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.path}:{self.code}"


class InvalidInput(ClinicError):
    """One or several inputs can't be used; nothing was changed."""

    def __init__(self, problems: Iterable[FieldProblem]) -> None:
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return " ".join([self.code, *map(str, self.problems)])

    @classmethod
    def one(cls, path: str, code: Problem, **values: object) -> "InvalidInput":
        return cls([FieldProblem(path, code, values)])


class TooManyAttempts(ClinicError):
    """A throttle is closed until `retry_after` has passed."""

    def __init__(self, retry_after: timedelta) -> None:
        self.retry_after = retry_after


class WeakPassword(ClinicError):
    """The password may not be used, for these reasons."""

    def __init__(self, reasons: Iterable[Weakness]) -> None:
        self.reasons = tuple(reasons)


class WrongCredentials(ClinicError):
    """No such sign-in; never says which part was wrong, or whether the address is known."""


class AccountClosed(WrongCredentials):
    """The account whose right password was typed is closed. Nobody else learns it; `phone` is the practice's."""

    def __init__(self, organization: str, phone: str) -> None:
        self.organization = organization
        self.phone = phone


class SessionEnded(ClinicError):
    """A token that no longer opens anything: unknown, expired, spent or signed out."""


class FreshSignInNeeded(ClinicError):
    """The act asks for a sign-in of the last minutes: the person proves themselves again and goes on."""


class SecondFactorMissing(ClinicError):
    """The caller's practice asks staff for a second factor, and the caller has none: they can only add one."""


class EmailTaken(ClinicError):
    """Another staff member of the organization signs in with this address."""


class InvitationNotUsable(ClinicError):
    """The link opens nothing (any more). `reason`: UNKNOWN, USED, REPLACED, REVOKED or EXPIRED."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class LinkNotUsable(ClinicError):
    """A mailed link about an account opens nothing (any more).

    `reason`: UNKNOWN, USED, REPLACED, WITHDRAWN or EXPIRED.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
