"""What the random walks walk on: one open database, and both sides of each step."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from itertools import count
from typing import TypeVar
from uuid import UUID

from hypothesis.stateful import RuleBasedStateMachine

from clinic.portal_access.actions.accept import IdentityClaim
from clinic.values.callers import PatientCaller
from clinic.values.errors import ClinicError
from clinic.values.ports import Services
from clinic.work.changes import last_number
from tests.clinic.portal_access.state_model.reality import OF_AGE, SPELLINGS, Reality
from tests.clinic.portal_access.state_model.relatives import Book
from tests.clinic.portal_access.state_model.words import INVITATION, Account, Contact, Letter, Refused, Relation

T = TypeVar("T")

# Of age on the fifth day of each walk, where the practice is.
BORN = date(2008, 3, 6)
OF_AGE_ON = date(BORN.year + OF_AGE, BORN.month, BORN.day)

ANOTHER_DAY = BORN + timedelta(days=1)
# Steps choose among the newest letters only: whoever has six has lost the others.
_AT_HAND = 6


class Stage:
    """One open database for all walks of a test, and what came of their steps."""

    def __init__(self, runner: asyncio.Runner, first: int = 1) -> None:
        """`first` numbers the first practice: another walker on the database has others."""
        self.run = runner.run
        self.outcomes: Counter[str] = Counter()
        self.states: Counter[str] = Counter()
        self._numbers = count(first)

    def open_practice(self) -> Reality:
        """Each walk has a practice of its own, so that nothing need be erased."""
        return self.run(Reality.begin(f"practice-{next(self._numbers)}"))


class Walk(RuleBasedStateMachine):
    """Tells the model and the product of each step, and compares all there is to compare after it."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.real = stage.open_practice()
        self.book = Book(self.real.clock.now(), OF_AGE_ON, self.real.practice.organization.time_zone)
        # Received, in this order.
        self.letters: list[Letter] = []

    @property
    def services(self) -> Services:
        return self.real.practice.services

    def step(self, name: str, told: Callable[[], object], done: Callable[[], Awaitable[object]]) -> bool:
        """The model goes first: where it refuses, the product must, for the same reason and without a trace.

        Answers whether it was done.
        """
        self.advance(timedelta(seconds=1))
        refusal = ""
        try:
            told()
        except Refused as refused:
            refusal = refused.why
        self.stage.outcomes[f"{name}: {refusal or 'done'}"] += 1
        self.real.note(self.stage.run(self._do(done, refusal)))
        self.compare()
        return not refusal

    async def _do(self, done: Callable[[], Awaitable[object]], refusal: str) -> object:
        before = await self.real.everything() if refusal else Counter()
        facts, number = await self.real.facts(), await last_number()
        result, refused = None, ""
        try:
            result = await done()
        except ClinicError as error:
            refused = type(error).__name__
        agree("refusal", refused, refusal)
        if refusal:
            after = await self.real.everything()
            agree("traces of what was refused", (after - before, before - after), (Counter(), Counter()))
        agree("changes that were not announced", await self.real.unannounced(facts, number), [])
        return result

    def advance(self, span: timedelta) -> None:
        self.real.clock.advance(span)
        self.book.now = self.real.clock.now()

    def deliver(self) -> None:
        leaving = self.book.deliver()
        self.stage.run(self._deliver(leaving))
        self.letters += leaving

    async def _deliver(self, leaving: list[Letter]) -> None:
        facts, number = await self.real.facts(), await last_number()
        await self.real.deliver(leaving)
        agree("letters whose fate was not announced", await self.real.unannounced(facts, number), [])

    def compare(self) -> None:
        """All is as the model says."""
        states = [self.book.state(contact) for contact in self.book.contacts]
        self.stage.states.update(states)
        self.stage.run(self._compare(states))

    async def _compare(self, states: list[str]) -> None:
        real, book = self.real, self.book
        invited = [right.account.address for right in book.rights if right.kind == INVITATION and not right.closed]
        agree("states", await real.states(), states)
        agree("stored states", await real.stored_states(), states)
        # Equal as multisets: no address has two live accounts, no account or contact two live links.
        agree("accounts", await real.accounts(), Counter(map(self._seen, book.accounts)))
        agree("open invitations", await real.open_invitations(), Counter(invited))
        agree("most open invitations of an account", max(Counter(invited).values(), default=1), 1)
        relations = Counter(map(self._related, book.relations))
        agree("relatives", await real.relations_seen(), relations)
        agree("open ends of withdrawn accounts", await real.left_over(), 0)
        agree("renewed PINs", await real.renewed_pins(), [contact.pins for contact in book.contacts])

    def teardown(self) -> None:
        """A chain that verifies to its end verified after every step before: it only ever grows."""
        agree("break in the audit chain", self.stage.run(self.real.chain_broken_at()), None)

    def _seen(self, account: Account) -> tuple[object, ...]:
        link = account.link
        return (
            account.address,
            account.registered,
            account.verified,
            account.disabled,
            self.book.contacts.index(link.contact) if link else None,
            bool(link and link.confirmed),
            account.signed_in,
        )

    def _related(self, relation: Relation) -> tuple[object, ...]:
        numbers = [self.book.contacts.index(contact) for contact in (relation.client, relation.relative)]
        return (*numbers, relation.access, relation.ends_on)

    # Whom a step is about. Numbers wrap around, so that any will do; `apt` looks for somebody it can be done to.

    def some(self, *states: str) -> bool:
        """Whether a contact is in one of the states."""
        return any(self.book.state(contact) in states for contact in self.book.contacts)

    def record(self, which: int, *states: str, apt: bool) -> tuple[Contact, UUID]:
        apt_ones = [contact for contact in self.book.contacts if self.book.state(contact) in states]
        choice = apt_ones if apt and apt_ones else self.book.contacts
        contact = choice[which % len(choice)]
        return contact, self.real.records[self.book.contacts.index(contact)]

    def account(self, which: int) -> tuple[Account, UUID]:
        account = self.book.accounts[which % len(self.book.accounts)]
        return account, self.real.account_ids[account.address]

    def anybody_signed_in(self) -> bool:
        return any(account.signed_in for account in self.book.accounts)

    def signed_in(self, which: int, *, unlinked_first: bool = False) -> Account:
        present = [account for account in self.book.accounts if account.signed_in]
        unlinked = [account for account in present if account.link is None]
        choice = unlinked if unlinked_first and unlinked else present
        return choice[which % len(choice)]

    async def as_person(self, account: Account, action: Callable[[PatientCaller], Awaitable[T]]) -> T:
        """An action of somebody who is signed in, called with the session they have."""
        return await action(await self.real.person(account.address))

    def free(self, name: str) -> str:
        """This address, or the next one that nobody's account owns."""
        names = list(SPELLINGS)
        around = names[names.index(name) :] + names[: names.index(name)]
        return next((one for one in around if self.book.owner(one) is None), name)

    def written(self, kind: str) -> bool:
        """Whether a letter of the kind was received or waits."""
        return any(letter.kind == kind for letter in [*self.letters, *self.book.waiting])

    def letter(self, kind: str, which: int, *, apt: bool, post_came: bool = True) -> tuple[Letter, str] | None:
        """One of the newest letters of the kind that were received, with the secret of its link."""
        if post_came:
            self.deliver()
        received = [letter for letter in self.letters if letter.kind == kind][-_AT_HAND:]
        usable = [letter for letter in received if not self.book.not_usable(letter)]
        choice = usable if apt and usable else received
        if not choice:
            return None
        letter = choice[which % len(choice)]
        return letter, self.real.tokens[letter]

    def claim_of(self, letter: Letter, *, right: bool) -> IdentityClaim:
        assert letter.right is not None
        assert letter.right.contact is not None
        return self.claim(letter.right.contact, right=right)

    def claim(self, contact: Contact, *, right: bool) -> IdentityClaim:
        """The date of birth, or the PIN where the record has none; the other is given too and proves nothing."""
        pin = self.real.pins[self.real.records[self.book.contacts.index(contact)]][-1]
        if contact.born:
            return IdentityClaim(date_of_birth=BORN if right else ANOTHER_DAY, pin=pin)
        return IdentityClaim(date_of_birth=BORN, pin=pin if right else "AAAA-AAAA")


def agree(what: str, product: object, model: object) -> None:
    if product != model:
        raise AssertionError(f"{what}: the product has {product}, the model {model}")
