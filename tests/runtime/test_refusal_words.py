"""What an operator is told of a refusal, in one line."""

import pytest

from clinic.charts.errors import KeptFor, MustBeKept
from clinic.letters.bounces import NotABounce
from clinic.portal_access.errors import NotLinked
from clinic.values.errors import ClinicError, EmailTaken, FieldProblem, InvalidInput, NotFound, WeakPassword
from clinic.values.problems import Problem, Weakness
from runtime.commands.failures import in_one_line
from runtime.commands.refusal_words import WEAKNESSES


@pytest.mark.parametrize(
    ("refusal", "line"),
    [
        (InvalidInput.one("slug", Problem.SLUG_TAKEN), "Please correct: slug: Another organization has this slug."),
        (
            InvalidInput(
                [
                    FieldProblem("name", Problem.TOO_LONG, {"longest": 200}),
                    FieldProblem("timeZone", Problem.NO_TIME_ZONE),
                ]
            ),
            "Please correct: name: Use at most 200 characters. timeZone: Use an IANA time zone such as America/Boise.",
        ),
        (
            WeakPassword([Weakness.EASY_TO_GUESS]),
            "This password is easy to guess. Four or more unrelated words make a strong one.",
        ),
        (EmailTaken(), "Another staff member already signs in with this email address."),
        (
            NotABounce(),
            "This is no delivery-status message about the failure of a letter of ours. Nothing was changed.",
        ),
        (
            MustBeKept(KeptFor.LIVE_LINK),
            "this must be kept: a portal account is linked to it; staff end the link first",
        ),
        # No command meets these today; a code is still better than nothing.
        (InvalidInput.one("endsAt", Problem.LONGER_THAN_A_DAY), "Please correct: endsAt: LONGER_THAN_A_DAY"),
        (NotFound("organization"), "NOT_FOUND field=organization"),
        (NotLinked(), "NOT_LINKED"),
    ],
)
def test_refusal_is_said_in_one_line(refusal: ClinicError, line: str) -> None:
    assert in_one_line(refusal) == line


def test_every_weakness_has_words() -> None:
    assert set(WEAKNESSES) == set(Weakness)
