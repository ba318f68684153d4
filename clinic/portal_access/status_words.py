"""The icon's texts in each language. `clinic.portal_access.status` decides which one is shown."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "es")
"""The languages of the icon's texts. The first one is the default."""


@dataclass(frozen=True)
class StatusWords:
    """The sentences in one language, with placeholders in braces."""

    no_email: str
    no_account: str
    on_other_record: str
    email_conflict: str
    account_not_linked: str
    invited: str
    invitation_ran_out: str
    letter_sent: str
    letter_failed: str
    letter_waiting: str
    linked: str
    registered_on: str
    last_signed_in_on: str
    other_address: str
    disabled: str
    no_reason: str
    blocked_no_email: str
    blocked_email_conflict: str
    blocked_no_permission: str
    own: str
    untold: str
    short_day: str
    months: tuple[str, ...]

    def day(self, moment: datetime, zone: tzinfo) -> str:
        """The date in the time zone `zone`, in the short form for tooltips: "Nov 24, 2026" in English."""
        local = moment.astimezone(zone)
        return self.short_day.format(day=local.day, month=self.months[local.month - 1], year=local.year)


def status_words(language: str) -> StatusWords:
    """The sentences in this language, or in English if there are none."""
    return _read(language if language in LANGUAGES else LANGUAGES[0])


# One calendar response contains a hundred of these texts. So they are read once, and Babel is too slow for the dates.
@cache
def _read(language: str) -> StatusWords:
    text = files("clinic.portal_access").joinpath("wording", f"status.{language}.toml").read_text("utf-8")
    said = tomllib.loads(text)
    return StatusWords(**{**said, "months": tuple(said["months"])})
