"""Short-lived addresses of a document's file.

No address is stored: it contains, encrypted, the document, the session and the expiry. The permission is checked each
time the address is opened.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinic.documents.access import document_of_patient, document_of_staff
from clinic.documents.actions.read import Reading, record_reading
from clinic.documents.models import Document
from clinic.documents.rendered_pages import completed_of, original_of
from clinic.sessions.queries import caller_of_session
from clinic.values.callers import Origin, PatientCaller, Permission, StaffCaller
from clinic.values.errors import NotFound
from clinic.values.ports import Services
from clinic.values.text import search_key

# As for the printed sheet: long enough to open and print, and soon useless in a browser's history.
ADDRESS_LIFETIME = timedelta(minutes=10)
PREFIX = "d."
_PURPOSE = "document_file"
_LONGEST_TOKEN = 1000


@dataclass(frozen=True, repr=False)
class DocumentFile:
    """The file's content, and a file name that is safe on every system."""

    content: bytes
    name: str
    document: Document


def file_address(
    caller: StaffCaller | PatientCaller, document_id: UUID, *, completed: bool, services: Services, now: datetime
) -> str:
    """The address of the original or of the sealed file. It is valid for ten minutes, and only during this session."""
    claims = {
        "purpose": _PURPOSE,
        "document": str(document_id),
        "completed": completed,
        "session": str(caller.session_id),
        "until": (now + ADDRESS_LIFETIME).isoformat(),
    }
    token = services.secrets.encrypt(json.dumps(claims)).rstrip("=")
    return f"{services.addresses.api_url}/files/{PREFIX}{token}"


async def file_at(token: str, origin: Origin, services: Services) -> DocumentFile | None:
    """The file of an address. Records a download in the audit. `token` may have the prefix or not.

    None if the token is invalid or has expired, if its session has ended, or if the session's caller may not see the
    document now; staff need WEB_PORTAL. Raises `FileMissing`, `FileStoreUnavailable`.
    """
    now = services.clock.now()
    claims = _read(token.removeprefix(PREFIX), services)
    if claims is None or claims.until <= now:
        return None
    caller = await caller_of_session(claims.session_id, origin, now)
    document = await _visible_document(caller, claims.document_id, now)
    if caller is None or document is None:
        return None
    try:
        content = await (completed_of if claims.completed else original_of)(document, services)
        await record_reading(caller, document.id, Reading.DOWNLOADED, services)
    except NotFound:
        return None  # there is no sealed file yet, or the caller lost access since the check above
    return DocumentFile(content, file_name(document, completed=claims.completed), document)


def file_name(document: Document, *, completed: bool) -> str:
    """A file name made of the title: only a-z, digits and hyphens, which no system interprets."""
    plain = re.sub(r"[^a-z0-9]+", "-", search_key(document.title)).strip("-")[:80].strip("-")
    return f"{plain or 'document'}{'-signed' if completed else ''}.pdf"


@dataclass(frozen=True)
class _AddressContent:
    document_id: UUID
    completed: bool
    session_id: UUID
    until: datetime


def _read(token: str, services: Services) -> _AddressContent | None:
    if len(token) > _LONGEST_TOKEN or not re.fullmatch(r"[\w-]+", token, re.ASCII):
        return None
    try:
        claims = json.loads(services.secrets.decrypt(token + "=" * (-len(token) % 4)))
        if not isinstance(claims, dict) or claims.get("purpose") != _PURPOSE:
            return None
        return _AddressContent(
            UUID(claims["document"]),
            bool(claims["completed"]),
            UUID(claims["session"]),
            datetime.fromisoformat(claims["until"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


async def _visible_document(
    caller: StaffCaller | PatientCaller | None, document_id: UUID, now: datetime
) -> Document | None:
    match caller:
        case StaffCaller() if caller.may(Permission.WEB_PORTAL):
            return await document_of_staff(caller, document_id)
        case PatientCaller():
            found = await document_of_patient(caller, document_id, now)
            return found[0] if found else None
        case _:
            return None
