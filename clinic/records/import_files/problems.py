"""What keeps a file, or one record of it, from being read. Each face has the words for these codes."""

from enum import StrEnum


class FileProblem(StrEnum):
    """Why a file can't be read. The values that come with a code are named beside it."""

    EMPTY = "EMPTY"
    NO_CSV = "NO_CSV"  # line
    NOT_TEXT = "NOT_TEXT"
    OTHER_ENCODING = "OTHER_ENCODING"  # encoding
    UNKNOWN_ENCODING = "UNKNOWN_ENCODING"
    COLUMN_MISSING = "COLUMN_MISSING"  # field, records
    COLUMN_TWICE = "COLUMN_TWICE"  # field, header, other
    NO_FHIR = "NO_FHIR"
    NO_RESOURCE = "NO_RESOURCE"  # line
    BUNDLE_TOO_LARGE = "BUNDLE_TOO_LARGE"


class RecordProblem(StrEnum):
    """Why a record of a file can't be read, or is left out. The values that come with a code are named beside it."""

    TOO_MANY_CELLS = "TOO_MANY_CELLS"
    NO_KIND = "NO_KIND"
    NO_DATE = "NO_DATE"
    SHORT_YEAR = "SHORT_YEAR"
    YEAR_NOT_FIRST = "YEAR_NOT_FIRST"
    TWO_DATES = "TWO_DATES"
    NO_SUCH_DAY = "NO_SUCH_DAY"
    NO_INSTANT = "NO_INSTANT"
    NO_SUCH_TIME = "NO_SUCH_TIME"  # zone
    NO_MARK = "NO_MARK"
    NO_NUMBER = "NO_NUMBER"  # system
    MERGED = "MERGED"
    NO_PATIENT = "NO_PATIENT"
    NOT_ONE_PATIENT = "NOT_ONE_PATIENT"
    NO_BIRTH_DATE = "NO_BIRTH_DATE"
    NOT_YET = "NOT_YET"  # status
    NO_TIMES = "NO_TIMES"


class FileRefused(ValueError):
    """The file can't be read."""

    def __init__(self, problem: FileProblem, **values: object) -> None:
        super().__init__(problem)
        self.problem = problem
        self.values = values


class Unreadable(ValueError):
    """A record of the file can't be read. `field` is its field. A `skipped` one is left out, which is no failure."""

    def __init__(self, field: str, problem: RecordProblem, *, skipped: bool = False, **values: object) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
        self.skipped = skipped
        self.values = values
