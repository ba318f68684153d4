"""Further steps of the random walks: lists, forgotten and changed passwords, relatives and their child's birthday."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from clinic.portal_access.actions import (
    change_password,
    invite_contacts,
    link_account,
    request_password_reset,
    reset_password,
)
from clinic.portal_access.ageing import end_aged_access
from clinic.records.actions.relationships import create_relationship, update_relationship
from clinic.records.models import Relationship
from clinic.sessions.models import SessionKind
from tests.clinic.portal_access.state_model.reality import SPELLINGS
from tests.clinic.portal_access.state_model.walk import OF_AGE_ON, Walk, agree
from tests.clinic.portal_access.state_model.words import RESET, Contact
from tests.factories import PASSWORD

WHICH = st.integers(0, 5)
USUALLY = st.sampled_from([True, True, True, False])
SPELLED = st.sampled_from([(name, text) for name, spellings in SPELLINGS.items() for text in spellings])

ENDED = "access ended: done"
# When the day has begun in every place of the practice's zone.
OF_AGE_AT = datetime.combine(OF_AGE_ON, time(12), UTC)


class MoreSteps(Walk):
    """What came later; a walk mixes these with all others."""

    @precondition(lambda self: self.book.contacts)
    @rule(numbers=st.lists(WHICH, min_size=1, max_size=4))
    def invite_many(self, numbers: list[int]) -> None:
        """Nobody in the list has another's first address: which of two is served first would be a matter of luck."""
        chosen: dict[str, tuple[Contact, UUID]] = {}
        for number in numbers:
            contact, record_id = self.record(number, apt=False)
            chosen.setdefault(contact.addresses[0] if contact.addresses else str(record_id), (contact, record_id))
        expected: list[str] = []

        async def invite() -> None:
            ids = [record_id for _, record_id in chosen.values()]
            outcomes = await invite_contacts(self.real.desk, ids, self.services)
            agree("outcomes", [type(o.refusal).__name__ if o.refusal else "" for o in outcomes], expected)

        self.step(
            "invite many",
            lambda: expected.extend(self.book.invite_many([contact for contact, _ in chosen.values()])),
            invite,
        )

    @precondition(lambda self: any(self.book.former(contact) for contact in self.book.contacts))
    @rule(which=WHICH)
    def relink(self, which: int) -> None:
        """Somebody who returns, by the account they had, whatever its address is now."""
        pairs = [(contact, account) for contact in self.book.contacts for account in self.book.former(contact)]
        contact, account = pairs[which % len(pairs)]
        record_id = self.real.records[self.book.contacts.index(contact)]
        account_id = self.real.account_ids[account.address]
        self.step(
            "relink",
            lambda: self.book.link(contact, account),
            lambda: link_account(self.real.desk, record_id, self.services, account_id=account_id, account_named=True),
        )

    @precondition(lambda self: any(account.verified for account in self.book.accounts))
    @rule(address=SPELLED, goes_on=USUALLY)
    def ask_for_password(self, address: tuple[str, str], goes_on: bool) -> None:
        name, spelled = address
        self.step(
            "ask for a new password",
            lambda: self.book.ask_for_password(name),
            lambda: request_password_reset(self.real.stranger, spelled, self.services),
        )
        if goes_on:
            self.reset(which=-1, apt=True, post_came=True)

    @precondition(lambda self: self.written(RESET))
    @rule(which=WHICH, apt=USUALLY, post_came=USUALLY)
    def reset(self, which: int, apt: bool, post_came: bool) -> None:
        found = self.letter(RESET, which, apt=apt, post_came=post_came)
        if found is None:
            return
        letter, token = found
        self.step(
            "reset",
            lambda: self.book.reset(letter),
            lambda: reset_password(self.real.stranger, token, PASSWORD, self.services, kind=SessionKind.BROWSER),
        )

    @precondition(lambda self: self.anybody_signed_in())
    @rule(who=WHICH, right=USUALLY)
    def change_password(self, who: int, right: bool) -> None:
        account = self.signed_in(who)
        current = PASSWORD if right else "not the password at all"
        self.step(
            "change password",
            lambda: self.book.change_password(account, right=right),
            lambda: self.as_person(account, lambda me: change_password(me, current, PASSWORD, self.services)),
        )

    @precondition(lambda self: len(self.book.contacts) > 1)
    @rule(client=WHICH, relative=WHICH, access=USUALLY)
    def relate(self, client: int, relative: int, access: bool) -> None:
        (child, child_id), (parent, parent_id) = self.record(client, apt=False), self.record(relative, apt=False)
        known = self.real.relations.get((child_id, parent_id))

        async def relate() -> Relationship:
            if known is None:
                return await create_relationship(
                    self.real.desk, child_id, parent_id, "mother", self.services, portal_access=access
                )
            return await update_relationship(
                self.real.desk, known, self.services, portal_access=access, clear_ends_on=True
            )

        self.step("relate", lambda: self.book.relate(child, parent, access=access), relate)

    @precondition(lambda self: self.book.relations)
    @rule(on_the_day=st.sampled_from([True, False, False]))
    def come_of_age(self, on_the_day: bool) -> None:
        """The worker's daily round, or its round on the birthday."""
        if on_the_day:
            self.advance(max(timedelta(), OF_AGE_AT - self.book.now))
        ended: list[int] = []

        async def end() -> None:
            agree("relationships ended", await end_aged_access(self.services), ended[0])

        self.step("come of age", lambda: ended.append(self.book.come_of_age()), end)
        self.stage.outcomes[ENDED] += ended[0]
