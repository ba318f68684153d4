"""Everything that staff and patients can do, in any order: the steps of the random walks."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from clinic.portal_access.actions import (
    accept_invitation,
    confirm_email,
    confirm_identity,
    connect_with_pin,
    invite_contact,
    keep_email,
    register_account,
    request_email_change,
    request_fresh_invitation,
    sign_in_patient,
)
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.portal_access.actions.disable import DisableReason, disable_account, enable_account
from clinic.portal_access.actions.link import link_account
from clinic.portal_access.actions.resend import resend_invitation
from clinic.portal_access.actions.revoke import revoke_invitation
from clinic.portal_access.actions.transfer import approve_transfer, request_transfer
from clinic.portal_access.actions.unlink import unlink_account
from clinic.portal_access.models import TransferRequest
from clinic.records.actions.contacts import ContactChanges, ContactFacts, create_contact, update_contact
from clinic.sessions.models import SessionKind
from clinic.work.fresh_sign_in import mark_fresh
from tests.clinic.portal_access.state_model.reality import SPELLINGS
from tests.clinic.portal_access.state_model.steps import SPELLED, USUALLY, WHICH, MoreSteps
from tests.clinic.portal_access.state_model.walk import ANOTHER_DAY, BORN
from tests.clinic.portal_access.state_model.words import CONFIRM, DAY, HOUR, INVITATION, KEEP, VERIFY
from tests.factories import PASSWORD

MOST_CONTACTS = 4
# Each person uses the same browser again and again, or another one.
BROWSERS = {1: "one-browser-of-somebody", 2: "another-browser-of-somebody"}

NEWEST = -1
SOME_ADDRESSES = st.lists(SPELLED, min_size=1, max_size=3, unique_by=lambda address: address[0])
ADDRESSES = st.sampled_from([True, True, True, True, False]).flatmap(lambda has: SOME_ADDRESSES if has else st.just([]))
BROWSER = st.sampled_from([1, 1, 2])

Spelled = tuple[str, str]


class Practice(MoreSteps):
    """Everything that staff and patients can do, in any order."""

    @initialize(lists=st.lists(ADDRESSES, min_size=2, max_size=2), born=USUALLY)
    def begin(self, lists: list[list[Spelled]], born: bool) -> None:
        for addresses in lists:
            self.create(addresses=addresses, born=born)

    # Staff

    @precondition(lambda self: len(self.book.contacts) < MOST_CONTACTS)
    @rule(addresses=ADDRESSES, born=USUALLY)
    def create(self, addresses: list[Spelled], born: bool) -> None:
        typed = [spelled for _, spelled in addresses]
        facts = ContactFacts("Omar", "Reyes", date_of_birth=BORN if born else None, emails=typed)
        self.step(
            "create contact",
            lambda: self.book.create_contact([name for name, _ in addresses], born=born),
            lambda: create_contact(self.real.desk, facts, self.services),
        )

    @precondition(lambda self: self.book.contacts)
    @rule(which=WHICH, addresses=ADDRESSES)
    def change_addresses(self, which: int, addresses: list[Spelled]) -> None:
        contact, record_id = self.record(which, apt=False)
        changes = ContactChanges(emails=[spelled for _, spelled in addresses])
        self.step(
            "change addresses",
            lambda: self.book.change_addresses(contact, [name for name, _ in addresses]),
            lambda: update_contact(self.real.desk, record_id, changes, self.services),
        )

    @precondition(lambda self: self.book.contacts)
    @rule(which=WHICH, apt=USUALLY, goes_on=st.booleans())
    def invite(self, which: int, apt: bool, goes_on: bool) -> None:
        contact, record_id = self.record(which, "NO_ACCOUNT", apt=apt)
        done = self.step(
            "invite",
            lambda: self.book.invite(contact),
            lambda: invite_contact(self.real.desk, record_id, self.services),
        )
        if done and goes_on:
            self.accept(which=NEWEST, apt=True, post_came=True, right=True)

    @precondition(lambda self: self.some("INVITED"))
    @rule(which=WHICH, apt=USUALLY)
    def resend(self, which: int, apt: bool) -> None:
        contact, record_id = self.record(which, "INVITED", apt=apt)
        self.step(
            "resend",
            lambda: self.book.resend(contact),
            lambda: resend_invitation(self.real.desk, record_id, self.services),
        )

    @precondition(lambda self: self.some("INVITED"))
    @rule(which=WHICH, apt=USUALLY)
    def revoke(self, which: int, apt: bool) -> None:
        contact, record_id = self.record(which, "INVITED", apt=apt)
        self.step(
            "revoke",
            lambda: self.book.revoke(contact),
            lambda: revoke_invitation(self.real.desk, record_id, "a mistake", self.services),
        )

    @precondition(lambda self: self.some("ACCOUNT_NOT_LINKED", "EMAIL_CONFLICT"))
    @rule(which=WHICH, apt=USUALLY, choice=st.none() | WHICH)
    def link(self, which: int, apt: bool, choice: int | None) -> None:
        """Linking and, for a person who returns, relinking: one action."""
        contact, record_id = self.record(which, "ACCOUNT_NOT_LINKED", apt=apt)
        chosen, account_id = (None, None) if choice is None or not self.book.accounts else self.account(choice)
        self.step(
            "link",
            lambda: self.book.link(contact, chosen),
            lambda: link_account(
                self.real.desk, record_id, self.services, account_id=account_id, account_named=chosen is not None
            ),
        )

    @precondition(lambda self: self.some("INVITED", "LINKED"))
    @rule(which=WHICH, apt=USUALLY)
    def unlink(self, which: int, apt: bool) -> None:
        contact, record_id = self.record(which, "LINKED", apt=apt)
        self.step(
            "unlink",
            lambda: self.book.unlink(contact),
            lambda: unlink_account(self.real.desk, record_id, "moved away", self.services),
        )

    @precondition(lambda self: self.some("EMAIL_CONFLICT"))
    @rule(which=WHICH, apt=USUALLY)
    def transfer(self, which: int, apt: bool) -> None:
        contact, record_id = self.record(which, "EMAIL_CONFLICT", apt=apt)

        async def ask_and_approve() -> TransferRequest:
            asked = await request_transfer(self.real.desk, record_id, "the address is theirs", self.services)
            # Days have passed since the reviewer signed in.
            await mark_fresh(self.real.reviewer, self.services.clock.now())
            return await approve_transfer(self.real.reviewer, asked.id, self.services)

        self.step("transfer", lambda: self.book.transfer(contact), ask_and_approve)

    @precondition(lambda self: any(not account.disabled for account in self.book.accounts))
    @rule(which=WHICH)
    def disable(self, which: int) -> None:
        account, account_id = self.account(which)
        self.step(
            "disable",
            lambda: self.book.disable(account),
            lambda: disable_account(self.real.desk, account_id, DisableReason.REQUESTED, self.services),
        )

    @precondition(lambda self: any(account.disabled for account in self.book.accounts))
    @rule(which=WHICH)
    def enable(self, which: int) -> None:
        account, account_id = self.account(which)
        self.step(
            "enable",
            lambda: self.book.enable(account),
            lambda: enable_account(self.real.desk, account_id, "asked for", self.services),
        )

    # People at the door

    @rule(address=SPELLED, browser=BROWSER, goes_on=st.booleans())
    def register(self, address: Spelled, browser: int, goes_on: bool) -> None:
        name, spelled = address
        done = self.step(
            "register",
            lambda: self.book.register(name, browser),
            lambda: register_account(
                self.real.stranger, spelled, PASSWORD, self.services, browser_token=BROWSERS[browser]
            ),
        )
        if done and goes_on:
            self.verify(which=NEWEST, apt=True, post_came=True, browser=browser, new_password=False)

    @precondition(lambda self: self.written(INVITATION))
    @rule(which=WHICH, apt=USUALLY, post_came=USUALLY, right=USUALLY)
    def accept(self, which: int, apt: bool, post_came: bool, right: bool) -> None:
        found = self.letter(INVITATION, which, apt=apt, post_came=post_came)
        if found is None:
            return
        letter, token = found
        claim = self.claim_of(letter, right=right)
        self.step(
            "accept",
            lambda: self.book.accept(letter, right_claim=right),
            lambda: accept_invitation(
                self.real.stranger, token, claim, PASSWORD, self.services, kind=SessionKind.BROWSER
            ),
        )

    @precondition(lambda self: self.written(INVITATION))
    @rule(which=WHICH, apt=USUALLY, post_came=USUALLY)
    def fresh_link(self, which: int, apt: bool, post_came: bool) -> None:
        found = self.letter(INVITATION, which, apt=apt, post_came=post_came)
        if found is None:
            return
        letter, token = found
        self.step(
            "fresh link",
            lambda: self.book.fresh_link(letter),
            lambda: request_fresh_invitation(self.real.stranger, token, self.services),
        )

    @precondition(lambda self: self.written(VERIFY))
    @rule(which=WHICH, apt=USUALLY, post_came=USUALLY, browser=BROWSER, new_password=st.booleans())
    def verify(self, which: int, apt: bool, post_came: bool, browser: int, new_password: bool) -> None:
        found = self.letter(VERIFY, which, apt=apt, post_came=post_came)
        if found is None:
            return
        letter, token = found
        self.step(
            "verify",
            lambda: self.book.verify(letter, browser, new_password=new_password),
            lambda: confirm_email(
                self.real.stranger,
                token,
                self.services,
                kind=SessionKind.BROWSER,
                browser_token=BROWSERS[browser],
                new_password=PASSWORD if new_password else None,
            ),
        )

    @precondition(lambda self: any(account.verified for account in self.book.accounts))
    @rule(address=SPELLED)
    def sign_in(self, address: Spelled) -> None:
        name, spelled = address
        self.step(
            "sign in",
            lambda: self.book.sign_in(name),
            lambda: sign_in_patient(self.real.stranger, spelled, PASSWORD, self.services, kind=SessionKind.BROWSER),
        )

    # People who are signed in

    @precondition(lambda self: self.book.contacts and self.anybody_signed_in())
    @rule(who=WHICH, which=WHICH, apt=USUALLY, newest=USUALLY, right_day=USUALLY)
    def connect(self, who: int, which: int, apt: bool, newest: bool, right_day: bool) -> None:
        account = self.signed_in(who, unlinked_first=apt)
        contact, record_id = self.record(which, "NO_EMAIL", "NO_ACCOUNT", "INVITED", "ACCOUNT_NOT_LINKED", apt=apt)
        pins = self.real.pins[record_id]
        newest = newest or len(pins) < 2
        pin = pins[-1] if newest else pins[-2]
        born = BORN if right_day else ANOTHER_DAY
        self.step(
            "connect",
            lambda: self.book.connect(account, contact, newest_pin=newest, right_day=right_day),
            lambda: self.as_person(account, lambda me: connect_with_pin(me, pin, born, self.services)),
        )

    @precondition(lambda self: self.anybody_signed_in())
    @rule(who=WHICH, right=USUALLY)
    def confirm_identity(self, who: int, right: bool) -> None:
        account = self.signed_in(who)
        claim = self.claim(account.link.contact, right=right) if account.link else IdentityClaim(BORN)
        self.step(
            "confirm identity",
            lambda: self.book.confirm_identity(account, right_claim=right),
            lambda: self.as_person(account, lambda me: confirm_identity(me, claim, self.services)),
        )

    @precondition(lambda self: self.anybody_signed_in())
    @rule(who=WHICH, apt=USUALLY, address=SPELLED, browser=BROWSER, goes_on=st.booleans())
    def request_address(self, who: int, apt: bool, address: Spelled, browser: int, goes_on: bool) -> None:
        account, (name, spelled) = self.signed_in(who), address
        if apt and self.free(name) != name:
            name = self.free(name)
            spelled = SPELLINGS[name][0]
        done = self.step(
            "request address",
            lambda: self.book.request_address(account, name, browser),
            lambda: self.as_person(
                account,
                lambda me: request_email_change(me, PASSWORD, spelled, self.services, browser_token=BROWSERS[browser]),
            ),
        )
        if done and goes_on:
            self.confirm_address(which=NEWEST, apt=True, post_came=True, browser=browser, password=False)

    @precondition(lambda self: self.written(CONFIRM))
    @rule(which=WHICH, apt=USUALLY, post_came=USUALLY, browser=BROWSER, password=USUALLY)
    def confirm_address(self, which: int, apt: bool, post_came: bool, browser: int, password: bool) -> None:
        found = self.letter(CONFIRM, which, apt=apt, post_came=post_came)
        if found is None:
            return
        letter, token = found
        self.step(
            "confirm address",
            lambda: self.book.confirm_address(letter, browser, password=password),
            lambda: confirm_email(
                self.real.stranger,
                token,
                self.services,
                kind=SessionKind.BROWSER,
                browser_token=BROWSERS[browser],
                password=PASSWORD if password else None,
            ),
        )

    @precondition(lambda self: self.written(KEEP))
    @rule(which=WHICH, apt=USUALLY, post_came=USUALLY)
    def keep_address(self, which: int, apt: bool, post_came: bool) -> None:
        found = self.letter(KEEP, which, apt=apt, post_came=post_came)
        if found is None:
            return
        letter, token = found
        self.step(
            "keep address",
            lambda: self.book.keep_address(letter),
            lambda: keep_email(self.real.stranger, token, self.services),
        )

    @rule(span=st.sampled_from([HOUR, HOUR, HOUR, DAY, 3 * DAY, 11 * DAY]))
    def time_passes(self, span: timedelta) -> None:
        self.advance(span)
        self.compare()
