"""How people come in: by invitation, uninvited, with a PIN; and how they show who they are."""

from tests.clinic.portal_access.state_model.staff import StaffBook
from tests.clinic.portal_access.state_model.words import INVITATION, KNOWN, VERIFY, Account, Contact, Letter, Refused


class ArrivalBook(StaffBook):
    """The ways in."""

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
        if account is None or not account.verified or not account.knows_password:
            raise Refused("WrongCredentials")
        if account.disabled:
            raise Refused("AccountClosed")
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
