"""The rest of the reference model: lists, forgotten and changed passwords, and relatives until a child comes of age."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from tests.clinic.portal_access.model import Book
from tests.clinic.portal_access.model_words import (
    CHANGED,
    CONFIRM,
    DAY,
    ENDED,
    RESET,
    Account,
    Contact,
    Letter,
    Refused,
    Relation,
    Window,
)


class WholeBook(Book):
    """A practice where relatives' access ends on a day: the one on which everybody with a date of birth is of age."""

    def __init__(self, now: datetime, of_age_on: date, zone: str) -> None:
        super().__init__(now)
        self.of_age_on, self.zone = of_age_on, ZoneInfo(zone)
        self.relations: list[Relation] = []
        self.reset_letters = Window(5, DAY)

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

    def ask_for_password(self, address: str) -> None:
        """The same answer for every address; a letter only to those who can sign in, five a day at most."""
        if not self.reset_letters.allows(address, self.now):
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

    def relate(self, client: Contact, relative: Contact, *, access: bool) -> None:
        """Say who is whose relative, or change what that opens."""
        if client is relative:
            raise Refused("InvalidInput")
        relation = self.relation(client, relative)
        if relation is None:
            relation = Relation(client, relative)
            self.relations.append(relation)
        if access and not relation.access:
            relation.since = self.now
        relation.access, relation.ends_on = access, None

    def relation(self, client: Contact, relative: Contact) -> Relation | None:
        return next((r for r in self.relations if (r.client, r.relative) == (client, relative)), None)

    def come_of_age(self) -> int:
        """End what was given before the day, once it has come, and tell both sides. How many."""
        today = self._day(self.now)
        due = [relation for relation in self.relations if self._is_due(relation, today)]
        for relation in due:
            relation.access, relation.ends_on = False, today
        for client in dict.fromkeys(relation.client for relation in due):
            told = [client, *(relation.relative for relation in due if relation.client is client)]
            for account in self.accounts:
                if account.registered and not account.disabled and account.link and account.link.contact in told:
                    self.waiting.append(Letter(ENDED, account.address, account))
        return len(due)

    def _is_due(self, relation: Relation, today: date) -> bool:
        over = relation.ends_on is not None and relation.ends_on < today
        if not relation.access or not relation.client.born or today < self.of_age_on or over:
            return False
        return relation.since is not None and self._day(relation.since) < self.of_age_on

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()
