"""What can stand in the way of erasing a record, and of a search."""

from enum import StrEnum

from clinic.values.errors import ClinicError


class KeptFor(StrEnum):
    """Why a record must be kept, and thereby what to do first."""

    LIVE_LINK = "LIVE_LINK"
    OPEN_SIGNATURE = "OPEN_SIGNATURE"
    OPEN_TRANSFER = "OPEN_TRANSFER"
    SIGNED_DOCUMENTS = "SIGNED_DOCUMENTS"
    OTHERS_DOCUMENT = "OTHERS_DOCUMENT"


class MustBeKept(ClinicError):
    """The record can't be erased (yet), for this reason."""

    def __init__(self, reason: KeptFor) -> None:
        self.reason = reason.value


class SearchTooBroad(ClinicError):
    """The list or search took the database too long and was stopped."""
