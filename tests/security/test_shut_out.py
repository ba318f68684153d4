"""Whoever was shut out stays out, by every door, from their next request on."""

from datetime import timedelta

import httpx2
from starlette.applications import Starlette

from clinic.portal_access.actions import print_instructions, request_fresh_invitation
from clinic.portal_access.models import Invitation, PortalAccount
from clinic.sessions.actions import end_session
from clinic.sessions.models import PatientSession
from clinic.staff.actions import create_staff_member
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission
from tests.api.client import SESSION, Client
from tests.clock import FixedClock
from tests.factories import BORN, EVERY_PERMISSION, PASSWORD, Mailbox, Practice
from tests.patient_portal.practice import Visitor
from tests.security.conftest import API_URL
from tests.security.people import EMAIL, invited, registered

STAFF_EMAIL = "front.desk@willow-creek.example"
WHO = "{ viewer { __typename } }"


async def test_disabled_staff_member_can_do_nothing_more(practice: Practice, stranger: Client) -> None:
    await create_staff_member(
        practice.system, name="Fran", email=STAFF_EMAIL, password=PASSWORD, services=practice.services
    )
    given = {"organization": "willow-creek", "email": STAFF_EMAIL, "password": PASSWORD}
    session = await stranger.mutate("signInStaff", given, SESSION)
    client = stranger.holding(session["accessToken"])
    assert (await client.post(WHO)).status_code == 200
    await StaffMember.filter(email=STAFF_EMAIL).update(disabled_at=practice.services.clock.now())
    assert (await client.post(WHO)).status_code == 401
    assert (await stranger.mutate("refreshSession", {"refreshToken": session["refreshToken"]}))["__typename"] == (
        "WrongCredentials"
    )
    assert (await stranger.mutate("signInStaff", given))["__typename"] == "WrongCredentials"


async def test_disabled_account_opens_neither_face(
    practice: Practice, mailbox: Mailbox, stranger: Client, visitor: Visitor
) -> None:
    person = await registered(practice, mailbox)
    client = stranger.holding(person.session.access_token)
    await visitor.fill("/willow-creek/", email=EMAIL, password=PASSWORD)
    assert (await visitor.get("/willow-creek/documents")).status == 200
    await PortalAccount.filter(id=person.account.id).update(disabled_at=practice.services.clock.now())
    assert (await client.post(WHO)).status_code == 401
    assert (await visitor.get("/willow-creek/documents")).status == 303
    given = {"organization": "willow-creek", "email": EMAIL, "password": PASSWORD}
    assert (await stranger.mutate("signInPatient", given))["__typename"] == "WrongCredentials"
    assert (await visitor.fill("/willow-creek/", email=EMAIL, password=PASSWORD)).status == 422
    refresh = {"refreshToken": person.session.refresh_token}
    assert (await stranger.mutate("refreshSession", refresh))["__typename"] == "WrongCredentials"


async def test_disabled_account_is_not_registered_by_its_old_letter(
    practice: Practice, mailbox: Mailbox, stranger: Client, visitor: Visitor
) -> None:
    token = await invited(practice, mailbox)
    await PortalAccount.all().update(disabled_at=practice.services.clock.now())
    given = {"token": token, "dateOfBirth": BORN.isoformat(), "password": PASSWORD}
    answer = await stranger.mutate("acceptPortalInvitation", given)
    assert (answer["__typename"], answer["reason"]) == ("InvitationNotUsable", "REVOKED")
    page = await visitor.follow(f"/willow-creek/register/{token}")
    assert page.status == 410
    assert "This invitation was taken back" in page.text
    assert await PatientSession.all().count() == 0
    assert (await PortalAccount.get()).registered_at is None


async def test_disabled_account_gets_no_fresh_link(practice: Practice, mailbox: Mailbox, clock: FixedClock) -> None:
    token = await invited(practice, mailbox)
    await PortalAccount.all().update(disabled_at=clock.now())
    clock.advance(timedelta(days=11))
    await request_fresh_invitation(practice.anonymous, token, practice.services)
    assert await Invitation.all().count() == 1


async def test_printed_sheet_closes_with_the_right_to_print_it(practice: Practice, api: Starlette) -> None:
    contact = await practice.contact()
    desk = await practice.staff(Permission.WEB_PORTAL)
    url = (await print_instructions(desk, contact.id, practice.services)).url
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=api), base_url=API_URL) as http:
        opened = await http.get(url)
        assert (opened.status_code, opened.headers["content-type"]) == (200, "application/pdf")
        assert opened.headers["cache-control"] == "no-store"
        for permissions in ("MANAGE_CONTACTS VIEW_CONTACTS", "WEB_PORTAL"):
            await StaffMember.filter(id=desk.staff_member_id).update(permissions=permissions)
            assert (await http.get(url)).status_code == 404
        await StaffMember.filter(id=desk.staff_member_id).update(
            permissions="VIEW_CONTACTS WEB_PORTAL", disabled_at=practice.services.clock.now()
        )
        assert (await http.get(url)).status_code == 404


async def test_printed_sheet_closes_with_the_session_that_made_it(practice: Practice, api: Starlette) -> None:
    contact = await practice.contact()
    desk = await practice.staff(Permission.WEB_PORTAL)
    url = (await print_instructions(desk, contact.id, practice.services)).url
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=api), base_url=API_URL) as http:
        assert (await http.get(url)).status_code == 200
        await end_session(desk, practice.services)
        assert (await http.get(url)).status_code == 404


async def test_printed_sheet_closes_by_itself(practice: Practice, api: Starlette, clock: FixedClock) -> None:
    contact = await practice.contact()
    url = (await print_instructions(await practice.staff(*EVERY_PERMISSION), contact.id, practice.services)).url
    clock.advance(timedelta(minutes=10))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=api), base_url=API_URL) as http:
        assert (await http.get(url)).status_code == 404
