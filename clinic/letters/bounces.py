"""Bounces: finds the letter that a mail server's delivery-status message is about, and marks it as bounced."""

import re
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32
from uuid import UUID

from clinic.mail.models import Letter, LetterStatus
from clinic.values.bounce_notices import Bounce
from clinic.values.callers import SystemCaller
from clinic.values.errors import ClinicError
from clinic.values.ports import Services
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

# In bytes. A returned letter with its logo is far smaller, so a larger message is no delivery status of ours.
LARGEST = 10 * 1024 * 1024
# In bytes. The report comes first, and the returned letter's headers follow. The rest is not parsed, because the parser
# takes quadratic time for a hostile message.
_PARSED_BYTES = 256 * 1024

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,190}>")
# RFC 3463: an enhanced status code of class 5 is a permanent failure.
_STATUS = re.compile(r"5\.\d{1,3}\.\d{1,3}")
_REPLY = re.compile(r"\b5\d\d\b")
_REASONS = {
    "5.1.1": "there is no such mailbox",
    "5.1.2": "the address's domain takes no mail",
    "5.1.10": "the address's domain takes no mail",
    "5.2.1": "the mailbox is closed",
    "5.2.2": "the mailbox is full",
    "5.7.1": "the mail server refuses email from us",
}


class NotABounce(ClinicError):
    """The message reports no permanent failure of one of our letters."""


async def record_bounce(services: Services, raw: bytes) -> UUID:
    """Mark the letter of a delivery-status message (RFC 3464) as bounced, and return the letter's id.

    Only the status code is stored, because the server's text often quotes the address. Processing the same message
    twice changes nothing more. Raises `NotABounce`.
    """
    bounce = read_bounce(raw)
    letter = await Letter.get_or_none(message_id=bounce.message_id) if bounce else None
    if bounce is None or letter is None:
        raise NotABounce
    await _mark(letter, bounce.code, services, by="vestibule bounce")
    return letter.id


async def record_bounces(services: Services, bounces: Iterable[Bounce]) -> None:
    """Mark the letters that a mail service has told of as bounced. One that is not ours is passed over."""
    for bounce in bounces:
        letter = await Letter.get_or_none(message_id=bounce.message_id)
        if letter is not None:
            await _mark(letter, bounce.code, services, by="mail service")


@retry_on_conflict
async def _mark(letter: Letter, code: str, services: Services, *, by: str) -> None:
    async with unit_of_work(SystemCaller(letter.organization_id, by), services) as work:
        # Also QUEUED: if a worker dies after the server accepted the letter, the letter is not marked as sent.
        on_its_way = Letter.filter(id=letter.id, status__in=[LetterStatus.SENT, LetterStatus.QUEUED])
        failure = failure_text(code)
        if await on_its_way.update(
            status=LetterStatus.BOUNCED, failure=failure, failed_at=work.now, claimed_until=None
        ):
            work.audit("letter.bounced", letter, reason=failure, code=code)


def failure_text(code: str) -> str:
    """The failure as staff see it on the icon."""
    return f"{_REASONS.get(code, 'it was returned as undeliverable')} ({code})"


def read_bounce(raw: bytes) -> Bounce | None:
    """The failure that a message reports. None for a delay, a success, or a message that is no delivery status."""
    if len(raw) > LARGEST:
        return None
    try:
        return _read(raw[:_PARSED_BYTES])
    except (RecursionError, LookupError, TypeError, ValueError):
        # The standard library's parser raises these for deeply nested parts and for unknown character sets.
        return None


def _read(raw: bytes) -> Bounce | None:
    # The old policy, because the new one raises for some malformed headers, and these messages are untrusted.
    message = message_from_bytes(raw, policy=compat32)
    codes = [code for part in _parts(message, "message/delivery-status") for code in _failures(part)]
    originals = [*_parts(message, "message/rfc822"), *_parts(message, "text/rfc822-headers")]
    ids = [found for part in originals if (found := _message_id(part))]
    return Bounce(ids[0], codes[0]) if codes and ids else None


def _parts(message: Message, content_type: str) -> list[Message]:
    """The direct parts of this type. Nested parts are ignored, because the returned letter may contain anything."""
    return [part for part in _children(message) if part.get_content_type() == content_type]


def _children(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _failures(status: Message) -> Iterator[str]:
    """The status code of each recipient with a permanent failure (RFC 3464 §2.3.3, §2.3.4, §2.3.6)."""
    for fields in _children(status):
        if str(fields.get("Action", "")).strip().lower() != "failed":
            continue
        status_field, diagnostic = str(fields.get("Status", "")), str(fields.get("Diagnostic-Code", ""))
        found = _STATUS.search(status_field) or _STATUS.search(diagnostic) or _REPLY.search(diagnostic)
        yield found.group(0) if found else "5.0.0"


def _message_id(part: Message) -> str | None:
    """The Message-ID of the returned letter, which is included as a whole or only by its headers."""
    whole = _children(part)
    headers = whole[0] if whole else HeaderParser().parsestr(str(part.get_payload()))
    found = _MESSAGE_ID.search(str(headers.get("Message-ID", "")))
    return found.group(0) if found else None
