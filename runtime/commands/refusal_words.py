"""What a command says of the core's refusals: the words of those that an operator can meet, else the bare code."""

from collections.abc import Mapping

from clinic.charts.errors import MustBeKept
from clinic.values.errors import ClinicError, FieldProblem, InvalidInput, WeakPassword
from clinic.values.limits import FEWEST_LOGO_PIXELS, LONGEST_PASSWORD, MOST_LOGO_BYTES, MOST_LOGO_PIXELS
from clinic.values.logo import LogoProblem
from clinic.values.passwords import MIN_LENGTH, MIN_LENGTH_WITH_FACTOR
from clinic.values.problems import Problem, Weakness

PROBLEMS: Mapping[Problem, str] = {
    Problem.NEEDED: "This is needed.",
    Problem.TOO_LONG: "Use at most {longest} characters.",
    Problem.NOT_ONE_LINE: "Use one line of plain text, without control characters.",
    Problem.ENCODED_WORD: "Leave out =? or ?=. Mail programs would read the text between them as something else.",
    Problem.NO_EMAIL_ADDRESS: "Enter an email address such as name@example.com.",
    Problem.TOO_MANY_SERVICE_ACCOUNTS: "There are {most}. Disable one first: vestibule service-account disable.",
    Problem.SERVICE_ACCOUNT_DISABLED: "It is disabled for good. Create another one.",
    Problem.NOT_FOR_PROGRAMS: "{permission} is for people only. Leave it out.",
    Problem.KEYS_OR_ADDRESS: "Name either --jwks or --jwks-url.",
    Problem.KEYS_NEEDED: "Only a program with keys acts for staff: name --jwks or --jwks-url.",
    Problem.HAS_KEYS: "It signs in by its keys and has no secret. Name other keys: --jwks or --jwks-url.",
    Problem.ROTATED_LATELY: "Two secrets work until {hours} hours after the last rotation. --end-old-now ends both.",
    Problem.KEY_SET_UNREADABLE: 'This is no JWK Set, such as {{"keys": [...]}}.',
    Problem.TOO_MANY_KEYS: "Name at most {most} keys.",
    Problem.KEY_IS_SECRET: "Name public keys only. This file has a private or shared key.",
    Problem.KEY_WITHOUT_ID: "Give each key a kid of its own.",
    Problem.KEY_NOT_TAKEN: "Use EC on P-256, Ed25519, or RSA from 2048 to 8192 bits.",
    Problem.ADDRESS_NOT_ALLOWED: "Use an address that begins with https:// and can be reached from the internet.",
    Problem.NO_SYSTEM_URI: "Use an absolute URI without spaces, such as urn:oid:2.16.840.1 or https://ehr.example/patients.",
    Problem.TOO_MANY_EXTERNAL_IDS: "Keep at most {most} external ids.",
    Problem.EXTERNAL_IDS_CHANGED: "Somebody changed them in this moment. Run the command again.",
    Problem.NO_SLUG: "Use small letters, digits and hyphens, not at either end; some words are reserved.",
    Problem.SLUG_TAKEN: "Another organization has this slug.",
    Problem.NO_TIME_ZONE: "Use an IANA time zone such as America/Boise.",
    Problem.NO_COLOUR: "Use six hexadecimal digits, such as #2b5f75.",
    Problem.NO_WEB_ADDRESS: "Use a full address such as https://practice.example.",
    Problem.STAFF_DISABLED: "This person is disabled. Enable them first: vestibule staff enable.",
    Problem.DAY_IS_PAST: "This day is past. Name today or a later day, or disable the person: vestibule staff disable.",
    Problem.ACCESS_TOO_LONG: "Name a day within {most} years, or --none.",
    Problem.NO_ORIGIN: "Use whole origins such as https://ehr.example.org: with https, without a path and without *.",
    Problem.TOO_MANY_ORIGINS: "Name at most {most} origins.",
    Problem.NO_LANGUAGE: "Name en, es or both, each once, the usual one first.",
    Problem.NO_SUCH_AGE: "Choose 12, 13, 18 or never.",
    Problem.WARNING_TOO_LONG: "Choose 0 to {most} days.",
    Problem.NO_RETENTION_YEARS: "Choose {fewest} to {most} years, or forever.",
    Problem.NO_IDLE_LIMIT: "Choose {fewest} to {most} minutes.",
    Problem.TOO_MANY_LINES: "Use at most {most} lines.",
    Problem.PASSWORDS_OFF: "Staff of this practice don't sign in by password. Turn it on first: "
    "vestibule organization update --password-sign-in.",
    Problem.SHARED_ISSUER: "People of every organization sign in at this issuer. Name your own tenant's.",
    Problem.PROVIDER_AWAY: "The provider does not answer. Check the address, or try again in a few minutes.",
    Problem.PROVIDER_NOT_USABLE: "There is no usable OpenID Connect provider at this address. Name the issuer as it "
    "spells itself.",
    Problem.NO_DOMAIN: "Use a domain such as practice.example, without @.",
    Problem.TOO_MANY_DOMAINS: "Name at most {most} domains.",
    Problem.NO_PROVIDER: "Set a sign-in provider first. Without one nobody could sign in.",
    Problem.NO_MANAGER_BY_PROVIDER: "First somebody who may manage staff signs in at the provider.",
    Problem.NO_BREAK_GLASS: "Name an active member who may manage staff and has a password: --break-glass.",
    Problem.NAME_OF_ARCHIVED: "An archived facility has this name. Restore it, or choose another name.",
}
WEAKNESSES: Mapping[Weakness, str] = {
    Weakness.TOO_SHORT: f"Use at least {MIN_LENGTH} characters. A short sentence is easy to remember.",
    Weakness.TOO_SHORT_WITH_FACTOR: f"Use at least {MIN_LENGTH_WITH_FACTOR} characters.",
    Weakness.TOO_LONG: f"Use at most {LONGEST_PASSWORD} characters.",
    Weakness.NOT_TYPABLE: "Use characters that can be typed on any keyboard.",
    Weakness.ABOUT_THE_PERSON: "Leave out your name, your address and the name of the practice: "
    "others could guess them.",
    Weakness.EASY_TO_GUESS: "This password is easy to guess. Four or more unrelated words make a strong one.",
    Weakness.NEARLY_STRONG: "This password is almost strong enough. "
    "Add another word that has nothing to do with the rest.",
}


