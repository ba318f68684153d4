"""Lists and counts by state find just the contacts in it, in every combination of facts, as real rows."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import pytest

from clinic.charts.contacts import ContactSearch, contact_page, contacts_by_id, count_contacts
from clinic.portal_access.facts import status_facts
from clinic.portal_access.models import ContactPortalState, LinkedHow, PortalAccount, PortalLink
from clinic.portal_access.status import PortalState, decide
from clinic.portal_access.stored_state import store_states
from clinic.records.models import Contact, ContactEmail, ContactKind
from clinic.values.callers import StaffCaller
from clinic.values.paging import PageRequest
from tests.clinic.portal_access.combinations import ALL, Bearer, Combination, Own, state_by_the_book
from tests.factories import Practice

REGISTERED = {Bearer.UNVERIFIED, Bearer.ALONE, Bearer.HERE, Bearer.ELSEWHERE}
LINKED_HERE = {Bearer.HERE, Bearer.INVITED_HERE}
LINKED_ELSEWHERE = {Bearer.ELSEWHERE, Bearer.INVITED_ELSEWHERE}


@dataclass
class Rows:
    """Rows of one practice, made in bulk."""

    organization_id: UUID
    now: datetime
    contacts: list[Contact] = field(default_factory=list)
    emails: list[ContactEmail] = field(default_factory=list)
    accounts: list[PortalAccount] = field(default_factory=list)
    links: list[PortalLink] = field(default_factory=list)

    def contact(self) -> UUID:
        made = uuid4()
        self.contacts.append(
            Contact(
                id=made,
                organization_id=self.organization_id,
                kind=ContactKind.CLIENT,
                given_name="Omar",
                family_name="Reyes",
                given_key="omar",
                family_key="reyes",
                sort_key="reyes\tomar",
                pin_encrypted="",
                pin_hash=made.hex,
                created_at=self.now,
                updated_at=self.now,
            )
        )
        return made

    def account(self, email: str, *, registered: bool, verified: bool = True, withdrawn: bool = False) -> UUID:
        made = uuid4()
        self.accounts.append(
            PortalAccount(
                id=made,
                organization_id=self.organization_id,
                email=email,
                email_normal=email,
                password_hash="!" if registered else None,
                created_at=self.now,
                registered_at=self.now if registered else None,
                email_verified_at=self.now if registered and verified else None,
                withdrawn_at=self.now if withdrawn else None,
            )
        )
        return made

    def link(self, account_id: UUID, contact_id: UUID, *, ended: bool = False) -> None:
        self.links.append(
            PortalLink(
                organization_id=self.organization_id,
                account_id=account_id,
                contact_id=contact_id,
                email="",
                linked_at=self.now,
                linked_how=LinkedHow.STAFF,
                unlinked_at=self.now if ended else None,
            )
        )

    def combination(self, combination: Combination) -> UUID:
        """The contact of one combination, with a past that must not count: ended links and withdrawn accounts."""
        contact_id = self.contact()
        for position, bearer in enumerate(combination.bearers):
            email = f"{contact_id.hex}-{position}@example.com"
            self.emails.append(
                ContactEmail(
                    organization_id=self.organization_id,
                    contact_id=contact_id,
                    position=position,
                    address=email,
                    address_normal=email,
                )
            )
            for registered in (False, True):
                self.link(self.account(email, registered=registered, withdrawn=True), contact_id, ended=True)
            if bearer is Bearer.NOBODY:
                continue
            account_id = self.account(email, registered=bearer in REGISTERED, verified=bearer is not Bearer.UNVERIFIED)
            self.link(account_id, contact_id, ended=True)
            if bearer in LINKED_HERE:
                self.link(account_id, contact_id)
            elif bearer in LINKED_ELSEWHERE:
                self.link(account_id, self.contact())
        if combination.own is not Own.NONE:
            earlier = self.account(f"{contact_id.hex}@earlier.example", registered=combination.own is Own.REGISTERED)
            self.link(earlier, contact_id)
        return contact_id

    async def store(self) -> None:
        await Contact.bulk_create(self.contacts)
        await ContactEmail.bulk_create(self.emails)
        await PortalAccount.bulk_create(self.accounts)
        await PortalLink.bulk_create(self.links)
        await store_states(self.organization_id, [contact.id for contact in self.contacts])


@pytest.fixture
async def cases(practice: Practice, other_practice: Practice) -> dict[UUID, Combination]:
    """A contact for each combination. At another practice each address has an account linked to a record there."""
    now = practice.services.clock.now()
    rows, elsewhere = Rows(practice.organization.id, now), Rows(other_practice.organization.id, now)
    made = {rows.combination(combination): combination for combination in ALL}
    for email in rows.emails:
        elsewhere.link(elsewhere.account(email.address_normal, registered=True), elsewhere.contact())
    await rows.store()
    await elsewhere.store()
    return made


@pytest.fixture
async def desk(practice: Practice) -> StaffCaller:
    return await practice.staff()


async def test_the_stored_state_is_that_of_the_facts_in_every_combination(cases: dict[UUID, Combination]) -> None:
    stored = {row.id: row.state for row in await ContactPortalState.filter(id__in=list(cases))}
    facts = await status_facts(list(cases))
    by_function = {contact_id: decide(facts[contact_id])[0].value for contact_id in cases}

    assert by_function == {contact_id: state_by_the_book(case).value for contact_id, case in cases.items()}
    assert stored == by_function


async def test_pages_filtered_by_state_hold_just_the_contacts_in_it(
    cases: dict[UUID, Combination], desk: StaffCaller, practice: Practice
) -> None:
    now = practice.services.clock.now()
    for state in PortalState:
        found: set[UUID] = set()
        request = PageRequest(limit=30)
        while True:
            page = await contact_page(desk, ContactSearch(states=(state,)), request, now)
            assert {row.portal_status.state for row in page.rows} <= {state}
            found |= {row.id for row in page.rows}
            if not page.has_next:
                break
            request = PageRequest(limit=30, after=(page.rows[-1].sort_key, page.rows[-1].id))
        assert found & set(cases) == {key for key, case in cases.items() if state_by_the_book(case) is state}


async def test_counts_by_state_add_up(cases: dict[UUID, Combination], desk: StaffCaller) -> None:
    expected = Counter(state_by_the_book(case) for case in cases.values())
    # The records that accounts are linked to elsewhere are contacts too, without an address.
    others = Counter(
        bearer in REGISTERED for case in cases.values() for bearer in case.bearers if bearer in LINKED_ELSEWHERE
    )
    expected[PortalState.LINKED] += others[True]
    expected[PortalState.INVITED] += others[False]

    counted = {state: await count_contacts(desk, ContactSearch(states=(state,))) for state in PortalState}

    assert counted == dict(expected)
    assert await count_contacts(desk, ContactSearch()) == sum(expected.values())
    both = ContactSearch(states=(PortalState.LINKED, PortalState.NO_EMAIL))
    assert await count_contacts(desk, both) == expected[PortalState.LINKED] + expected[PortalState.NO_EMAIL]
    assert await count_contacts(desk, ContactSearch(states=())) == 0


async def test_status_of_any_number_of_contacts_costs_one_statement(
    cases: dict[UUID, Combination],
    desk: StaffCaller,
    practice: Practice,
    count_statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    now = practice.services.clock.now()
    for number in (1, 2, len(cases)):
        with count_statements() as sent:
            await status_facts(list(cases)[:number])
        assert len(sent) == 1
        with count_statements() as sent:
            await contacts_by_id(desk, list(cases)[:number], now)
        assert len(sent) == 2
    with count_statements() as sent:
        assert await status_facts([]) == {}
    assert sent == []
