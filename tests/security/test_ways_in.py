"""The ways in and back, read by somebody who wants another person's record."""

import time
from datetime import date
from uuid import UUID

import httpx2
import pytest
from graphql import print_type
from starlette.applications import Starlette

from api.server.relay import encode_id
from clinic.letters.bounces import NotABounce, record_bounce
from clinic.mail.models import Letter
from clinic.portal_access.account_tokens import usable_token
from clinic.portal_access.actions import (
    change_password,
    confirm_identity,
    link_account,
    request_email_change,
    request_password_reset,
    reset_password,
)
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.portal_access.errors import LinkNotUsable
from clinic.portal_access.models import PortalLink, TokenPurpose
from clinic.records.models import Contact
from clinic.sessions.models import PatientSession, SessionKind
from clinic.values.callers import PatientCaller, Permission
from clinic.values.errors import WeakPassword
from tests.api.client import SCHEMA, SESSION, Client
from tests.clinic.portal_access.account_letters import EMAIL, caller_of, next_token, register, room_in, verified
from tests.clinic.portal_access.journey import deliver
from tests.factories import BORN, EVERY_PERMISSION, PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.patient_portal.practice import Visitor
from tests.security.people import registered
from tests.words import predictable

HOME = "/willow-creek/"
SIGNED_IN_FORMS = (
    "connect",
    "confirm",
    "account/password",
    "account/email",
    "account/language",
    "account/sessions",
    "account/consent",
)
FORMS = ("register", "verify", "keep", "forgot", "reset", *SIGNED_IN_FORMS)


async def linked_by_staff(practice: Practice, mailbox: Mailbox) -> tuple[PatientCaller, Contact]:
    """Somebody whose address stands on a record. Whether the record is theirs they have yet to show."""
    patient = caller_of(await verified(practice, mailbox))
    contact = await practice.contact(emails=(EMAIL,))
    await link_account(await practice.staff(*EVERY_PERMISSION), contact.id, practice.services)
    return patient, contact


@pytest.mark.parametrize("door", ["change", "reset"])
async def test_refused_password_does_not_tell_the_date_of_birth_of_a_record_not_yet_opened(
    practice: Practice, mailbox: Mailbox, door: str
) -> None:
    """Ten guesses a day are allowed; a judge of passwords that knows the date would answer any number."""
    patient, _ = await linked_by_staff(practice, mailbox)
    guess = f"{BORN.isoformat()} zqzqzq"

    async def choose(current: str) -> None:
        if door == "change":
            await change_password(patient, current, guess, practice.services)
            return
        await request_password_reset(practice.anonymous, EMAIL, practice.services)
        token = await next_token(practice, mailbox, room="reset")
        await reset_password(practice.anonymous, token, guess, practice.services, kind=SessionKind.API)

    await choose(PASSWORD)
    await confirm_identity(patient, IdentityClaim(date_of_birth=BORN), practice.services)
    with pytest.raises(WeakPassword):
        await choose(guess)


async def test_before_showing_who_they_are_no_page_tells_anything_of_the_record(
    practice: Practice, mailbox: Mailbox, visitor: Visitor
) -> None:
    await linked_by_staff(practice, mailbox)
    await visitor.fill(HOME, email=EMAIL, password=PASSWORD)
    for room in ("documents", "account/record", "connect"):
        assert (await visitor.get(f"{HOME}{room}")).status == 303
    for room in ("account", "account/password", "account/email", "confirm", "connect", "documents", "account/record"):
        page = await visitor.follow(f"{HOME}{room}")
        assert page.status == 200
        for word in ("Omar", "Reyes", "1980", "Fran"):
            assert word not in page.text, room
    wrong = await visitor.fill(f"{HOME}confirm", date_of_birth="1981-05-04")
    assert wrong.status == 422
    assert "Omar" not in wrong.text


