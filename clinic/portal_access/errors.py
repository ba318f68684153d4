"""What can stand in the way between a contact and the portal."""

from typing import ClassVar
from uuid import UUID

from clinic.values.errors import ClinicError


class ContactHasNoEmail(ClinicError):
    """There is no address to send a letter to."""

    message = "This contact has no e-mail address. Add one, then create the account."


class PortalAccountExists(ClinicError):
    """The contact's person has registered, or an account with the address waits to be linked: `account_id`."""

    def __init__(self, account_id: UUID) -> None:
        self.account_id = account_id
        self.message = "A portal account exists already. Link it, or print the instructions."


class EmailConflict(ClinicError):
    """The account with the contact's address belongs to another record. Says nothing about whose."""

    message = (
        "The portal account with this e-mail address belongs to another record. "
        "Use another address, give the relationship portal access if its holder is a relative, or ask for a transfer."
    )


class InvitationNotUsable(ClinicError):
    """The link opens nothing (any more). `reason`: UNKNOWN, USED, REPLACED, REVOKED or EXPIRED."""

    _WORDS: ClassVar = {
        "USED": "This invitation was used already. Sign in with the password you chose.",
        "REPLACED": "A newer letter replaced this invitation. Use the link in the newest one.",
        "REVOKED": "The practice took this invitation back. Call the practice.",
        "EXPIRED": "This invitation has run out. Ask for a fresh link.",
    }

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.message = self._WORDS.get(reason, "This link is not complete or was never given out.")


class IdentityNotConfirmed(ClinicError):
    """What the person typed does not fit the record. The same words for every miss."""

    message = "This does not match what the practice has on record. Check it and try again, or call the practice."


class LinkNotUsable(ClinicError):
    """A mailed link about an account opens nothing (any more).

    `reason`: UNKNOWN, USED, REPLACED, WITHDRAWN or EXPIRED.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        self.message = "This link has been used, replaced or has run out. Ask for a new one."


class NotLinked(ClinicError):
    """There is no live link to act on."""

    message = "This contact has no linked portal account."


class AlreadyLinked(ClinicError):
    """One of the two sides has a live link already."""

    message = "There is a link already. End it first, or print the instructions."


class NoMatchingAccount(ClinicError):
    """No unlinked account bears one of the contact's addresses, nor was the one that was named linked before."""

    message = (
        "No portal account with one of this contact's addresses is waiting to be linked. "
        "Choose the account this contact had before, if there is one, or create one."
    )


class SeveralAccounts(ClinicError):
    """More than one account bears the contact's addresses; `account_ids` are those to choose from."""

    def __init__(self, account_ids: tuple[UUID, ...]) -> None:
        self.account_ids = account_ids
        self.message = "Several portal accounts bear this contact's addresses. Choose the one to link."


class ChooseNewPassword(ClinicError):
    """An address is confirmed from another browser than the one that registered.

    Whoever registered chose the password, and may be a stranger who typed somebody else's address: the one who reads
    the letters chooses anew (security.md, pre-hijacking).
    """

    message = "Choose a password. The one typed at registration does not count, because it was typed elsewhere."


class PasswordNeeded(ClinicError):
    """A new address is confirmed from another browser than the one that asked: its reader may be a stranger."""

    message = "Enter the account's password to use this address."


class NoConflict(ClinicError):
    """A transfer was asked for, or is to be approved, where no other record stands in the way (any more)."""

    message = "No other record stands in this contact's way. Reload the page to see what is possible now."


class ConflictChanged(ClinicError):
    """The account was linked anew after the transfer was asked for: this is not the link the request is about."""

    message = "The account was linked again after this was asked for. Decline this and ask for a new transfer."


class SecondPersonNeeded(ClinicError):
    """Whoever asked for a transfer does not decide about it."""

    message = "Somebody else has to decide about this: you asked for it."


class AlreadyDecided(ClinicError):
    """The transfer was approved or declined before."""

    message = "This has been decided already."
