"""The fields of the portal's forms, and their validators."""

from collections.abc import Mapping

from wtforms import Field, Form, StringField
from wtforms.form import BaseForm
from wtforms.validators import StopValidation
from wtforms.widgets import TextInput

from clinic.values.ages import earliest_birth
from clinic.values.limits import LONGEST_FIELD
from clinic.values.text import trimmed
from patient_portal.web.language import N_
from patient_portal.web.typed_dates import Unread, date_in_words, read_date

NO_DATE = N_("Enter your date of birth with day, month and year, for example 4/12/1956 or April 12, 1956.")
UNREAD: Mapping[Unread, str] = {
    Unread.UNCLEAR: NO_DATE,
    Unread.SHORT_YEAR: N_("Enter the year with four digits, for example 1956."),
    Unread.NO_SUCH_DAY: N_("There is no such day. Check the day and the month."),
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


class DateOfBirthField(Field):
    """A date of birth as people type it. What was typed stays in the box; `in_words` is how it was understood."""

    widget = TextInput()
    typed = ""
    unread = Unread.UNCLEAR

    @property
    def in_words(self) -> str:
        return date_in_words(self.data, self.meta.language) if self.data else ""

    def _value(self) -> str:
        return self.typed

    def process_formdata(self, valuelist: list[str]) -> None:
        self.typed = valuelist[0][:LONGEST_FIELD] if valuelist else ""
        read = read_date(self.typed, self.meta.language)
        if isinstance(read, Unread):
            self.data, self.unread = None, read
        else:
            self.data = read

    def pre_validate(self, form: BaseForm) -> None:
        if self.data is None:
            raise StopValidation(self.gettext(UNREAD[self.unread]))
        if self.data > self.meta.today:
            raise StopValidation(self.gettext(NOT_YET))
        if self.data < earliest_birth(self.meta.today):
            raise StopValidation(self.gettext(TOO_LONG_AGO) % {"year": self.data.year})


WRONG_PASSWORD = N_("This is not your password. Check it and try again.")
NO_MATCH = N_("This does not match what we have on record. Check it and try again.")


def email_field() -> StringField:
    return StringField(N_("E-mail address"), [Required(N_("Enter your e-mail address."))])


def new_password_field() -> SecretField:
    return SecretField(N_("Choose a password"), [Required(N_("Choose a password."))])


def current_password_field() -> SecretField:
    return SecretField(N_("Your password"), [Required(N_("Enter your password."))])


def pin_field() -> StringField:
    return StringField(N_("Your PIN"), [Required(N_("Enter the PIN from your printed instructions."))])


def date_of_birth_field() -> DateOfBirthField:
    return DateOfBirthField(N_("Your date of birth"))
