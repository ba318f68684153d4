"""The fields of the portal's forms, and their validators."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from wtforms import Field, Form, StringField
from wtforms.form import BaseForm
from wtforms.utils import unset_value
from wtforms.validators import StopValidation

from clinic.values.ages import earliest_birth
from clinic.values.limits import LONGEST_FIELD
from clinic.values.text import trimmed
from patient_portal.web.language import N_
from patient_portal.web.typed_dates import (
    DAY_FIRST,
    TypedDate,
    Unread,
    date_in_words,
    days_in,
    month_in_words,
    read_date,
)

UNREAD: Mapping[Unread, str] = {
    Unread.EMPTY: N_("Enter your date of birth."),
    Unread.UNCLEAR: N_("Enter the day, the month and the year in a box each."),
    Unread.NO_DAY: N_("Enter the day as a number from 1 to 31."),
    Unread.NO_MONTH: N_("Enter the month by its name or as a number from 1 to 12."),
    Unread.NO_YEAR: N_("Enter the year with four digits, for example 1956."),
    Unread.SHORT_YEAR: N_("Enter all four digits of the year, for example 1956 and not 56."),
    Unread.NO_SUCH_DAY: N_("%(month)s has only %(days)s days. Check the day and the month."),
}
NOT_YET = N_("Check the year: this day is still to come.")
TOO_LONG_AGO = N_("Check the year: %(year)s is too long ago for a date of birth.")


class Required:
    """Validator: the field must not be empty. The message is the field's own; later validators don't run."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.field_flags: Mapping[str, object] = {"required": True}

    def __call__(self, form: Form, field: Field) -> None:
        typed = str(field.data or "")
        if not trimmed(typed):
            raise StopValidation(field.gettext(self.message))
        if len(typed) > LONGEST_FIELD:
            raise StopValidation(field.gettext("This is too long."))


class SecretField(StringField):
    """A field whose value is never sent back in a page."""

    def _value(self) -> str:
        return ""


@dataclass(frozen=True)
class DateBox:
    """One of the three boxes of a date. `name` is "day", "month" or "year"; `wrong`: an error is about this box."""

    id: str
    name: str
    typed: str
    wrong: bool


_BOX_OF = {
    Unread.NO_DAY: "day",
    Unread.NO_SUCH_DAY: "day",
    Unread.NO_MONTH: "month",
    Unread.NO_YEAR: "year",
    Unread.SHORT_YEAR: "year",
}


class DateOfBirthField(Field):
    """A date of birth in three boxes, `…-day`, `…-month` and `…-year`; a program may send the one field as YYYY-MM-DD.

    What was typed stays in the boxes; `in_words` is how it was understood.
    """

    typed = TypedDate()
    unread: tuple[Unread, ...] = (Unread.EMPTY,)
    wrong: frozenset[str] = frozenset()

    @property
    def in_words(self) -> str:
        return date_in_words(self.data, self.meta.language) if self.data else ""

    @property
    def boxes(self) -> list[DateBox]:
        """The boxes in the order that readers of the page's language are used to."""
        order = ("day", "month", "year") if self.meta.language in DAY_FIRST else ("month", "day", "year")
        # What the core refuses is about the whole date.
        wrong = self.wrong or (frozenset(order) if self.errors else frozenset())
        return [DateBox(f"{self.id}-{name}", name, getattr(self.typed, name), name in wrong) for name in order]

    @property
    def first_box(self) -> str:
        """The id of the box to go to: the first wrong one, else the first."""
        return next((box for box in self.boxes if box.wrong), self.boxes[0]).id

    def process(
        self, formdata: Any, data: object = unset_value, extra_filters: Sequence[Callable[[Any], Any]] | None = None
    ) -> None:
        super().process(formdata, data, extra_filters)
        if not formdata:
            return
        whole = formdata.get(self.name)
        day, month, year = (
            formdata.get(f"{self.name}-{name}", "")[:LONGEST_FIELD] for name in ("day", "month", "year")
        )
        self.typed = TypedDate(whole[:LONGEST_FIELD]) if whole else TypedDate(day, month, year)
        read = read_date(self.typed)
        self.data, self.unread = (read, ()) if isinstance(read, date) else (None, read)
        if isinstance(read, date) and not (day and month and year):
            self.typed = TypedDate(str(read.day), str(read.month), str(read.year))

    def pre_validate(self, form: BaseForm) -> None:
        if self.data is None:
            self.wrong = frozenset(_BOX_OF[each] for each in self.unread if each in _BOX_OF)
            self.errors = [self._sentence(each) for each in self._in_page_order()]
            raise StopValidation
        self.wrong = frozenset({"year"})
        if self.data > self.meta.today:
            raise StopValidation(self.gettext(NOT_YET))
        if self.data < earliest_birth(self.meta.today):
            raise StopValidation(self.gettext(TOO_LONG_AGO) % {"year": self.data.year})
        self.wrong = frozenset()

    def _in_page_order(self) -> list[Unread]:
        order = [box.name for box in self.boxes]
        return sorted(self.unread, key=lambda each: order.index(_BOX_OF.get(each, order[0])))

    def _sentence(self, why: Unread) -> str:
        sentence: str = self.gettext(UNREAD[why])
        if why is Unread.NO_SUCH_DAY:
            return sentence % {"month": month_in_words(self.typed, self.meta.language), "days": days_in(self.typed)}
        return sentence


WRONG_PASSWORD = N_("This is not your password. Check it and try again.")
NO_MATCH = N_("This does not match what we have on record. Check it and try again.")


def email_field() -> StringField:
    return StringField(N_("Email address"), [Required(N_("Enter your email address."))])


def current_password_field() -> SecretField:
    return SecretField(N_("Your password"), [Required(N_("Enter your password."))])


def pin_field() -> StringField:
    return StringField(N_("Your PIN"), [Required(N_("Enter the PIN from your printed instructions."))])


def date_of_birth_field() -> DateOfBirthField:
    return DateOfBirthField(N_("Your date of birth"))
