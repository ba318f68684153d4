"""What can stand in the way between a contact and the portal."""

from enum import StrEnum
from uuid import UUID

from clinic.values.errors import ClinicError
from clinic.values.errors import InvitationNotUsable as InvitationNotUsable
from clinic.values.errors import LinkNotUsable as LinkNotUsable


class ContactHasNoEmail(ClinicError):
    """There is no address to send a letter to."""


class PortalAccountExists(ClinicError):
    """The contact's person has registered, or an account with the address waits to be linked: `account_id`."""

    def __init__(self, account_id: UUID) -> None:
        self.account_id = account_id


class EmailConflict(ClinicError):
    """The account with the contact's address belongs to another record. Says nothing about whose."""


class IdentityNotConfirmed(ClinicError):
    """What the person typed does not fit the record. The same words for every miss."""


class NotLinked(ClinicError):
    """There is no live link to act on."""


class AlreadyLinked(ClinicError):
    """One of the two sides has a live link already."""


class NoMatchingAccount(ClinicError):
    """No unlinked account bears one of the contact's addresses, nor was the one that was named linked before."""


class SeveralAccounts(ClinicError):
    """More than one account bears the contact's addresses; `account_ids` are those to choose from."""

    def __init__(self, account_ids: tuple[UUID, ...]) -> None:
        self.account_ids = account_ids


class ChooseNewPassword(ClinicError):
    """An address is confirmed from another browser than the one that registered.

    The password may have been chosen by a stranger who registered with somebody else's address. So the person who reads
    the letters chooses a new one (security.md, pre-hijacking).
    """


class PasswordNeeded(ClinicError):
    """A new address is confirmed from another browser than the one that asked: its reader may be a stranger."""


class NoConflict(ClinicError):
    """A transfer was asked for, or is to be approved, where no other record stands in the way (any more)."""


class ConflictChanged(ClinicError):
    """The account was linked anew after the transfer was asked for: this is not the link the request is about."""


class WhyNotSecond(StrEnum):
    """Why a staff member does not count as the second person of a transfer."""

    REQUESTED_IT = "REQUESTED_IT"
    ACCOUNT_TOO_NEW = "ACCOUNT_TOO_NEW"
    CREATED_BY_REQUESTER = "CREATED_BY_REQUESTER"
    PERMISSION_FROM_REQUESTER = "PERMISSION_FROM_REQUESTER"
    NO_SECOND_FACTOR = "NO_SECOND_FACTOR"
    IS_PROGRAM = "IS_PROGRAM"
    REQUESTED_BY_PROGRAM = "REQUESTED_BY_PROGRAM"


class SecondPersonNeeded(ClinicError):
    """The caller does not count as a second person beside the one who asked for the transfer, for this reason."""

    def __init__(self, reason: WhyNotSecond) -> None:
        self.reason = reason.value


class NotYourRequest(ClinicError):
    """Somebody else asked for the transfer, and only they can withdraw it."""


class AlreadyDecided(ClinicError):
    """The transfer was approved, declined or withdrawn before."""
