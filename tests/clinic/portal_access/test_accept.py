"""Registering by invitation (product §2, Register): once, by the right person, with a password that holds."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from adapters.secrets import KeyringSecrets, new_key
from clinic.portal_access.access import organization_of_token
from clinic.portal_access.actions import SignedIn, sign_in_patient
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.portal_access.errors import IdentityNotConfirmed, InvitationNotUsable
from clinic.portal_access.models import Invitation, InvitationClosed, PortalAccount, PortalLink
from clinic.portal_access.queries import IdentityProof, find_invitation
from clinic.portal_access.status import PortalState
from clinic.records.actions.contacts import ContactChanges, update_contact
from clinic.records.models import Contact
from clinic.sessions.models import PatientSession, SessionKind
from clinic.sessions.queries import browser_session, caller_by_access_token
from clinic.values.callers import Origin
from clinic.values.errors import TooManyAttempts, WeakPassword
from clinic.values.problems import Weakness
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.journey import BORN_THEN, accept, deliver, invited, state_of
from tests.clock import FixedClock
from tests.factories import PASSWORD, SECRET_KEY, Mailbox, Practice
from tests.factories.contents import nothing_changes, rows_of

WRONG = IdentityClaim(date_of_birth=date(1980, 4, 5))


def pin_of(contact: Contact, practice: Practice) -> str:
    return practice.services.secrets.decrypt(contact.pin_encrypted)


async def test_right_person_is_registered_verified_linked_and_signed_in(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    guest = await invited(practice, mailbox)
    clock.advance(timedelta(hours=1))

    signed_in = await accept(practice, guest.token)

    account = await PortalAccount.get(id=guest.account.id)
    assert signed_in.account.id == account.id
    assert (account.registered_at, account.email_verified_at, account.last_signed_in_at) == (clock.now(),) * 3
    assert str(account.password_hash).startswith("$argon2id$")
    assert (await PortalLink.get(account_id=account.id)).identity_confirmed_at == clock.now()
    invitation = await Invitation.get(account_id=account.id)
    assert (invitation.closed_at, invitation.closed_why) == (clock.now(), InvitationClosed.USED)
    assert await state_of(guest.contact) is PortalState.LINKED
    session = await browser_session(
        practice.organization.id, signed_in.session.access_token, Origin(), practice.services
    )
    assert session is not None
    assert session.caller.account_id == account.id
    event = await AuditEvent.get(action="portal_account.registered")
    assert (event.actor_kind, event.subject_id, event.address) == ("anonymous", account.id, "203.0.113.7")
    again = await sign_in_patient(
        practice.anonymous, guest.account.email, PASSWORD, practice.services, kind=SessionKind.BROWSER
    )
    assert again.account.id == account.id


async def test_app_gets_tokens_of_its_own(practice: Practice, mailbox: Mailbox, clock: FixedClock) -> None:
    guest = await invited(practice, mailbox)
    signed_in = await accept(practice, guest.token, kind=SessionKind.API)
    assert signed_in.session.refresh_token
    caller = await caller_by_access_token(signed_in.session.access_token, Origin(), clock.now())
    assert caller is not None
    assert caller.organization_id == practice.organization.id


async def test_opening_the_link_changes_nothing(practice: Practice, mailbox: Mailbox) -> None:
    guest = await invited(practice, mailbox)
    async with nothing_changes():
        for _ in range(3):
            view = await find_invitation(practice.organization.id, guest.token, practice.services)
            assert view is not None
            assert (view.not_usable, view.asks) == (None, IdentityProof.DATE_OF_BIRTH)
            assert view.masked_email == "o•••@example.com"
        assert await find_invitation(practice.organization.id, "never-given-out", practice.services) is None


async def test_of_thirty_two_at_once_one_gets_in(practice: Practice, mailbox: Mailbox) -> None:
    guest = await invited(practice, mailbox)
    outcomes = await asyncio.gather(*(accept(practice, guest.token) for _ in range(32)), return_exceptions=True)
    kinds = Counter(type(outcome) for outcome in outcomes)
    assert kinds[SignedIn] == 1
    assert set(kinds) <= {SignedIn, InvitationNotUsable, TooManyAttempts}
    assert {o.reason for o in outcomes if isinstance(o, InvitationNotUsable)} <= {"USED"}
    assert await PatientSession.all().count() == 1
    assert await AuditEvent.filter(action="portal_account.registered").count() == 1


async def refused(practice: Practice, token: str) -> str:
    """Why the token opens nothing; nobody was registered, signed in or counted."""
    counted = await rows_of("attempt_window")
    async with nothing_changes():
        with pytest.raises(InvitationNotUsable) as refusal:
            await accept(practice, token)
    assert await rows_of("attempt_window") == counted
    return refusal.value.reason


@pytest.mark.parametrize(
    "token", ["", "never-given-out", "\x00", "\ud800", "x" * 1_000_000], ids=lambda t: ascii(t)[:20]
)
async def test_token_never_given_out_opens_nothing(practice: Practice, mailbox: Mailbox, token: str) -> None:
    await invited(practice, mailbox)
    assert await refused(practice, token) == "UNKNOWN"
    assert await organization_of_token(token) is None


async def test_used_link_says_so(practice: Practice, mailbox: Mailbox) -> None:
    guest = await invited(practice, mailbox)
    await accept(practice, guest.token)
    assert await refused(practice, guest.token) == "USED"


async def test_link_expires_to_the_second(practice: Practice, mailbox: Mailbox, clock: FixedClock) -> None:
    guest = await invited(practice, mailbox)
    clock.advance(timedelta(days=10))
    assert await refused(practice, guest.token) == "EXPIRED"
    clock.advance(timedelta(seconds=-1))
    assert (await accept(practice, guest.token)).account.id == guest.account.id


@pytest.mark.parametrize(
    ("why", "told"),
    [
        (InvitationClosed.REPLACED, "REPLACED"),
        (InvitationClosed.REVOKED, "REVOKED"),
        (InvitationClosed.WITHDRAWN, "REVOKED"),
    ],
)
async def test_closed_link_says_why(
    practice: Practice, mailbox: Mailbox, clock: FixedClock, why: InvitationClosed, told: str
) -> None:
    guest = await invited(practice, mailbox)
    await Invitation.all().update(closed_at=clock.now(), closed_why=why)
    assert await refused(practice, guest.token) == told


async def test_withdrawn_by_a_change_of_address_opens_nothing(practice: Practice, mailbox: Mailbox) -> None:
    guest = await invited(practice, mailbox)
    await update_contact(guest.caller, guest.contact.id, ContactChanges(emails=["new@example.com"]), practice.services)
    assert await refused(practice, guest.token) == "REVOKED"


async def test_another_practices_door_does_not_know_the_link(
    practice: Practice, other_practice: Practice, mailbox: Mailbox
) -> None:
    guest = await invited(practice, mailbox)
    assert await refused(other_practice, guest.token) == "UNKNOWN"
    assert await find_invitation(other_practice.organization.id, guest.token, practice.services) is None
    assert await organization_of_token(guest.token) == practice.organization.id


@pytest.mark.parametrize(
    "claim",
    [WRONG, IdentityClaim(), IdentityClaim(pin="K7MP4TQX"), IdentityClaim(date_of_birth=date(1980, 5, 5), pin="")],
)
async def test_wrong_date_of_birth_is_refused(practice: Practice, mailbox: Mailbox, claim: IdentityClaim) -> None:
    guest = await invited(practice, mailbox)
    async with nothing_changes():
        with pytest.raises(IdentityNotConfirmed):
            await accept(practice, guest.token, claim)


async def test_right_pin_proves_nothing_where_a_date_of_birth_is_on_record(
    practice: Practice, mailbox: Mailbox
) -> None:
    guest = await invited(practice, mailbox)
    with pytest.raises(IdentityNotConfirmed):
        await accept(practice, guest.token, IdentityClaim(pin=pin_of(guest.contact, practice)))


async def test_after_five_misses_the_right_date_waits_for_the_window_to_end(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    guest = await invited(practice, mailbox)
    for _ in range(5):
        with pytest.raises(IdentityNotConfirmed):
            await accept(practice, guest.token, WRONG)
    clock.advance(timedelta(minutes=10))
    async with nothing_changes():
        for claim in (WRONG, BORN_THEN):
            with pytest.raises(TooManyAttempts) as refusal:
                await accept(practice, guest.token, claim)
            assert refusal.value.retry_after == timedelta(minutes=20)
    clock.advance(timedelta(minutes=20))
    assert (await accept(practice, guest.token)).account.id == guest.account.id


async def test_ten_misses_close_the_record_for_a_day_from_the_first(
    practice: Practice, mailbox: Mailbox, clock: FixedClock
) -> None:
    guest = await invited(practice, mailbox)
    for _ in range(2):
        for _ in range(5):
            with pytest.raises(IdentityNotConfirmed):
                await accept(practice, guest.token, WRONG)
        clock.advance(timedelta(minutes=30))
    with pytest.raises(TooManyAttempts) as refusal:
        await accept(practice, guest.token)
    assert refusal.value.retry_after == timedelta(hours=23)
    clock.advance(timedelta(hours=23))
    assert (await accept(practice, guest.token)).account.id == guest.account.id


async def test_misses_at_once_are_counted_each(practice: Practice, mailbox: Mailbox) -> None:
    guest = await invited(practice, mailbox)
    outcomes = await asyncio.gather(*(accept(practice, guest.token, WRONG) for _ in range(20)), return_exceptions=True)
    assert Counter(type(outcome) for outcome in outcomes) == {IdentityNotConfirmed: 5, TooManyAttempts: 15}


async def test_success_forgets_earlier_misses(practice: Practice, mailbox: Mailbox) -> None:
    guest = await invited(practice, mailbox)
    counted = await rows_of("attempt_window")
    for _ in range(4):
        with pytest.raises(IdentityNotConfirmed):
            await accept(practice, guest.token, WRONG)
    await accept(practice, guest.token)
    assert await rows_of("attempt_window") == counted


async def test_without_a_date_of_birth_the_pin_is_asked(practice: Practice, mailbox: Mailbox) -> None:
    guest = await invited(practice, mailbox, await practice.contact(date_of_birth=None))
    view = await find_invitation(practice.organization.id, guest.token, practice.services)
    assert view is not None
    assert view.asks is IdentityProof.PIN
    for claim in (WRONG, IdentityClaim(), IdentityClaim(pin=""), IdentityClaim(pin="23456789")):
        with pytest.raises(IdentityNotConfirmed):
            await accept(practice, guest.token, claim)
    signed_in = await accept(practice, guest.token, IdentityClaim(pin=pin_of(guest.contact, practice)))
    assert signed_in.account.id == guest.account.id


@pytest.mark.parametrize("typed", ["{0}{1}", " {0} {1} ", "{0}-{1}", "{0}–{1}", "{0}\u00a0{1}"])
@pytest.mark.parametrize("fold", [str, str.lower])
async def test_pin_may_be_typed_as_people_type(
    practice: Practice, mailbox: Mailbox, typed: str, fold: type[str]
) -> None:
    guest = await invited(practice, mailbox, await practice.contact(date_of_birth=None))
    pin = pin_of(guest.contact, practice)
    claim = IdentityClaim(pin=fold(typed.format(pin[:4], pin[4:])))
    with pytest.raises(WeakPassword):  # who it is has been accepted by then, and hashing saved
        await accept(practice, guest.token, claim, "short")


async def test_pin_still_fits_after_the_keys_were_rotated(practice: Practice, mailbox: Mailbox) -> None:
    guest = await invited(practice, mailbox, await practice.contact(date_of_birth=None))
    pin = pin_of(guest.contact, practice)
    practice.services = replace(practice.services, secrets=KeyringSecrets([new_key(), SECRET_KEY]))
    assert (await accept(practice, guest.token, IdentityClaim(pin=pin))).account.id == guest.account.id


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("too short", Weakness.TOO_SHORT),
        ("omar reyes 1980-05-04", Weakness.ABOUT_THE_PERSON),
        ("willow creek counseling", Weakness.ABOUT_THE_PERSON),
        ("passwordpassword1", Weakness.EASY_TO_GUESS),
    ],
)
async def test_weak_password_is_told_why_and_the_link_stays_good(
    practice: Practice, mailbox: Mailbox, password: str, reason: Weakness
) -> None:
    guest = await invited(practice, mailbox)
    async with nothing_changes():
        with pytest.raises(WeakPassword) as refusal:
            await accept(practice, guest.token, BORN_THEN, password)
    assert refusal.value.reasons == (reason,)
    assert (await find_invitation(practice.organization.id, guest.token, practice.services)) is not None
    assert await state_of(guest.contact) is PortalState.INVITED


async def test_wrong_person_learns_nothing_about_the_password(practice: Practice, mailbox: Mailbox) -> None:
    guest = await invited(practice, mailbox)
    with pytest.raises(IdentityNotConfirmed):
        await accept(practice, guest.token, WRONG, "short")


async def test_password_is_kept_as_a_hash_only(practice: Practice, mailbox: Mailbox) -> None:
    guest = await invited(practice, mailbox)
    signed_in = await accept(practice, guest.token)
    await deliver(practice)
    everything = "".join(str([await rows_of(table) for table in ("portal_account", "audit_event", "patient_session")]))
    assert PASSWORD not in everything
    assert guest.token not in everything
    assert signed_in.session.access_token not in everything
