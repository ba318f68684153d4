"""The portal's words for what the core finds wrong with a password, or with another input."""

from collections.abc import Iterable, Mapping

from clinic.values.errors import FieldProblem, InvalidInput, WeakPassword
from clinic.values.limits import LONGEST_PASSWORD
from clinic.values.passwords import MIN_LENGTH, MIN_LENGTH_WITH_FACTOR
from clinic.values.problems import Problem, Weakness
from patient_portal.web.language import N_
from patient_portal.web.visit import Visit

_TOO_LONG = N_("Use at most %(longest)s characters.")
PASSWORD_ADVICE: Mapping[Weakness, str] = {
    Weakness.TOO_SHORT: N_("Use at least %(shortest)s characters. A short sentence is easy to remember."),
    Weakness.TOO_SHORT_WITH_FACTOR: N_("Use at least %(shortest_with_factor)s characters."),
    Weakness.TOO_LONG: _TOO_LONG,
    Weakness.NOT_TYPABLE: N_("Use characters that can be typed on any keyboard."),
    Weakness.ABOUT_THE_PERSON: N_(
        "Leave out your name, your address and the name of the practice: others could guess them."
    ),
    Weakness.EASY_TO_GUESS: N_("This password is easy to guess. Four or more unrelated words make a strong one."),
    Weakness.NEARLY_STRONG: N_(
        "This password is almost strong enough. Add another word that has nothing to do with the rest."
    ),
}
# The forms of the portal have no other input that the core looks into.
INPUT_ADVICE: Mapping[Problem, str] = {
    Problem.NEEDED: N_("This is needed."),
    Problem.TOO_LONG: _TOO_LONG,
    Problem.NOT_ONE_LINE: N_("Use one line of plain text, without control characters."),
    Problem.ENCODED_WORD: N_("Leave out =? or ?=. Mail programs would read the text between them as something else."),
    Problem.NO_EMAIL_ADDRESS: N_("Enter an email address such as name@example.com."),
    Problem.ADDRESS_IN_USE_BY_YOU: N_("This is the address you sign in with already."),
    Problem.ADDRESS_CHANGED_LATELY: N_(
        "The address was changed a short while ago. It can be changed again %(hours)s hours after that."
    ),
}


def password_advice(visit: Visit, refusal: WeakPassword) -> list[str]:
    """Why the password may not be used, in the visitor's language."""
    return weakness_advice(visit, refusal.reasons)


def weakness_advice(visit: Visit, reasons: Iterable[Weakness]) -> list[str]:
    """What is wrong with a password, in the visitor's language."""
    lengths = {
        "shortest": str(MIN_LENGTH),
        "shortest_with_factor": str(MIN_LENGTH_WITH_FACTOR),
        "longest": str(LONGEST_PASSWORD),
    }
    return [visit.gettext(PASSWORD_ADVICE[reason], **lengths) for reason in reasons]


def input_advice(visit: Visit, refusal: InvalidInput) -> list[str]:
    """What would be right for each input, in the visitor's language."""
    return [problem_advice(visit, problem) for problem in refusal.problems]


def problem_advice(visit: Visit, problem: FieldProblem) -> str:
    """What would be right for this input, in the visitor's language."""
    return visit.gettext(INPUT_ADVICE[problem.code], **{name: str(value) for name, value in problem.values.items()})
