"""Short-lived addresses of a document's bytes. Nothing of them is stored: the address itself says, encrypted, what it
opens, to whom, and until when; whether it still may is asked anew each time it is opened.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinic.documents.access import document_of_patient, document_of_staff
from clinic.documents.actions.read import Reading, note_reading
from clinic.documents.models import Document
from clinic.documents.rendered_pages import completed_of, original_of
from clinic.sessions.queries import caller_of_session
from clinic.values.callers import Origin, PatientCaller, Permission, StaffCaller
from clinic.values.errors import NotFound
from clinic.values.ports import Services
from clinic.values.text import search_key

# As for the printed sheet: long enough to open and print, too short to be of use in a browser's history.
ADDRESS_LIFETIME = timedelta(minutes=10)
PREFIX = "d."
_PURPOSE = "document_file"
_LONGEST_TOKEN = 1000


@dataclass(frozen=True, repr=False)
class DocumentFile:
    """The bytes, and a file name that is safe everywhere."""

    content: bytes
    name: str
    document: Document


def file_address(
    caller: StaffCaller | PatientCaller, document_id: UUID, *, completed: bool, services: Services, now: datetime
) -> str:
    """Where the original, or the sealed file, can be opened for ten minutes, while this session lasts."""
    says = {
        "purpose": _PURPOSE,
        "document": str(document_id),
        "completed": completed,
        "session": str(caller.session_id),
        "until": (now + ADDRESS_LIFETIME).isoformat(),
    }
    token = services.secrets.encrypt(json.dumps(says)).rstrip("=")
    return f"{services.addresses.api_url}/files/{PREFIX}{token}"


async def file_at(token: str, origin: Origin, services: Services) -> DocumentFile | None:
    """What an address opens at this moment, noted as a download; `token` is with or without its prefix.

    None for anything that is no address of ours, has run out, belongs to a session that has ended, or names a document
    the session's person may not see now: staff need WEB_PORTAL to open one. Raises `FileMissing`,
    `FileStoreUnavailable`.
    """
    now = services.clock.now()
    says = _read(token.removeprefix(PREFIX), services)
    if says is None or says.until <= now:
        return None
    caller = await caller_of_session(says.session_id, origin, now)
    document = await _seen_by(caller, says.document_id, now)
    if caller is None or document is None:
        return None
    try:
        content = await (completed_of if says.completed else original_of)(document, services)
        await note_reading(caller, document.id, Reading.DOWNLOADED, services)
    except NotFound:
        return None  # not sealed yet; or no longer theirs to see since it was read
    return DocumentFile(content, file_name(document, completed=says.completed), document)


def file_name(document: Document, *, completed: bool) -> str:
    """The title in plain small letters, for people's own folders: nothing in it means anything to a system."""
    plain = re.sub(r"[^a-z0-9]+", "-", search_key(document.title)).strip("-")[:80].strip("-")
    return f"{plain or 'document'}{'-signed' if completed else ''}.pdf"


@dataclass(frozen=True)
class _Says:
    document_id: UUID
    completed: bool
    session_id: UUID
    until: datetime


def _read(token: str, services: Services) -> _Says | None:
    if len(token) > _LONGEST_TOKEN or not re.fullmatch(r"[\w-]+", token, re.ASCII):
        return None
    try:
        says = json.loads(services.secrets.decrypt(token + "=" * (-len(token) % 4)))
        if not isinstance(says, dict) or says.get("purpose") != _PURPOSE:
            return None
        return _Says(
            UUID(says["document"]),
            bool(says["completed"]),
            UUID(says["session"]),
            datetime.fromisoformat(says["until"]),
        )
    except (ValueError, KeyError, TypeError):
        return None


async def _seen_by(caller: StaffCaller | PatientCaller | None, document_id: UUID, now: datetime) -> Document | None:
    match caller:
        case StaffCaller() if caller.may(Permission.WEB_PORTAL):
            return await document_of_staff(caller, document_id)
        case PatientCaller():
            found = await document_of_patient(caller, document_id, now)
            return found[0] if found else None
        case _:
            return None
