"""What people do about their own account: another address, a forgotten or changed password."""

from datetime import datetime

from tests.clinic.portal_access.state_model.arriving import ArrivalBook
from tests.clinic.portal_access.state_model.words import (
    CHANGED,
    CONFIRM,
    DAY,
    HOUR,
    KEEP,
    KNOWN,
    RESET,
    Account,
    Letter,
    Refused,
    Window,
)


class AccountBook(ArrivalBook):
    """The page "My account", and the letters that it sends."""

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self.reset_letters = Window(5, DAY)
        self.reset_letters_after = Window(1, HOUR)

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
        if account.link:
            account.link.confirmed = False  # whoever sets the next password has the mailbox only
        self._shut(account)
        self._close(account, "REVOKED", KEEP)

    def ask_for_password(self, address: str) -> None:
        """The same answer for every address; a letter only to who can sign in, five a day, then one an hour."""
        if not self.reset_letters.allows(address, self.now) and not self.reset_letters_after.allows(address, self.now):
            return
        account = self.owner(address)
        if account and account.registered and not account.disabled:
            self._write(RESET, account)

    def reset(self, letter: Letter) -> None:
        """A new password by letter: other sessions end, and a change of address under way with them."""
        if self.not_usable(letter):
            raise Refused("LinkNotUsable")
        assert letter.right is not None
        letter.right.closed = "USED"
        account = letter.account
        self._close(account, "REVOKED", CONFIRM)
        account.knows_password = account.signed_in = True
        self.waiting.append(Letter(CHANGED, account.address, account))

    def change_password(self, account: Account, *, right: bool) -> None:
        """Asked for with the old one. What the old one opened by letter is closed."""
        if not right:
            raise Refused("WrongCredentials")
        self._close(account, "REVOKED", RESET, CONFIRM)
        self.waiting.append(Letter(CHANGED, account.address, account))