async def test_ended_link_closes_bearer_refresh_browser_and_sheet_at_once(
    practice: Practice, mailbox: Mailbox, staff: Client, visitor: Visitor, api: Starlette
) -> None:
    person = await registered(practice, mailbox)
    await visitor.fill(HOME, email=person.account.email, password=PASSWORD)
    contact_id = encode_id("Contact", person.contact.id)
    printed = await staff.mutate("printPortalInstructions", {"contactId": contact_id}, "url")
    address = printed["url"]
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=api)) as http:
        assert (await http.get(address)).status_code == 200
        ended = await staff.mutate("unlinkPortalAccount", {"contactId": contact_id, "reason": "wrong person"})
        assert ended["__typename"] == "UnlinkPortalAccountSuccess"
        assert (await http.get(address)).status_code == 404
    bearer = staff.holding(person.session.access_token)
    assert (await bearer.post("{ viewer { __typename } }")).status_code == 401
    refreshed = await staff.holding(None).mutate("refreshSession", {"refreshToken": person.session.refresh_token})
    assert refreshed["__typename"] == "WrongCredentials"
    assert (await visitor.get(f"{HOME}documents")).goes_to.startswith(f"{HOME}?next=")


async def test_conflict_and_transfer_tell_nothing_of_the_other_patient(
    practice: Practice, mailbox: Mailbox, stranger: Client
) -> None:
    _, first = await practice.signed_in(Permission.WEB_PORTAL)
    staff = stranger.holding(first.access_token)
    holder = await practice.contact("Rosalind", "Quill", emails=(EMAIL,), date_of_birth=date(1944, 2, 3))
    await verified(practice, mailbox)
    await link_account(await practice.staff(*EVERY_PERMISSION), holder.id, practice.services)
    contact = await practice.contact(emails=(EMAIL,))
    contact_id = encode_id("Contact", contact.id)
    _, second = await practice.signed_in(*EVERY_PERMISSION)
    given = {"contactId": contact_id}
    status = "id portalStatus { state summary blockedReason account { email contact { id givenName } } }"
    answers = [
        await staff.mutate("linkPortalAccount", given),
        await staff.mutate("createPortalAccount", given),
        await staff.run(f"query Q($id: ID!) {{ contact(id: $id) {{ {status} }} }}", id=contact_id),
        asked := await staff.mutate(
            "requestPortalTransfer", {**given, "reason": "passport"}, "transfer { id reason contact { id } }"
        ),
        await staff.run("{ portalTransfers { nodes { reason contact { givenName portalStatus { summary } } } } }"),
    ]
    approved = await staff.holding(second.access_token).mutate(
        "approvePortalTransfer", {"transferId": asked["transfer"]["id"]}, f"contact {{ {status} }}"
    )
    assert approved["__typename"] == "ApprovePortalTransferSuccess"
    told = str([*answers, approved])
    assert encode_id("Contact", holder.id) not in told
    for word in ("Rosalind", "Quill", "1944"):
        assert word not in predictable(told)
    link = await PortalLink.get(unlinked_at=None)
    assert (link.contact_id, link.identity_confirmed_at) == (contact.id, None)


async def test_sessions_of_others_are_neither_listed_nor_ended(
    practice: Practice, mailbox: Mailbox, stranger: Client, visitor: Visitor
) -> None:
    person = await registered(practice, mailbox)
    await verified(practice, mailbox)
    others = person.session.session_id
    await visitor.fill(HOME, email=EMAIL, password=PASSWORD)
    page = await visitor.get(f"{HOME}account")
    assert str(others) not in page.response.text
    refused = await visitor.post(f"{HOME}account/sessions", {**page.fields, "session": str(others)})
    assert refused.status == 404
    signed_in = await stranger.mutate(
        "signInPatient", {"organization": "willow-creek", "email": EMAIL, "password": PASSWORD}, SESSION
    )
    patient = stranger.holding(signed_in["accessToken"])
    listed = await patient.run("{ mySessions { id } }")
    assert encode_id("Session", others) not in str(listed)
    ended = await patient.mutate("endSession", {"sessionId": encode_id("Session", others)})
    assert ended["__typename"] == "NotFound"
    assert (await PatientSession.get(id=others)).ended_at is None


async def test_every_form_behind_and_before_the_door_needs_its_token(
    practice: Practice, mailbox: Mailbox, visitor: Visitor
) -> None:
    patient, _ = await linked_by_staff(practice, mailbox)
    await register(practice, "somebody@example.com")
    await request_password_reset(practice.anonymous, EMAIL, practice.services)
    await request_email_change(patient, PASSWORD, "ana.new@example.com", practice.services)
    await deliver(practice)
    await visitor.fill(HOME, email=EMAIL, password=PASSWORD)
    tokens = dict(room_in(letter) for letter in mailbox.letters)
    typed = {
        "email": "else@example.com",
        "password": "four brown ponies trot",
        "current": PASSWORD,
        "date_of_birth": BORN.isoformat(),
        "pin": "AAAA-AAAA",
        "language": "es",
        "session": str(patient.session_id),
    }
    async with nothing_changes():
        for room in FORMS:
            answer = await visitor.post(HOME + room, {**typed, "token": tokens.get(room, "")})
            assert answer.status == 403, room


