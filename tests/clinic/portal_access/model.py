"""The law of the portal once more, small and in memory, written from product.md §2 and §3 and security.md.

It knows no database and no code of ours. Refusals bear the contract's names. Each rule looks first and writes last, so
that a refusal leaves nothing behind but counted attempts.
"""

from collections.abc import Iterator
from datetime import datetime

from tests.clinic.portal_access.model_words import (
    CONFIRM,
    DAY,
    HOUR,
    INVITATION,
    KEEP,
    KNOWN,
    LIFETIMES,
    RESET,
    VERIFY,
    Account,
    Contact,
    Letter,
    Link,
    Refused,
    Right,
    Window,
)


class Book:
    """Everything that is true of one practice, and every way to change it."""

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

    # Staff

    def create_contact(self, addresses: list[str], *, born: bool) -> Contact:
        self.contacts.append(Contact(addresses, born))
        return self.contacts[-1]

    def change_addresses(self, contact: Contact, addresses: list[str]) -> None:
        contact.addresses = addresses
        own = self.account_of(contact)
        if own and not own.registered and own.address not in addresses:
            self._withdraw(own)

    def invite(self, contact: Contact) -> None:
        state = self.state(contact)
        if state == "INVITED":
            return  # the same account, and no second letter
        if state != "NO_ACCOUNT":
            taken = {"NO_EMAIL": "ContactHasNoEmail", "EMAIL_CONFLICT": "EmailConflict"}
            raise Refused(taken.get(state, "PortalAccountExists"))
        if stranger := self.holder(contact.addresses[0]):
            self._withdraw(stranger)
        account = Account(contact.addresses[0])
        self.accounts.append(account)
        self._tie(account, contact)
        self._write(INVITATION, account)

    def _invited(self, contact: Contact) -> Account:
        account = self.account_of(contact)
        if account is None:
            raise Refused("NotLinked")
        if account.registered:
            raise Refused("PortalAccountExists")
        return account

    def resend(self, contact: Contact) -> None:
        account = self._invited(contact)
        self.resent.count(contact, self.now)
        [right] = self.open_rights(account, INVITATION)
        self.waiting = [letter for letter in self.waiting if letter.right is not right]
        self._write_again(right)

    def revoke(self, contact: Contact) -> None:
        self._invited(contact)
        self.unlink(contact)

    def link(self, contact: Contact, chosen: Account | None) -> None:
        if self.account_of(contact):
            raise Refused("AlreadyLinked")
        waiting = self.waiting_for_link(contact)
        if chosen is None and len(waiting) > 1:
            raise Refused("SeveralAccounts")
        if chosen is None and not waiting:
            raise Refused("EmailConflict" if self.state(contact) == "EMAIL_CONFLICT" else "NoMatchingAccount")
        if chosen and chosen not in waiting and chosen not in self.former(contact):
            taken = chosen.link and chosen.address in contact.addresses
            raise Refused("EmailConflict" if taken else "NoMatchingAccount")
        self._tie(chosen or waiting[0], contact)

    def unlink(self, contact: Contact) -> None:
        """Access ends at once, and the record has a new PIN."""
        account = self.account_of(contact)
        if account is None:
            raise Refused("NotLinked")
        self._shut(account)
        account.link = None
        contact.pins += 1
        if not account.registered:
            self._withdraw(account)

    def transfer(self, contact: Contact) -> None:
        """Asked for by one and approved by another: both records get new PINs; nobody's invitation is withdrawn."""
        if self.state(contact) != "EMAIL_CONFLICT":
            raise Refused("NoConflict")
        account = self.owner(contact.addresses[0])
        assert account is not None
        assert account.link is not None
        self.unlink(account.link.contact)
        contact.pins += 1
        if account.registered:
            self._tie(account, contact)
        else:
            self.invite(contact)

    def disable(self, account: Account) -> None:
        if not account.registered:
            raise Refused("InvalidInput")
        if account.disabled:
            return
        self._shut(account)
        account.disabled = True

    def enable(self, account: Account) -> None:
        account.disabled = False

    # People

    def accept(self, letter: Letter, *, right_claim: bool) -> None:
        """Register by invitation; the claim is the date of birth, or the PIN where the record has none."""
        if self.not_usable(letter):
            raise Refused("InvitationNotUsable")
        account, right = letter.account, letter.right
        assert right is not None
        assert account.link is not None
        contact = right.contact
        self.identity_by_invitation.count(right, self.now)
        assert contact is not None
        guesses = self.invited if contact.born else self.identity
        guesses.count(contact, self.now)
        if not right_claim:
            raise Refused("IdentityNotConfirmed")
        self.identity_by_invitation.counted.pop(right)
        guesses.counted.pop(contact)
        account.registered = account.verified = account.knows_password = account.signed_in = True
        account.link.confirmed = True
        self._close(account, "USED", INVITATION)

    def fresh_link(self, letter: Letter) -> None:
        """The same answer whatever comes of it: a new letter, if the link ran out or was replaced."""
        self.fresh_links.count(letter.account, self.now)
        if self.not_usable(letter) in ("EXPIRED", "REPLACED") and self._stands_invited(letter.account):
            self._close(letter.account, "REPLACED", INVITATION)
            self._write(INVITATION, letter.account)

    def register(self, address: str, browser: int) -> None:
        """The same answer for every address; one letter to it, three a day at most."""
        if not self.registration_letters.allows(address, self.now):
            return
        account = self.holder(address)
        if account is None:
            account = Account(address, registered=True)
            self.accounts.append(account)
        if account.verified:
            self.waiting.append(Letter(KNOWN, address, account))
        elif account.registered:
            account.knows_password = True
            self._write(VERIFY, account, browser=browser)
        else:
            [right] = self.open_rights(account, INVITATION)
            if right.until > self.now:
                self._write_again(right)
            else:
                right.closed = "REPLACED"
                self._write(INVITATION, account)

    def verify(self, letter: Letter, browser: int, *, new_password: bool) -> None:
        """The button behind the letter. From another browser, what was typed at registration counts for nothing."""
        if self.not_usable(letter):
            raise Refused("LinkNotUsable")
        assert letter.right is not None
        if letter.right.browser != browser and not new_password:
            raise Refused("ChooseNewPassword")
        if letter.account.disabled:
            raise Refused("LinkNotUsable")
        letter.right.closed = "USED"
        letter.account.verified = letter.account.signed_in = True

    def sign_in(self, address: str) -> None:
        account = self.holder(address)
        if account is None or not account.verified or account.disabled or not account.knows_password:
            raise Refused("WrongCredentials")
        account.signed_in = True

    def connect(self, account: Account, contact: Contact, *, newest_pin: bool, right_day: bool) -> None:
        """The same refusal for every miss. A registered person's link stands; an unused invitation gives way."""
        if account.link:
            raise Refused("AlreadyLinked")
        self.connecting.count(account, self.now)
        allowed = newest_pin and self.identity.allows(contact, self.now)
        allowed = self.birthdays.allows(right_day, self.now) and allowed
        other = self.account_of(contact)
        if not allowed or (contact.born and not right_day) or (other and other.registered):
            raise Refused("IdentityNotConfirmed")
        if other:
            self._withdraw(other)
        self._tie(account, contact, confirmed=True)
        self.identity.counted.pop(contact)
        self.birthdays.counted.pop(right_day)
        self.connecting.counted.pop(account)

    def confirm_identity(self, account: Account, *, right_claim: bool) -> None:
        """Asked once, after staff linked."""
        link = account.link
        if link is None:
            raise Refused("NotLinked")
        if link.confirmed:
            return
        self.identity_by_link.count(link, self.now)
        self.identity.count(link.contact, self.now)
        if not right_claim:
            raise Refused("IdentityNotConfirmed")
        self.identity.counted.pop(link.contact)
        link.confirmed = True

    def request_address(self, account: Account, address: str, browser: int) -> None:
        """A letter to the new address to confirm it, and one to the old, whose reader may object for 72 hours."""
        if address == account.address:
            raise Refused("InvalidInput")
        self.new_addresses.count(account, self.now)
        may_write = self.new_address_letters.allows(address, self.now)
        if any(r.old_address != account.address and r.until > self.now for r in self.open_rights(account, KEEP)):
            raise Refused("InvalidInput")  # one change at a time
        self._close(account, "REPLACED", CONFIRM)
        holder, owner = self.holder(address), self.owner(address)
        if may_write and owner is None:
            self._write(CONFIRM, account, to=address, new_address=address, browser=browser)
        elif may_write and holder and holder.verified:
            self.waiting.append(Letter(KNOWN, address, holder))
        self._write(KEEP, account, old_address=account.address)

    def confirm_address(self, letter: Letter, browser: int, *, password: bool) -> None:
        """The account bears the new address; its link and the record's own address stay."""
        if self.not_usable(letter):
            raise Refused("LinkNotUsable")
        assert letter.right is not None
        account, address = letter.account, letter.right.new_address
        if letter.right.browser != browser and not password:
            raise Refused("PasswordNeeded")
        if self.owner(address) not in (None, account):
            raise Refused("LinkNotUsable")
        letter.right.closed = "USED"
        self._take(account, address)
        self._close(account, "REVOKED", RESET)
        account.signed_in = True

    def keep_address(self, letter: Letter) -> None:
        """Whoever asked for the change knew the password: they are shut out, and the password opens nothing."""
        if self.not_usable(letter):
            raise Refused("LinkNotUsable")
        assert letter.right is not None
        account, address = letter.account, letter.right.old_address
        if self.owner(address) in (None, account):
            self._take(account, address)
        else:
            account.disabled = True  # for the practice to sort out
        account.knows_password = False
        self._shut(account)
        self._close(account, "REVOKED", KEEP)

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
