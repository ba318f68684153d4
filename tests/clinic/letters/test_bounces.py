"""Letters that came back: a delivery-status message finds its letter, and only its code is kept."""

from uuid import uuid4

import pytest

from clinic.charts.contact_rows import viewer_of
from clinic.letters.bounces import NotABounce, read_bounce, record_bounce
from clinic.mail.models import Letter, LetterStatus
from clinic.portal_access.actions import invite_contact
from clinic.portal_access.facts import status_facts
from clinic.portal_access.models import Invitation
from clinic.portal_access.status import LetterState, portal_status
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.journey import deliver
from tests.clinic.portal_access.ways import desk_of
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice
from tests.factories.contents import nothing_changes

ADDRESS = "omar.reyes@example.com"


def report(
    message_id: str,
    *,
    action: str = "failed",
    status: str = "5.1.1",
    diagnostic: str = f"smtp; 550 5.1.1 <{ADDRESS}>: Recipient address rejected",
    headers_only: bool = False,
) -> bytes:
    """A delivery-status message as mail servers write it (RFC 3464)."""
    returned = (
        f"Content-Type: text/rfc822-headers\r\n\r\nSubject: Willow Creek\r\nMessage-ID: {message_id}\r\n"
        if headers_only
        else f"Content-Type: message/rfc822\r\n\r\nSubject: Willow Creek\r\nMessage-ID: {message_id}\r\n\r\nHello\r\n"
    )
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: no-reply@v.example\r\nSubject: Undelivered Mail\r\n"
        "Message-ID: <another@mx.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="cut"\r\n\r\n'
        "--cut\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n"
        "--cut\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {ADDRESS}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: {diagnostic}\r\n\r\n"
        f"--cut\r\n{returned}\r\n--cut--\r\n"
    ).encode()


@pytest.fixture
async def letter(practice: Practice, mailbox: Mailbox) -> Letter:
    """An invitation's letter that a mail server took."""
    await invite_contact(practice.system, (await practice.contact()).id, practice.services)
    await deliver(practice)
    return await Letter.all().get()


@pytest.mark.parametrize("headers_only", [False, True])
async def test_the_letter_is_marked_and_the_icon_says_so(
    practice: Practice, letter: Letter, clock: FixedClock, headers_only: bool
) -> None:
    found = await record_bounce(practice.services, report(letter.message_id, headers_only=headers_only))

    assert found == letter.id
    now = await Letter.get(id=letter.id)
    assert (now.status, now.failed_at) == (LetterStatus.BOUNCED, clock.now())
    assert now.failure == "there is no such mailbox (5.1.1)"
    contact_id = (await Invitation.get(id=now.invitation_id)).contact_id
    status = portal_status(
        (await status_facts([contact_id]))[contact_id], viewer_of(await desk_of(practice), clock.now())
    )
    assert status.letter is LetterState.BOUNCED
    assert status.summary == (f"Invited, but the email to {ADDRESS} did not arrive: there is no such mailbox (5.1.1)")
    event = await AuditEvent.get(action="letter.bounced")
    assert (event.subject_id, event.actor_name) == (letter.id, "vestibule bounce")
    assert "@" not in event.reason + event.details


async def test_handed_in_twice_it_counts_once(practice: Practice, letter: Letter) -> None:
    await record_bounce(practice.services, report(letter.message_id))
    async with nothing_changes():
        assert await record_bounce(practice.services, report(letter.message_id)) == letter.id


@pytest.mark.parametrize(
    ("status", "diagnostic", "code"),
    [
        ("5.2.2", "smtp; 552 5.2.2 full", "5.2.2"),
        ("", "smtp; 550 5.7.1 <a@b.example> no", "5.7.1"),
        ("", "smtp; 554 no such user a@b.example", "554"),
        ("what", "who knows", "5.0.0"),
        ("5.1.1\r\n (a@b.example)", "smtp; 550", "5.1.1"),
    ],
)
def test_only_the_code_is_read(status: str, diagnostic: str, code: str) -> None:
    bounce = read_bounce(report("<one@v.example>", status=status, diagnostic=diagnostic))
    assert bounce is not None
    assert (bounce.message_id, bounce.code) == ("<one@v.example>", code)


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", ""])
async def test_what_has_not_failed_for_good_changes_nothing(practice: Practice, letter: Letter, action: str) -> None:
    async with nothing_changes():
        with pytest.raises(NotABounce):
            await record_bounce(practice.services, report(letter.message_id, action=action))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"Subject: hello\r\n\r\nI am on holiday.",
        b"Content-Type: multipart/report\r\n\r\nno parts",
        b'Content-Type: multipart/report; boundary="a"\r\n\r\n'
        b"--a\r\nContent-Type: message/delivery-status\r\n\r\n--a--",
        report("no id at all"),
        report(f"<{uuid4()}@v.example>"),
        b"x" * (10 * 1024 * 1024 + 1),
    ],
    ids=range(8),
)
async def test_anything_else_is_refused_in_one_line(practice: Practice, letter: Letter, raw: bytes) -> None:
    async with nothing_changes():
        with pytest.raises(NotABounce):
            await record_bounce(practice.services, raw)


async def test_a_report_inside_the_returned_letter_counts_for_nothing(practice: Practice, letter: Letter) -> None:
    inner = report(letter.message_id).decode()
    wrapped = f'Content-Type: multipart/mixed; boundary="out"\r\n\r\n--out\r\n{inner}\r\n--out--\r\n'.encode()
    async with nothing_changes():
        with pytest.raises(NotABounce):
            await record_bounce(practice.services, wrapped)


async def test_a_letter_that_never_left_does_not_bounce(practice: Practice, letter: Letter) -> None:
    await Letter.filter(id=letter.id).update(status=LetterStatus.CANCELLED)
    async with nothing_changes():
        assert await record_bounce(practice.services, report(letter.message_id)) == letter.id
