"""Product §2, rule by rule: what decides the icon, and what the icon says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from clinic.portal_access.status import (
    AccountFacts,
    AddressFacts,
    InvitationFacts,
    LetterState,
    PortalAction,
    PortalIcon,
    PortalState,
    StatusFacts,
    Viewer,
    decide,
    portal_status,
)
from tests.clinic.portal_access.combinations import ALL, Bearer, Combination, Own, state_by_the_book

THIS, OTHER = uuid4(), uuid4()
MADE = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
STAFF = Viewer(may_act=True, may_see_other_records=True, now=NOW, zone=ZoneInfo("America/Boise"))


def account(
    email: str = "omar@example.com", *, registered: bool = True, verified: bool = True, linked: UUID | None = None
) -> AccountFacts:
    return AccountFacts(
        id=uuid4(),
        email=email,
        email_normal=email,
        created_at=MADE,
        registered_at=MADE if registered else None,
        email_verified_at=MADE if registered and verified else None,
        linked_contact_id=linked,
    )


def borne_by(bearer: Bearer, email: str) -> AccountFacts | None:
    match bearer:
        case Bearer.NOBODY:
            return None
        case Bearer.UNVERIFIED:
            return account(email, verified=False)
        case Bearer.ALONE:
            return account(email)
        case Bearer.HERE | Bearer.ELSEWHERE:
            return account(email, linked=THIS if bearer is Bearer.HERE else OTHER)
        case Bearer.INVITED_HERE | Bearer.INVITED_ELSEWHERE:
            return account(email, registered=False, linked=THIS if bearer is Bearer.INVITED_HERE else OTHER)


def facts_of(combination: Combination) -> StatusFacts:
    addresses = tuple(
        AddressFacts(email, email, borne_by(bearer, email))
        for bearer, email in zip(combination.bearers, ("first@example.com", "second@example.com"), strict=False)
    )
    own = next((a.account for a in addresses if a.account and a.account.linked_contact_id == THIS), None)
    if combination.own is not Own.NONE:
        own = account("earlier@example.com", registered=combination.own is Own.REGISTERED, linked=THIS)
    return StatusFacts(addresses, own)


@pytest.mark.parametrize("combination", ALL, ids=str)
def test_state_follows_the_rules_in_every_combination(combination: Combination) -> None:
    state, _ = decide(facts_of(combination))
    assert state is state_by_the_book(combination)


@pytest.mark.parametrize("combination", ALL, ids=str)
def test_state_speaks_of_the_account_it_is_about(combination: Combination) -> None:
    facts = facts_of(combination)
    state, spoken_of = decide(facts)
    if state in (PortalState.LINKED, PortalState.INVITED):
        assert spoken_of is facts.own_account
    elif state is PortalState.ACCOUNT_NOT_LINKED:
        first = combination.bearers.index(Bearer.ALONE)
        assert spoken_of is facts.addresses[first].account
    elif state is PortalState.EMAIL_CONFLICT:
        assert spoken_of is facts.addresses[0].account
    else:
        assert spoken_of is None


def test_every_state_is_reached() -> None:
    assert {state_by_the_book(combination) for combination in ALL} == set(PortalState)
    assert len(ALL) == 115


B = Bearer
SENTENCES = [
    ("the contact has no email address and no link", (), Own.NONE, "NO_EMAIL"),
    ("an address, and no account with it", (B.NOBODY,), Own.NONE, "NO_ACCOUNT"),
    ("staff created the account; the person has not yet registered", (B.INVITED_HERE,), Own.NONE, "INVITED"),
    ("an account with one of the addresses, linked to no contact", (B.ALONE,), Own.NONE, "ACCOUNT_NOT_LINKED"),
    ("this contact has a live link", (B.HERE,), Own.NONE, "LINKED"),
    ("the account is linked to another contact's record", (B.ELSEWHERE,), Own.NONE, "EMAIL_CONFLICT"),
    ("the one staff create for wins, the other shows the conflict", (B.INVITED_ELSEWHERE,), Own.NONE, "EMAIL_CONFLICT"),
    ("a live link, whatever became of the addresses: none left", (), Own.REGISTERED, "LINKED"),
    ("a live link, whatever became of the addresses: taken", (B.ELSEWHERE,), Own.REGISTERED, "LINKED"),
    ("a live link with one not yet registered", (B.ALONE,), Own.INVITED, "INVITED"),
    ("an unverified account colours no icon", (B.UNVERIFIED,), Own.NONE, "NO_ACCOUNT"),
    ("an unverified account blocks nobody", (B.UNVERIFIED, B.ALONE), Own.NONE, "ACCOUNT_NOT_LINKED"),
    ("several addresses: a linked account first", (B.ALONE, B.HERE), Own.NONE, "LINKED"),
    ("then an unlinked account on any address", (B.ELSEWHERE, B.ALONE), Own.NONE, "ACCOUNT_NOT_LINKED"),
    ("then conflict if the primary address is taken", (B.ELSEWHERE, B.NOBODY), Own.NONE, "EMAIL_CONFLICT"),
    ("then no account: only the second address is taken", (B.NOBODY, B.ELSEWHERE), Own.NONE, "NO_ACCOUNT"),
]


@pytest.mark.parametrize(("bearers", "own", "state"), [row[1:] for row in SENTENCES], ids=[row[0] for row in SENTENCES])
def test_each_sentence_of_the_product(bearers: tuple[Bearer, ...], own: Own, state: str) -> None:
    assert decide(facts_of(Combination(bearers, own)))[0] == state


def test_of_two_unlinked_accounts_the_primary_addresss_is_meant() -> None:
    facts = facts_of(Combination((Bearer.ALONE, Bearer.ALONE)))
    assert decide(facts)[1] is facts.addresses[0].account


IN_STATE = {
    PortalState.NO_EMAIL: Combination(()),
    PortalState.NO_ACCOUNT: Combination((Bearer.NOBODY,)),
    PortalState.INVITED: Combination((Bearer.INVITED_HERE,)),
    PortalState.ACCOUNT_NOT_LINKED: Combination((Bearer.ALONE,)),
    PortalState.LINKED: Combination((Bearer.HERE,)),
    PortalState.EMAIL_CONFLICT: Combination((Bearer.ELSEWHERE,)),
}


@pytest.mark.parametrize(
    ("state", "icon", "action"),
    [
        ("NO_EMAIL", "ALL_GRAY", None),
        ("NO_ACCOUNT", "GRAY_GLOBE_PERSON", "CREATE_ACCOUNT"),
        ("INVITED", "BLUE_GLOBE_PERSON", "PRINT_INSTRUCTIONS"),
        ("ACCOUNT_NOT_LINKED", "BLUE_GLOBE_PERSON", "LINK_ACCOUNT"),
        ("LINKED", "BLUE_GLOBE_PERSON", "PRINT_INSTRUCTIONS"),
        ("EMAIL_CONFLICT", "GRAY_GLOBE_WARNING", None),
    ],
)
def test_icon_and_the_one_action(state: str, icon: str, action: str | None) -> None:
    answer = portal_status(facts_of(IN_STATE[PortalState(state)]), STAFF)
    assert (answer.state, answer.icon, answer.action) == (
        PortalState(state),
        PortalIcon(icon),
        PortalAction(action) if action else None,
    )


@pytest.mark.parametrize("state", PortalState)
def test_without_web_portal_the_state_shows_and_no_action_does(state: PortalState) -> None:
    facts = facts_of(IN_STATE[state])
    answer = portal_status(facts, replace(STAFF, may_act=False))
    full = portal_status(facts, STAFF)
    assert (answer.state, answer.icon, answer.summary) == (full.state, full.icon, full.summary)
    assert answer.action is None
    assert answer.blocked_reason
    if full.action:
        assert "WEB_PORTAL" in answer.blocked_reason


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (PortalState.NO_EMAIL, "There is no email address to invite. Add one to this contact."),
        (
            PortalState.EMAIL_CONFLICT,
            "Use another address for this contact. If the account's holder is a relative, give the relationship "
            "portal access instead. If the account is this contact's own, ask for a transfer; a second person reviews "
            "it.",
        ),
    ],
)
def test_what_is_blocked_says_why_and_what_unblocks_it(state: PortalState, reason: str) -> None:
    assert portal_status(facts_of(IN_STATE[state]), STAFF).blocked_reason == reason


@pytest.mark.parametrize("state", [state for state in PortalState if state not in ("NO_EMAIL", "EMAIL_CONFLICT")])
def test_what_is_not_blocked_gives_no_reason(state: PortalState) -> None:
    assert portal_status(facts_of(IN_STATE[state]), STAFF).blocked_reason is None


def test_conflict_hides_the_account_from_who_may_not_see_other_records() -> None:
    facts = facts_of(IN_STATE[PortalState.EMAIL_CONFLICT])
    hidden = portal_status(facts, replace(STAFF, may_see_other_records=False))
    assert hidden.account is None
    assert hidden.summary == "The portal account for first@example.com belongs to another record."
    assert portal_status(facts, STAFF).account is facts.addresses[0].account


@pytest.mark.parametrize("state", [PortalState.LINKED, PortalState.INVITED, PortalState.ACCOUNT_NOT_LINKED])
def test_the_contacts_own_account_shows_to_everybody(state: PortalState) -> None:
    assert portal_status(facts_of(IN_STATE[state]), replace(STAFF, may_see_other_records=False)).account is not None


def summary(facts: StatusFacts) -> str:
    return portal_status(facts, STAFF).summary


def test_summaries_without_an_account() -> None:
    alone = AddressFacts("Omar@Example.com", "omar@example.com")
    assert summary(StatusFacts()) == "No email address on record."
    assert summary(StatusFacts((alone,))) == "No portal account for Omar@Example.com yet."
    assert summary(StatusFacts((alone._replace(on_other_record=True),))) == (
        "No portal account for Omar@Example.com yet. Another record bears this address too."
    )


def test_an_address_on_another_record_is_told_to_programs_too_while_somebody_may_still_be_invited() -> None:
    shared = StatusFacts((AddressFacts("omar@example.com", "omar@example.com", on_other_record=True),))
    assert portal_status(shared, STAFF).address_on_other_record is True
    assert portal_status(shared._replace(own_account=account()), STAFF).address_on_other_record is False
    assert portal_status(StatusFacts(), STAFF).address_on_other_record is False


INVITATION = InvitationFacts(expires_at=NOW + timedelta(days=9))


@pytest.mark.parametrize(
    ("invitation", "words", "letter"),
    [
        (INVITATION, "Invited: the email to omar@example.com is waiting to be sent.", "NONE"),
        (
            INVITATION._replace(letter=LetterState.QUEUED),
            "Invited: the email to omar@example.com is waiting to be sent.",
            "QUEUED",
        ),
        (
            # 03:00 UTC on the 2nd is still the 1st in Boise.
            INVITATION._replace(letter=LetterState.SENT, letter_at=datetime(2026, 3, 2, 3, 0, tzinfo=UTC)),
            "Invited: the email to omar@example.com was sent on Mar 1, 2026. Not yet registered.",
            "SENT",
        ),
        (
            INVITATION._replace(letter=LetterState.BOUNCED, letter_failure="550 no such mailbox"),
            "Invited, but the email to omar@example.com did not arrive: 550 no such mailbox",
            "BOUNCED",
        ),
        (
            INVITATION._replace(letter=LetterState.FAILED, letter_failure="451 try later"),
            "Invited, but the email to omar@example.com did not arrive: 451 try later",
            "FAILED",
        ),
    ],
)
def test_invited_tells_how_far_the_letter_got(invitation: InvitationFacts, words: str, letter: str) -> None:
    own = account(registered=False, linked=THIS)
    answer = portal_status(StatusFacts((AddressFacts(own.email, own.email, own),), own, invitation), STAFF)
    assert (answer.summary, answer.letter) == (words, LetterState(letter))


def test_invitation_that_ran_out_is_still_invited_and_offers_to_send_again() -> None:
    own = account(registered=False, linked=THIS)
    ran_out = INVITATION._replace(expires_at=NOW, letter=LetterState.SENT, letter_at=NOW - timedelta(days=10))
    answer = portal_status(StatusFacts((), own, ran_out), STAFF)
    assert answer.state is PortalState.INVITED
    assert answer.action is PortalAction.PRINT_INSTRUCTIONS
    assert answer.summary == "The invitation to omar@example.com expired on Mar 2, 2026. Send a new one."


def test_linked_tells_when_registered_and_last_signed_in() -> None:
    own = account(linked=THIS)._replace(last_signed_in_at=NOW)
    facts = StatusFacts((AddressFacts(own.email, own.email, own),), own)
    assert summary(facts) == (
        "Portal account omar@example.com is linked. Registered on Mar 1, 2026. Last signed in on Mar 2, 2026."
    )


def test_linked_tells_that_the_record_has_another_address() -> None:
    own = account(linked=THIS)
    assert summary(StatusFacts((AddressFacts("new@example.com", "new@example.com"),), own)) == (
        "Portal account omar@example.com is linked. Registered on Mar 1, 2026. The record has another address."
    )


def test_an_unlinked_account_is_named() -> None:
    alone = account()
    assert summary(StatusFacts((AddressFacts(alone.email, alone.email, alone),))) == (
        "A portal account for omar@example.com exists and is linked to no record."
    )


@pytest.mark.parametrize("state", [PortalState.LINKED, PortalState.INVITED, PortalState.ACCOUNT_NOT_LINKED])
@pytest.mark.parametrize(("reason", "words"), [("left us", "left us"), ("", "no reason given")])
def test_disabled_account_keeps_its_state_and_tells_the_reason(state: PortalState, reason: str, words: str) -> None:
    own = account(registered=state is not PortalState.INVITED)
    own = own._replace(disabled_at=NOW, disabled_reason=reason)
    linked = None if state is PortalState.ACCOUNT_NOT_LINKED else own
    answer = portal_status(StatusFacts((AddressFacts(own.email, own.email, own),), linked), STAFF)
    assert answer.state is state
    assert answer.summary.endswith(f" Disabled: {words}.")
    assert answer.account == own


def test_letter_of_nobodys_invitation_is_none() -> None:
    assert portal_status(StatusFacts(), STAFF).letter is LetterState.NONE
