"""A secret opens one door: its own, at its own practice, in its own time."""

import asyncio
from collections import Counter
from datetime import timedelta

import httpx2
import pytest
from starlette.applications import Starlette

from clinic.portal_access.actions import accept_invitation, print_instructions, request_fresh_invitation
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.portal_access.models import Invitation, PortalAccount, PortalLink
from clinic.records.actions.contacts import ContactChanges, update_contact
from clinic.records.models import Contact
from clinic.sessions.models import PatientSession, SessionKind
from tests.api.client import SESSION, Client
from tests.clock import FixedClock
from tests.factories import BORN, EVERY_PERMISSION, PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.patient_portal.practice import Visitor
from tests.security.conftest import API_URL
from tests.security.people import EMAIL, invited, registered

WHO = "{ viewer { __typename } }"


async def secrets_of_every_kind(practice: Practice, mailbox: Mailbox, visitor: Visitor) -> dict[str, str]:
    """One secret for each door, all alive."""
    person = await registered(practice, mailbox)
    other = await practice.contact("Ana", "Santos", emails=("ana@example.com",))
    _, staff = await practice.signed_in(*EVERY_PERMISSION)
    desk = await practice.staff(*EVERY_PERMISSION)
    sheet = await print_instructions(desk, other.id, practice.services)
    page = await visitor.fill("/willow-creek/", email=EMAIL, password=PASSWORD)
    assert page.status == 303
    return {
        "invitation": await invited(practice, mailbox, other),
        "patient access": person.session.access_token,
        "patient refresh": person.session.refresh_token or "",
        "staff access": staff.access_token,
        "staff refresh": staff.refresh_token or "",
        "cookie": visitor.http.cookies["__Host-session-willow-creek"],
        "sheet": sheet.url.rpartition("/")[2],
    }


async def test_each_secret_opens_its_own_door_and_no_other(
    practice: Practice, mailbox: Mailbox, visitor: Visitor, stranger: Client, api: Starlette
) -> None:
    secrets = await secrets_of_every_kind(practice, mailbox, visitor)
    opened: dict[str, set[str]] = {door: set() for door in ("bearer", "file", "cookie", "link", "refresh", "accept")}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=api), base_url=API_URL) as http:
        for kind, secret in secrets.items():
            if (await stranger.holding(secret).post(WHO)).status_code == 200:
                opened["bearer"].add(kind)
            if (await http.get(f"/files/{secret}")).status_code == 200:
                opened["file"].add(kind)
            visitor.http.cookies.clear()
            cookie = {"cookie": f"__Host-session-willow-creek={secret}"}
            if (await visitor.get("/willow-creek/documents", **cookie)).status == 200:
                opened["cookie"].add(kind)
            if (await visitor.follow(f"/willow-creek/register/{secret}")).status == 200:
                opened["link"].add(kind)
            given = {"token": secret, "dateOfBirth": "1990-01-01", "password": PASSWORD}
            if (await stranger.mutate("acceptPortalInvitation", given))["__typename"] == "IdentityNotConfirmed":
                opened["accept"].add(kind)
    for kind, secret in secrets.items():
        if (await stranger.mutate("refreshSession", {"refreshToken": secret}))["__typename"] == "SignInSuccess":
            opened["refresh"].add(kind)
    assert opened == {
        "bearer": {"patient access", "staff access"},
        "file": {"sheet"},
        "cookie": {"cookie"},
        "link": {"invitation"},
        "accept": {"invitation"},
        "refresh": {"patient refresh", "staff refresh"},
    }


async def test_link_of_another_practice_opens_nothing_here(
    practice: Practice, other_practice: Practice, mailbox: Mailbox, visitor: Visitor, stranger: Client
) -> None:
    token = await invited(practice, mailbox)
    elsewhere = await visitor.follow(f"/harbor-house/register/{token}")
    never = await visitor.follow("/harbor-house/register/" + "x" * 43)
    assert elsewhere.status == never.status == 404
    assert elsewhere.text == never.text
    given = {"token": token, "dateOfBirth": BORN.isoformat(), "password": PASSWORD}
    async with nothing_changes():
        answer = await stranger.mutate("acceptPortalInvitation", {**given, "organization": "harbor-house"})
    assert (answer["__typename"], answer["reason"]) == ("InvitationNotUsable", "UNKNOWN")
    assert (await stranger.mutate("acceptPortalInvitation", given))["__typename"] == "AcceptPortalInvitationSuccess"


async def test_invitation_runs_out_after_ten_days(
    practice: Practice, mailbox: Mailbox, stranger: Client, clock: FixedClock
) -> None:
    token = await invited(practice, mailbox)
    given = {"token": token, "dateOfBirth": "1990-01-01", "password": PASSWORD}
    clock.advance(timedelta(days=10) - timedelta(seconds=1))
    assert (await stranger.mutate("acceptPortalInvitation", given))["__typename"] == "IdentityNotConfirmed"
    clock.advance(timedelta(seconds=1))
    answer = await stranger.mutate("acceptPortalInvitation", {**given, "dateOfBirth": BORN.isoformat()})
    assert (answer["__typename"], answer["reason"]) == ("InvitationNotUsable", "EXPIRED")


