"""What a command says of the core's refusals: the words of those that an operator can meet, else the bare code."""

from collections.abc import Mapping

from clinic.charts.errors import MustBeKept
from clinic.values.errors import ClinicError, FieldProblem, InvalidInput, WeakPassword
from clinic.values.limits import LONGEST_PASSWORD
from clinic.values.passwords import MIN_LENGTH
from clinic.values.problems import Problem, Weakness

PROBLEMS: Mapping[Problem, str] = {
    Problem.NEEDED: "This is needed.",
    Problem.TOO_LONG: "Use at most {longest} characters.",
    Problem.NOT_ONE_LINE: "Use one line of plain text, without control characters.",
    Problem.ENCODED_WORD: "Leave out =? or ?=. Mail programs would read the text between them as something else.",
    Problem.NO_EMAIL_ADDRESS: "Enter an e-mail address such as name@example.com.",
    Problem.NO_SLUG: "Use small letters, digits and hyphens, not at either end; some words are reserved.",
    Problem.SLUG_TAKEN: "Another organization has this slug.",
    Problem.NO_TIME_ZONE: "Use an IANA time zone such as America/Boise.",
    Problem.NO_COLOUR: "Use six hexadecimal digits, such as #2b5f75.",
    Problem.NO_WEB_ADDRESS: "Use a full address such as https://practice.example.",
    Problem.STAFF_DISABLED: "This person is disabled. Enable them first: vestibule staff enable.",
    Problem.NO_LANGUAGE: "Name at least one language, such as en or es.",
}
WEAKNESSES: Mapping[Weakness, str] = {
    Weakness.TOO_SHORT: f"Use at least {MIN_LENGTH} characters. A short sentence is easy to remember.",
    Weakness.TOO_LONG: f"Use at most {LONGEST_PASSWORD} characters.",
    Weakness.NOT_TYPABLE: "Use characters that can be typed on any keyboard.",
    Weakness.ABOUT_THE_PERSON: "Leave out your name, your address and the name of the practice: "
    "others could guess them.",
    Weakness.EASY_TO_GUESS: "This password is easy to guess. Four or more unrelated words make a strong one.",
    Weakness.NEARLY_STRONG: "This password is almost strong enough. "
    "Add another word that has nothing to do with the rest.",
}


KEPT: Mapping[str, str] = {
    "LIVE_LINK": "a portal account is linked to it; staff end the link first",
    "OPEN_SIGNATURE": "someone is asked to sign a document; staff withdraw it first",
    "OPEN_TRANSFER": "a transfer waits for a decision; staff decide it first",
    "SIGNED_DOCUMENTS": "it has signed documents, which stay with their evidence",
    "OTHERS_DOCUMENT": "the person was asked to sign a document of another record",
}

# By code, so that the list of commands need not load what raises them.
SENTENCES: Mapping[str, str] = {
    "EMAIL_TAKEN": "Another staff member already signs in with this e-mail address.",
    "LAST_MANAGER": "Nobody else who can sign in may manage staff. Give somebody else MANAGE_STAFF first.",
    "NOT_A_BOUNCE": "This is no delivery-status message about the failure of a letter of ours. Nothing was changed.",
}


def refusal_words(refusal: ClinicError) -> str:
    """What is wrong and what would help, in one line."""
    match refusal:
        case InvalidInput():
            return "Please correct: " + " ".join(f"{each.path}: {_problem_words(each)}" for each in refusal.problems)
        case MustBeKept():
            return f"this record must be kept: {KEPT[refusal.reason]}"
        case WeakPassword():
            return " ".join(WEAKNESSES[reason] for reason in refusal.reasons)
    return SENTENCES.get(refusal.code, str(refusal))


def _problem_words(problem: FieldProblem) -> str:
    words = PROBLEMS.get(problem.code)
    return words.format(**problem.values) if words else problem.code