LOGO_PROBLEMS: Mapping[LogoProblem, str] = {
    LogoProblem.NOT_A_PICTURE: "This is no picture that we can read. Name a PNG, JPEG or WebP file.",
    LogoProblem.SVG: "SVG can't be used, because mail programs don't show it. Export the logo as a PNG.",
    LogoProblem.HEIC: "HEIC can't be used. Save the picture as a PNG or JPEG.",
    LogoProblem.CMYK: "This picture has colors for a printing press (CMYK). Save it with RGB colors.",
    LogoProblem.BROKEN: "This picture is damaged. Save it again from the program it came from.",
    LogoProblem.EMPTY: "Nothing of this picture can be seen on white. Name one that is made for a white page.",
    LogoProblem.TOO_LARGE: f"This picture has more than {MOST_LOGO_BYTES // 1_000_000} MB. Save it smaller.",
    LogoProblem.TOO_MANY_PIXELS: f"This picture has more than {MOST_LOGO_PIXELS // 1_000_000} million pixels.",
    LogoProblem.TOO_SMALL: f"This picture has fewer than {FEWEST_LOGO_PIXELS} pixels on its longer side.",
}
KEPT: Mapping[str, str] = {
    "LIVE_LINK": "a portal account is linked to it; staff end the link first",
    "OPEN_SIGNATURE": "someone is asked to sign a document; staff withdraw it first",
    "OPEN_TRANSFER": "a transfer waits for a decision; staff decide it first",
    "SIGNED_DOCUMENTS": "signed documents and their evidence must be kept for as long as the practice's rule says",
    "OTHERS_DOCUMENT": "the person was asked to sign a document of another record",
}

# By code, so that the list of commands need not load what raises them.
SENTENCES: Mapping[str, str] = {
    "TOO_MANY_ATTEMPTS": "A limit is lifted three times a day for each person, and this was done. Try again tomorrow.",
    "EMAIL_TAKEN": "Another staff member already signs in with this email address.",
    "LAST_MANAGER": "Nobody else who can sign in may manage staff. Give somebody else MANAGE_STAFF first.",
    "LAST_PASSWORD": "This is the one person whose password signs in while passwords are off. First name another one "
    "(vestibule organization update --break-glass) or turn passwords on (--password-sign-in).",
    "NOT_A_BOUNCE": "This is no delivery-status message about the failure of a letter of ours. Nothing was changed.",
}


def refusal_words(refusal: ClinicError) -> str:
    """What is wrong and what would help, in one line."""
    match refusal:
        case InvalidInput():
            return "Please correct: " + " ".join(f"{each.path}: {_problem_words(each)}" for each in refusal.problems)
        case MustBeKept():
            until = f"; until {refusal.until}" if refusal.until else ""
            return f"this must be kept: {KEPT[refusal.reason]}{until}"
        case WeakPassword():
            return " ".join(WEAKNESSES[reason] for reason in refusal.reasons)
    problem = getattr(refusal, "problem", None)
    return LOGO_PROBLEMS[problem] if isinstance(problem, LogoProblem) else SENTENCES.get(refusal.code, str(refusal))


def _problem_words(problem: FieldProblem) -> str:
    words = PROBLEMS.get(problem.code)
    return words.format(**problem.values) if words else problem.code