async def test_mailed_links_leave_the_address_and_open_one_door_at_one_practice(
    practice: Practice, other_practice: Practice, mailbox: Mailbox, visitor: Visitor, stranger: Client
) -> None:
    patient = caller_of(await verified(practice, mailbox))
    await request_password_reset(practice.anonymous, EMAIL, practice.services)
    await request_email_change(patient, PASSWORD, "ana.new@example.com", practice.services)
    await deliver(practice)
    tokens = dict(room_in(letter) for letter in mailbox.letters[-3:])
    assert set(tokens) == {"reset", "verify", "keep"}
    doors = {"reset": "resetPassword", "verify": "verifyPortalEmail", "keep": "keepEmail"}
    async with nothing_changes():
        for room, token in tokens.items():
            opened = await visitor.get(f"{HOME}{room}/{token}")
            assert (opened.status, opened.goes_to) == (303, f"{HOME}{room}")
            page = await visitor.get(opened.goes_to)
            assert (page.status, page.response.headers["referrer-policy"]) == (200, "no-referrer")
            assert token not in page.response.text.replace(f'value="{token}"', "")
            for other, door in doors.items():
                more = {"password": "four brown ponies trot"} if door != "keepEmail" else {}
                for organization in (None, other_practice.organization.slug):
                    if other == room and organization is None:
                        continue
                    refused = await stranger.mutate(door, {"token": token, "organization": organization, **more})
                    assert (refused["__typename"], refused["reason"]) == ("LinkNotUsable", "UNKNOWN")
    now = practice.services.clock.now()
    with pytest.raises(LinkNotUsable):
        await usable_token(other_practice.organization.id, tokens["keep"], now, TokenPurpose.KEEP_EMAIL)


def _about(part: bytes, tail: bytes = b"") -> bytes:
    """A report of failure whose returned letter is `part`."""
    return (
        b"Content-Type: multipart/report; boundary=cut\n\n--cut\nContent-Type: message/delivery-status\n\n"
        b"Reporting-MTA: dns; mx\n\nAction: failed\nStatus: 5.1.1\n\n--cut\n" + part + b"\n--cut--\n" + tail
    )


_HEADERS = b"\n\nMessage-ID: <nobody@example.com>\nSubject: \xff\xfe\n"
HOSTILE = {
    "nested parts": b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i) for i in range(3000)),
    "nested letters": b"Content-Type: message/rfc822\n\n" * 3000,
    "many parts": b"Content-Type: multipart/report; boundary=b\n\n" + b"--b\n\n" * 500_000,
    "many recipients": _about(b"", b"A: b\n\n" * 300_000),
    "many parameters": b"Content-Type: multipart/report;" + b" a=b;" * 1_000_000 + b" boundary=b\n\n--b\n",
    "charset with NUL": _about(b'Content-Type: text/rfc822-headers; charset="\0"' + _HEADERS),
    "charset in pieces": _about(b"Content-Type: text/rfc822-headers; charset*=utf-8''x" + _HEADERS),
    "charset idna": _about(b"Content-Type: text/rfc822-headers; charset=idna" + _HEADERS),
    "letter of nobody": _about(b"Content-Type: message/rfc822" + _HEADERS),
    "over the limit": b"x" * (10 * 1024 * 1024 + 1),
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_no_message_from_outside_makes_a_bounce_fail_or_stop(practice: Practice, kind: str) -> None:
    began = time.process_time()
    async with nothing_changes():
        with pytest.raises(NotABounce):
            await record_bounce(practice.services, HOSTILE[kind])
    assert time.process_time() - began < 5


async def test_outsiders_can_neither_guess_nor_read_what_a_bounce_names_its_letter_by(
    practice: Practice, mailbox: Mailbox
) -> None:
    await registered(practice, mailbox)
    letter = await Letter.get()
    name, _, host = letter.message_id.strip("<>").partition("@")
    assert (UUID(name).version, host) == (4, "portal.vestibule.example")  # 122 random bits
    assert UUID(name) != letter.id
    assert "messageId" not in print_type(SCHEMA.type_map["Letter"])
