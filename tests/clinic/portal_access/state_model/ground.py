"""What is true of a practice, and the post: what every journey of the model stands on."""

from collections.abc import Iterator
from datetime import datetime

from tests.clinic.portal_access.state_model.words import (
    CONFIRM,
    DAY,
    HOUR,
    INVITATION,
    LIFETIMES,
    RESET,
    VERIFY,
    Account,
    Contact,
    Letter,
    Link,
    Right,
    Window,
)


class Ground:
    """Everything that is true of one practice, the post, and what several ways have in common."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.contacts: list[Contact] = []
        self.accounts: list[Account] = []
        self.rights: list[Right] = []
        self.waiting: list[Letter] = []
        self.resent = Window(5, DAY)
        self.registration_letters = Window(3, DAY)
        self.new_address_letters = Window(3, DAY)
        self.new_addresses = Window(5, DAY)
        self.fresh_links = Window(5, DAY)
        self.connecting = Window(5, HOUR)
        self.identity = Window(10, DAY)
        self.invited = Window(10, DAY)
        self.birthdays = Window(10, DAY)
        self.identity_by_invitation = Window(5, HOUR / 2)
        self.identity_by_link = Window(5, HOUR / 2)

    # What is so

    def holder(self, address: str) -> Account | None:
        """Whose account has the address, verified or not."""
        return next((account for account in self.accounts if account.address == address), None)

    def owner(self, address: str) -> Account | None:
        """Unverified accounts own nothing: they neither colour an icon nor block anybody."""
        holder = self.holder(address)
        return None if holder and holder.registered and not holder.verified else holder

    def account_of(self, contact: Contact) -> Account | None:
        return next((a for a in self.accounts if a.link and a.link.contact is contact), None)

    def waiting_for_link(self, contact: Contact) -> list[Account]:
        owners = [self.owner(address) for address in contact.addresses]
        return [account for account in owners if account and account.registered and not account.link]

    def former(self, contact: Contact) -> list[Account]:
        """Whom staff may link again by name, whatever the address is now."""
        here = [account for account in self.accounts if account in contact.had]
        return [account for account in here if account.registered and account.verified and not account.link]

    def state(self, contact: Contact) -> str:
        if own := self.account_of(contact):
            return "LINKED" if own.registered else "INVITED"
        if not contact.addresses:
            return "NO_EMAIL"
        if self.waiting_for_link(contact):
            return "ACCOUNT_NOT_LINKED"
        return "EMAIL_CONFLICT" if self.owner(contact.addresses[0]) else "NO_ACCOUNT"

    def open_rights(self, account: Account, *kinds: str) -> Iterator[Right]:
        return (r for r in self.rights if r.account is account and not r.closed and (not kinds or r.kind in kinds))

    def not_usable(self, letter: Letter) -> str:
        """Why the letter's link opens nothing; empty if it does."""
        right = letter.right
        assert right is not None
        if right.closed:
            return right.closed
        if right.last_sent is not letter:
            return "REPLACED"  # an older letter's link works until a newer one has left
        return "EXPIRED" if right.until <= self.now else ""

    # The post, and what several ways have in common

    def deliver(self) -> list[Letter]:
        """What leaves the outbox. A letter whose ground has gone never does."""
        leaving = [letter for letter in self.waiting if self._still_holds(letter)]
        self.waiting = []
        for letter in leaving:
            if letter.right:
                letter.right.last_sent = letter
        return leaving

    def _still_holds(self, letter: Letter) -> bool:
        if letter.right is None:
            return letter.account in self.accounts
        return not letter.right.closed and letter.right.until > self.now

    def _stands_invited(self, account: Account) -> bool:
        return account in self.accounts and not account.registered

    def _write(
        self,
        kind: str,
        account: Account,
        *,
        to: str = "",
        old_address: str = "",
        new_address: str = "",
        browser: int = 0,
    ) -> None:
        """A new right with its letter; it replaces the older one of its kind."""
        self._close(account, "REPLACED", kind)
        contact = account.link.contact if kind == INVITATION and account.link else None
        right = Right(kind, account, self.now + LIFETIMES[kind], contact, old_address, new_address, browser)
        self.rights.append(right)
        self.waiting.append(Letter(kind, to or account.address, account, right))

    def _write_again(self, right: Right) -> None:
        right.until = self.now + LIFETIMES[right.kind]
        self.waiting.append(Letter(right.kind, right.account.address, right.account, right))

    def _close(self, account: Account, why: str, *kinds: str) -> None:
        for right in self.open_rights(account, *kinds):
            right.closed = why

    def _shut(self, account: Account) -> None:
        """Sessions end, and mailed links that let somebody in. Objecting to a change of address stays possible."""
        account.signed_in = False
        self._close(account, "REVOKED", INVITATION, VERIFY, CONFIRM, RESET)

    def _tie(self, account: Account, contact: Contact, *, confirmed: bool = False) -> None:
        account.link = Link(contact, confirmed)
        contact.had.append(account)

    def _withdraw(self, account: Account) -> None:
        self._shut(account)
        self._close(account, "REVOKED")
        account.link = None
        self.accounts.remove(account)

    def _take(self, account: Account, address: str) -> None:
        """An account that never verified the address gives way."""
        stranger = self.holder(address)
        if stranger and stranger is not account:
            self._withdraw(stranger)
        account.address = address
