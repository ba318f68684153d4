"""What the icon says, in each language. The rule that chooses the sentence is in `clinic.portal_access.status`."""

import tomllib
from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "es")
"""The languages the icon speaks. The first one serves whoever reads none of them."""


@dataclass(frozen=True)
class StatusWords:
    """One language's sentences, with the names of what is filled in between braces."""

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
    months: tuple[str, ...]

    def day(self, moment: datetime, zone: tzinfo) -> str:
        """The day where the practice is, as short as a tooltip wants it: "24 Nov 2026"."""
        local = moment.astimezone(zone)
        return f"{local.day} {self.months[local.month - 1]} {local.year}"


def status_words(language: str) -> StatusWords:
    """The sentences in this language, or in English where the icon doesn't speak it."""
    return _read(language if language in LANGUAGES else LANGUAGES[0])


# A calendar says a hundred of these in one answer: read once, and dated without Babel.
@cache
def _read(language: str) -> StatusWords:
    text = files("clinic.portal_access").joinpath("wording", f"status.{language}.toml").read_text("utf-8")
    said = tomllib.loads(text)
    return StatusWords(**{**said, "months": tuple(said["months"])})