async def test_of_thirty_two_acceptances_at_once_one_registers(practice: Practice, mailbox: Mailbox) -> None:
    token = await invited(practice, mailbox)
    claim = IdentityClaim(date_of_birth=BORN)
    passwords = [f"seven purple kettles sing {number}" for number in range(32)]
    outcomes = await asyncio.gather(
        *[
            accept_invitation(practice.anonymous, token, claim, one, practice.services, kind=SessionKind.BROWSER)
            for one in passwords
        ],
        return_exceptions=True,
    )
    kinds = Counter(type(outcome).__name__ for outcome in outcomes)
    assert kinds.pop("SignedIn") == 1
    assert set(kinds) <= {"InvitationNotUsable", "TooManyAttempts"}
    assert await PatientSession.all().count() == 1


async def test_acceptance_against_change_of_address_leaves_one_truth(practice: Practice, mailbox: Mailbox) -> None:
    """Whichever comes first: registered and linked, or withdrawn with nobody signed in."""
    for number in range(6):
        contact = await practice.contact(emails=(f"before{number}@example.com",))
        token = await invited(practice, mailbox, contact)
        claim = IdentityClaim(date_of_birth=BORN)
        changes = ContactChanges(emails=[f"after{number}@example.com"])
        outcomes = await asyncio.gather(
            accept_invitation(practice.anonymous, token, claim, PASSWORD, practice.services, kind=SessionKind.API),
            update_contact(practice.system, contact.id, changes, practice.services),
            return_exceptions=True,
        )
        account = await PortalAccount.get(email=f"before{number}@example.com")
        linked = await PortalLink.filter(account_id=account.id, unlinked_at=None).count()
        sessions = await PatientSession.filter(account_id=account.id, ended_at=None).count()
        registered_now = type(outcomes[0]).__name__ == "SignedIn"
        assert (account.registered_at is not None, account.withdrawn_at is None) == (registered_now, registered_now)
        assert (linked, sessions) == ((1, 1) if registered_now else (0, 0))
        assert not isinstance(outcomes[1], BaseException)


async def test_acceptance_against_a_fresh_link_leaves_one_truth(practice: Practice, mailbox: Mailbox) -> None:
    token = await invited(practice, mailbox)
    await Invitation.all().update(expires_at=practice.services.clock.now())
    await request_fresh_invitation(practice.anonymous, token, practice.services)
    from clinic.letters.delivery import deliver_due_letters
    from tests.factories.letters import token_in

    await deliver_due_letters(practice.services, worker_name="test")
    newest = token_in(mailbox.letters[-1])
    claim = IdentityClaim(date_of_birth=BORN)
    outcome, _ = await asyncio.gather(
        accept_invitation(practice.anonymous, newest, claim, PASSWORD, practice.services, kind=SessionKind.API),
        request_fresh_invitation(practice.anonymous, token, practice.services),
        return_exceptions=True,
    )
    account = await PortalAccount.get()
    still_open = await Invitation.filter(closed_at=None).count()
    if type(outcome).__name__ == "SignedIn":
        assert (account.registered_at is not None, still_open) == (True, 0)
    else:
        assert (account.registered_at, still_open) == (None, 1)


async def test_two_contacts_of_one_address_get_one_account(practice: Practice) -> None:
    from clinic.portal_access.actions import invite_contact
    from clinic.portal_access.errors import EmailConflict

    contacts = [await practice.contact(name, "Park", emails=("park@example.com",)) for name in ("Leo", "Mia")]
    outcomes = await asyncio.gather(
        *[invite_contact(practice.system, contact.id, practice.services) for contact in contacts * 4],
        return_exceptions=True,
    )
    accounts = [outcome for outcome in outcomes if isinstance(outcome, PortalAccount)]
    refusals = [outcome for outcome in outcomes if isinstance(outcome, EmailConflict)]
    assert (len(accounts), len(refusals)) == (4, 4)
    assert len({account.id for account in accounts}) == 1
    assert await Invitation.all().count() == 1
    assert await Contact.all().count() == 2


@pytest.mark.parametrize("how", ["idle", "absolute"])
async def test_browser_session_ends_after_half_an_hour_of_rest_and_twelve_of_work(
    practice: Practice, mailbox: Mailbox, visitor: Visitor, clock: FixedClock, how: str
) -> None:
    await registered(practice, mailbox)
    await visitor.fill("/willow-creek/", email=EMAIL, password=PASSWORD)
    if how == "idle":
        clock.advance(timedelta(minutes=30) - timedelta(seconds=1))
        assert (await visitor.get("/willow-creek/documents")).status == 200
        clock.advance(timedelta(minutes=30))
    else:
        for _ in range(35):
            clock.advance(timedelta(minutes=20))
            assert (await visitor.get("/willow-creek/documents")).status == 200
        clock.advance(timedelta(minutes=20))
    assert (await visitor.get("/willow-creek/documents")).status == 303


async def test_refresh_outlives_no_twelve_hours(practice: Practice, stranger: Client, clock: FixedClock) -> None:
    _, session = await practice.signed_in()
    refresh = session.refresh_token or ""
    for _ in range(50):
        clock.advance(timedelta(minutes=14))
        renewed = await stranger.mutate("refreshSession", {"refreshToken": refresh}, SESSION)
        refresh = renewed["refreshToken"]
        await stranger.holding(renewed["accessToken"]).run("{ viewer { __typename } }")
    clock.advance(timedelta(hours=12) - 50 * timedelta(minutes=14))
    assert (await stranger.mutate("refreshSession", {"refreshToken": refresh}))["__typename"] == "WrongCredentials"
