"""Reads a caught letter for the mail catcher's pages. The letter may be malformed or hostile."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import HeaderParser

from markupsafe import Markup, escape

INLINE_IMAGE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Without SVG, which may contain scripts."""

_WEB_ADDRESS = re.compile(r"(https?://[^\s<>\"'\x00-\x1f]+[^\s<>\"'\x00-\x1f.,;:!?)\]])")
_CONTENT_ID = re.compile(r"cid:([^\s\"'<>()&]+)")
_HEAD = re.compile(r"<head(?:\s[^>]*)?>", re.IGNORECASE)


@dataclass(frozen=True)
class CaughtLetter:
    """The content of a letter for the pages. `images` maps a Content-ID to a `data:` URL."""

    name: str
    received_at: datetime
    sender: str
    recipients: str
    subject: str
    text: str | None = None
    html: str | None = None
    images: Mapping[str, str] = field(default_factory=dict)


def read_summary(name: str, source: bytes) -> CaughtLetter:
    """Read only the headers. `name` starts with the time of arrival in nanoseconds since 1970."""
    headers = HeaderParser().parsestr(source.decode("utf-8", errors="replace"), headersonly=True)
    return CaughtLetter(
        name=name,
        received_at=datetime.fromtimestamp(int(name[:20]) / 1e9, UTC),
        sender=_header(headers, "From"),
        recipients=_header(headers, "To"),
        subject=_header(headers, "Subject") or "(no subject)",
    )


def read_letter(name: str, source: bytes) -> CaughtLetter:
    """Read the first text part, the first HTML part, and the images that the HTML may refer to."""
    summary = read_summary(name, source)
    try:
        parts = [part for part in message_from_bytes(source).walk() if not part.is_multipart()]
    except RecursionError:
        # Thousands of nested parts; the pages show only the raw source.
        parts = []
    return CaughtLetter(
        name=name,
        received_at=summary.received_at,
        sender=summary.sender,
        recipients=summary.recipients,
        subject=summary.subject,
        text=_first(parts, "text/plain"),
        html=_first(parts, "text/html"),
        images=dict(
            _image(part) for part in parts if part["Content-ID"] and part.get_content_type() in INLINE_IMAGE_TYPES
        ),
    )


def linked_text(text: str) -> Markup:
    """The escaped text with its web addresses as links that open in a new tab."""
    pieces = [
        Markup('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>').format(piece)
        if odd
        else escape(piece)
        for odd, piece in ((index % 2, piece) for index, piece in enumerate(_WEB_ADDRESS.split(text)))
    ]
    return Markup("").join(pieces)


def html_with_inline_images(letter: CaughtLetter) -> str:
    """The letter's HTML with its attached images inline and links that open in a new tab.

    The HTML is untrusted, so it must be served with a policy that allows no scripts and no requests.
    """
    html = _CONTENT_ID.sub(lambda match: letter.images.get(match.group(1), match.group()), letter.html or "")
    target = '<base target="_blank">'
    head = _HEAD.search(html)
    return f"{html[: head.end()]}{target}{html[head.end() :]}" if head else target + html


def _header(headers: "Message[str, str]", name: str) -> str:
    value = " ".join(str(headers.get(name, "")).split())
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        return value


def _first(parts: list["Message[str, str]"], content_type: str) -> str | None:
    for part in parts:
        if part.get_content_type() == content_type and part.get_content_disposition() != "attachment":
            return _decoded(part)
    return None


def _decoded(part: "Message[str, str]") -> str:
    content = _bytes(part)
    try:
        return content.decode(part.get_content_charset("utf-8"), errors="replace")
    except LookupError:
        return content.decode("utf-8", errors="replace")


def _bytes(part: "Message[str, str]") -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _image(part: "Message[str, str]") -> tuple[str, str]:
    encoded = base64.b64encode(_bytes(part)).decode("ascii")
    return str(part["Content-ID"]).strip(" <>\r\n\t"), f"data:{part.get_content_type()};base64,{encoded}"
