"""What staff do about a record: its addresses, inviting, linking, transferring, disabling."""

from collections.abc import Sequence

from tests.clinic.portal_access.state_model.ground import Ground
from tests.clinic.portal_access.state_model.words import INVITATION, TRANSFERRED, Account, Contact, Letter, Refused


class StaffBook(Ground):
    """The icon's buttons."""

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
            self.waiting.append(Letter(TRANSFERRED, account.address, account))
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

    def invite_many(self, contacts: Sequence[Contact]) -> list[str]:
        """Each by itself; what came of it, empty where there is an invitation now."""
        outcomes = []
        for contact in contacts:
            try:
                self.invite(contact)
            except Refused as refused:
                outcomes.append(refused.why)
            else:
                outcomes.append("")
        return outcomes
