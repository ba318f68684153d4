"""What the import says of refusals, in one line each."""

from collections.abc import Mapping

from clinic.records.errors import IncompleteList, NothingListed, TooManyVanished
from clinic.records.import_files.fhir_records import UnknownPlace
from clinic.records.import_files.problems import FileProblem, FileRefused, RecordProblem, Unreadable
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

_PLACES: Mapping[str, str] = {"Location": "facility", "Practitioner": "staff member"}
_PAGES: Mapping[str, str] = {"Location": "Settings", "Practitioner": "Staff"}
_FILES: Mapping[FileProblem, str] = {
    FileProblem.EMPTY: "the file is empty: its first line must name the columns.",
    FileProblem.NO_CSV: "line {line}: this is no CSV. Close each quote that begins a cell, or save the file again.",
    FileProblem.NOT_TEXT: "this is no CSV, or UTF-16 without a byte order mark. Save it again as CSV UTF-8.",
    FileProblem.OTHER_ENCODING: "it begins like {encoding} and goes on otherwise. Save it again as CSV UTF-8.",
    FileProblem.UNKNOWN_ENCODING: "it is neither UTF-8 nor Windows-1252. Save it again as CSV UTF-8.",
    FileProblem.COLUMN_MISSING: "no column is known as {field}, which {records} need. Rename it, or choose: "
    "--map 'HEADER={field}'.",
    FileProblem.COLUMN_TWICE: "“{header}” and “{other}” both mean {field}. Rename one, or choose: "
    "--map 'HEADER={field}'.",
    FileProblem.NO_FHIR: "this is no FHIR in JSON: name a Bundle, a resource, or NDJSON.",
    FileProblem.NO_RESOURCE: "line {line}: this is no resource in JSON.",
    FileProblem.BUNDLE_TOO_LARGE: "it is too large for one Bundle. Export it as NDJSON, one resource a line.",
}
_RECORDS: Mapping[RecordProblem, str] = {
    RecordProblem.TOO_MANY_CELLS: "The row has more cells than the first line has headers. Put quotes around commas.",
    RecordProblem.NO_KIND: "Write client or individual.",
    RecordProblem.NO_DATE: "Write the date with a day, a month and a year of four digits, such as 1980-05-04.",
    RecordProblem.SHORT_YEAR: "Write the year with four digits.",
    RecordProblem.YEAR_NOT_FIRST: "The year does not come first, as --dates YMD says.",
    RecordProblem.TWO_DATES: "This may be two dates. Say which comes first: --dates DMY or --dates MDY.",
    RecordProblem.NO_SUCH_DAY: "There is no such day.",
    RecordProblem.NO_INSTANT: "Write a date and a time, such as 2026-03-02 14:30.",
    RecordProblem.NO_SUCH_TIME: "The clock in {zone} does not show this time on that day.",
    RecordProblem.NO_MARK: "Write yes or no.",
    RecordProblem.NO_NUMBER: "The resource has neither an id nor an identifier of {system}.",
    RecordProblem.MERGED: "This record was merged into another one. Staff move a portal account by a transfer, and "
    "archive this record.",
    RecordProblem.NO_PATIENT: "This refers to no patient.",
    RecordProblem.NOT_ONE_PATIENT: "An appointment is of one patient, and this one is of none or of several.",
    RecordProblem.NO_BIRTH_DATE: "This is no date. The zone of an instant could change the day of birth.",
    RecordProblem.NOT_YET: "A {status} appointment is not in the calendar yet.",
    RecordProblem.NO_TIMES: "The appointment has no start, or no end, with an offset from UTC.",
}


def file_words(name: str, refused: FileRefused) -> str:
    """Why the file `name` can't be read, and what would help."""
    return f"{name}: {_FILES[refused.problem].format(**refused.values)}"


def record_words(problem: Unreadable) -> str:
    """Why a record of a file can't be read, and what would help."""
    return f"{problem.field}: {_RECORDS[problem.problem].format(**problem.values)}"


def unknown_words(place: UnknownPlace) -> str:
    """What an appointment goes without, and what would help."""
    who = _PLACES[place.kind]
    return (
        f"it goes without a {who}, because {place.kind} {place.number.value} is unknown. Give a {who} this external id "
        f"of {place.number.system} (staff screen, {_PAGES[place.kind]}, or setExternalIds), and import the file again."
    )


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


def list_words(refusal: ClinicError) -> str:
    """Why a complete list archives nobody, and what would help."""
    match refusal:
        case TooManyVanished():
            percent = min(100, -(-100 * refusal.vanished // max(1, refusal.contacts)))
            first = ", ".join(refusal.first) + (", …" if refusal.vanished > len(refusal.first) else "")
            return (
                f"{refusal.vanished} of {refusal.contacts} contacts of {refusal.system} are not in the list ({first}), "
                f"more than {refusal.most_percent} %. Check that the list is whole and has the same numbers as before. "
                f"If they all left, allow it: --vanished-at-most {percent}."
            )
        case IncompleteList():
            return (
                f"the list is not complete, because {refusal.refused} of its records were refused. Correct them, and "
                "import all files again."
            )
        case NothingListed():
            return "the files name no contact. A complete list names them all."
    return import_words(refusal)


def _problem(problem: FieldProblem) -> str:
    words = _PROBLEMS.get(problem.code)
    return words.format(**problem.values) if words else problem.code
