"""What can stand in the way of erasing or merging a record, and of a search."""

from enum import StrEnum

from clinic.documents.errors import KeptFor as KeptFor
from clinic.documents.errors import MustBeKept as MustBeKept
from clinic.values.errors import ClinicError


class MergeObstacle(StrEnum):
    """Why two records can't be merged (yet), and thereby what to do first."""

    SAME_RECORD = "SAME_RECORD"
    ARCHIVED = "ARCHIVED"
    BOTH_LINKED = "BOTH_LINKED"
    RELATED = "RELATED"
    OPEN_TRANSFER = "OPEN_TRANSFER"
    BOTH_SIGN = "BOTH_SIGN"
    TOO_MANY_ADDRESSES = "TOO_MANY_ADDRESSES"
    TOO_MANY_PHONES = "TOO_MANY_PHONES"


class MergeBlocked(ClinicError):
    """The two records can't be merged (yet), for this reason."""

    def __init__(self, reason: MergeObstacle) -> None:
        self.reason = reason.value


class SearchTooBroad(ClinicError):
    """The list or search took the database too long and was stopped."""
