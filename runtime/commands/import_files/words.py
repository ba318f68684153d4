"""What the import says of refusals, in one line each."""

from collections.abc import Mapping

from clinic.values.errors import ClinicError, FieldProblem, InvalidInput, NotFound, NotPermitted
from clinic.values.problems import Problem
from runtime.commands.refusal_words import refusal_words

_PROBLEMS: Mapping[Problem, str] = {
    Problem.NEEDED: "This is needed.",
    Problem.TOO_LONG: "Use at most {longest} characters.",
    Problem.NOT_ONE_LINE: "Use one line of plain text, without control characters.",
    Problem.NO_EMAIL_ADDRESS: "This is no email address.",
    Problem.NO_LANGUAGE_TAG: "Use a language tag such as en or es.",
    Problem.NAME_NEEDED: "A given name or a family name is needed.",
    Problem.BIRTH_IN_THE_FUTURE: "This date of birth is in the future.",
    Problem.BIRTH_TOO_LONG_AGO: "Check the year: {year} is too long ago for a date of birth.",
    Problem.TOO_MANY_ADDRESSES: "Keep at most {most} addresses.",
    Problem.ADDRESS_TWICE: "An address is there twice.",
    Problem.TOO_MANY_PHONES: "Keep at most {most} numbers.",
    Problem.NO_PHONE: "This is no phone number.",
    Problem.PHONE_TWICE: "A number is there twice.",
    Problem.CONTACT_ARCHIVED: "This contact is archived. Restore it first.",
    Problem.LINKED_STILL: "This person has a portal account or an open invitation. Staff end that first.",
    Problem.OWN_RELATIVE: "Nobody is their own relative.",
    Problem.RELATED_ALREADY: "These two are related already, under another number.",
    Problem.END_BEFORE_START: "The end must come after the start.",
    Problem.LONGER_THAN_A_DAY: "An appointment lasts a day at most.",
    Problem.TOO_LONG_AGO: "Check the year: {year} is too long ago for an appointment.",
    Problem.TOO_FAR_AHEAD: "Check the year: {year} is too far ahead for an appointment.",
    Problem.COLLEAGUE_DISABLED: "This staff member is disabled.",
    Problem.FACILITY_ARCHIVED: "This facility is archived.",
    Problem.NO_SYSTEM_URI: "Use an absolute URI such as urn:oid:2.16.840.1: --system.",
    Problem.EXTERNAL_ID_TWICE: "This number is in the file twice.",
    Problem.OTHER_PEOPLE: "This relationship is on record between other people.",
    Problem.OTHER_CONTACT: "This appointment is on record for another contact.",
}
_SENTENCES: Mapping[str, str] = {
    "POSSIBLE_TWIN": "A record with the same name, date of birth and address is there. Give that record this number; "
    "if these are two people, enter the other one by hand.",
    "REGISTERED_ADDRESS": "This person signs in at the portal with the address that would be removed. Keep it.",
}


def import_words(refusal: ClinicError) -> str:
    """What is wrong with a record, and what would help."""
    match refusal:
        case InvalidInput():
            return " ".join(f"{each.path}: {_problem(each)}" for each in refusal.problems)
        case NotFound():
            return f"{refusal.field}: No record has this number. Import it first."
        case NotPermitted():
            return f"This needs the permission {refusal.permission}."
    return _SENTENCES.get(refusal.code) or refusal_words(refusal)


def _problem(problem: FieldProblem) -> str:
    words = _PROBLEMS.get(problem.code)
    return words.format(**problem.values) if words else problem.code
