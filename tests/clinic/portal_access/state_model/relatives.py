"""Relatives, whose access ends when the child comes of age: the last journey, and with it the whole model."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from tests.clinic.portal_access.state_model.own_account import AccountBook
from tests.clinic.portal_access.state_model.words import ENDED, Contact, Letter, Refused, Relation


class Book(AccountBook):
    """A practice where relatives' access ends on a day: the one on which everybody with a date of birth is of age."""

    def __init__(self, now: datetime, of_age_on: date, zone: str) -> None:
        super().__init__(now)
        self.of_age_on, self.zone = of_age_on, ZoneInfo(zone)
        self.relations: list[Relation] = []

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
