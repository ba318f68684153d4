"""One operation of the schema, with variables that let it go through, and whom it is for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from clinic.values.callers import ABOUT_CONTACTS, Permission
from tests.api.client import mutation
from tests.api.records import Records

Given = Callable[[Records], dict[str, Any]]

CONTACT = "id displayName portalPin portalStatus { state }"


@dataclass(frozen=True)
class Operation:
    """A root field, and whom it is for.

    Staff without all that it `needs` are refused. `answers` is the type that shows that somebody was let through: its
    success, unless our records give it no ground; `answers_staff` is that of staff, where it is another. Public ones
    need no token.
    """

    name: str
    text: str
    variables: Given = lambda _: {}
    needs: tuple[Permission, ...] = ()
    public: bool = False
    staff_may: bool = True
    patients_may: bool = False
    answers: str = ""
    answers_staff: str = ""

    def __str__(self) -> str:
        return self.name


def success_of(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}Success"


def asking(name: str, text: str, variables: Given = lambda _: {}, **who: Any) -> Operation:
    return Operation(name, text, variables, **who)


def doing(name: str, given: Given, success: str, *needs: Permission) -> Operation:
    needed = (*needs, Permission.VIEW_CONTACTS) if ABOUT_CONTACTS & {*needs} else needs
    return Operation(name, mutation(name, success), as_input(given), needed, answers=success_of(name))


def entering(name: str, given: Given, success: str) -> Operation:
    return Operation(name, mutation(name, success), as_input(given), public=True)


def own(name: str, given: Given, success: str, answers: str) -> Operation:
    """What patients do with their own account."""
    text = mutation(name, success)
    return Operation(name, text, as_input(given), staff_may=False, patients_may=True, answers=answers)


def as_input(given: Given) -> Given:
    return lambda records: {"input": given(records)}


def span(records: Records) -> dict[str, Any]:
    return {"from": records.now.isoformat(), "to": (records.now + timedelta(days=1)).isoformat()}
