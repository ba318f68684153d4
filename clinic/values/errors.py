"""Expected refusals. Each carries data; a face maps every kind once and decides how it is said."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar


class ClinicError(Exception):
    """A refusal a person can act on. `message` is plain English and names the remedy.

    `code` tells it from others, and is the class's name in capitals: NOT_PERMITTED.
    """

    code: ClassVar[str] = "CLINIC_ERROR"
    message: str = "This could not be done."

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<=.)(?=[A-Z])", "_", cls.__name__).upper()

    def __str__(self) -> str:
        return self.message


class NotPermitted(ClinicError):
    """The caller lacks a permission; `permission` is its name in the schema."""

    def __init__(self, permission: str) -> None:
        self.permission = permission
        self.message = f"You need the permission {permission} for this. Ask someone who manages staff."


class NotFound(ClinicError):
    """No such record for this caller: never given out, or another organization's. `field` is the input naming it."""

    def __init__(self, field: str) -> None:
        self.field = field
        self.message = "There is no such record. Reload the page and try again."


@dataclass(frozen=True)
class FieldProblem:
    """What is wrong with one input, by its path in camelCase, and what would be right."""

    path: str
    message: str


class InvalidInput(ClinicError):
    """One or several inputs can't be used; nothing was changed."""

    def __init__(self, problems: Iterable[FieldProblem]) -> None:
        self.problems = tuple(problems)
        self.message = "Please correct: " + " ".join(f"{p.path}: {p.message}" for p in self.problems)

    @classmethod
    def one(cls, path: str, message: str) -> "InvalidInput":
        return cls([FieldProblem(path, message)])


class TooManyAttempts(ClinicError):
    """A throttle is closed until `retry_after` has passed."""

    def __init__(self, retry_after: timedelta) -> None:
        self.retry_after = retry_after
        minutes = max(1, round(retry_after.total_seconds() / 60))
        self.message = f"Too many attempts. Try again in {minutes} min."


class WeakPassword(ClinicError):
    """The password may not be used; `reasons` are plain sentences for the person choosing it."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        self.message = " ".join(self.reasons)


class WrongCredentials(ClinicError):
    """No such sign-in; never says which part was wrong, or whether the address is known."""

    message = "The e-mail address or the password is not right."


class SessionEnded(ClinicError):
    """A token that no longer opens anything: unknown, expired, spent or signed out."""

    message = "Your session has ended. Sign in again."


class EmailTaken(ClinicError):
    """Another staff member of the organization signs in with this address."""

    message = "Another staff member already signs in with this e-mail address."
