"""Exports everything that is held about a person: JSON by kind, and their PDFs (product §6, The end)."""

import json
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from clinic.charts.record_rows import RecordIds, record_ids, rows_of
from clinic.documents.addresses import file_name
from clinic.documents.files import read_document
from clinic.documents.models import Document
from clinic.records.access import contact_for_change
from clinic.records.models import Contact
from clinic.sessions.queries import caller_of_session
from clinic.values.callers import Origin, Permission, StaffCaller, SystemCaller
from clinic.values.errors import ClinicError
from clinic.values.ports import FileMissing, Services
from clinic.work.models import AuditEvent
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

ADDRESS_LIFETIME = timedelta(minutes=10)
PREFIX = "x."
_PURPOSE = "contact_export"
# What opens or proves something, or is another form of a column beside it.
_LEFT_OUT = frozenset(
    {
        *("mac", "pin_encrypted", "given_key", "family_key", "sort_key", "email_normal", "address_normal"),
        *("secret_encrypted", "public_key", "nonce", "password_digest"),
    }
)


@retry_on_conflict
async def export_contact(caller: StaffCaller | SystemCaller, contact_id: UUID | None, services: Services) -> Contact:
    """Note in the audit that the record leaves; needs MANAGE_CONTACTS and MANAGE_ORGANIZATION.

    `exported_files` then has the content. Raises `NotPermitted`, `NotFound`.
    """
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_ORGANIZATION)
    async with unit_of_work(caller, services) as work:
        contact = await contact_for_change(caller, contact_id, Permission.MANAGE_CONTACTS)
        work.audit("contact.exported", contact)
    return contact


def export_address(caller: StaffCaller, contact: Contact, services: Services) -> str:
    """The address of the archive. It is valid for ten minutes, and only during this session."""
    claims = {
        "purpose": _PURPOSE,
        "contact": str(contact.id),
        "session": str(caller.session_id),
        "until": (services.clock.now() + ADDRESS_LIFETIME).isoformat(),
    }
    return f"{services.addresses.api_url}/files/{PREFIX}{services.secrets.encrypt(json.dumps(claims)).rstrip('=')}"


async def contact_to_archive(token: str, origin: Origin, services: Services) -> Contact | None:
    """The contact of an address. None if it has run out, or its session has ended or lost a permission."""
    now = services.clock.now()
    text = token.removeprefix(PREFIX)
    try:
        claims = json.loads(services.secrets.decrypt(text + "=" * (-len(text) % 4)))
        if claims["purpose"] != _PURPOSE or datetime.fromisoformat(claims["until"]) <= now:
            return None
        contact_id, session_id = UUID(claims["contact"]), UUID(claims["session"])
    except (ValueError, KeyError, TypeError):
        return None
    caller = await caller_of_session(session_id, origin, now)
    if not isinstance(caller, StaffCaller):
        return None
    try:
        caller.require(Permission.MANAGE_ORGANIZATION)
        caller.require(Permission.MANAGE_CONTACTS)
    except ClinicError:
        return None
    return await Contact.get_or_none(organization_id=caller.organization_id, id=contact_id)


async def exported_files(contact: Contact, services: Services) -> AsyncIterator[tuple[str, bytes]]:
    """Each file's name and content: `<kind>.json` first, then `documents/…`. Raises `FileStoreUnavailable`."""
    ids = await record_ids(contact.organization_id, contact.id)
    subjects: set[UUID] = set()
    for model, which in rows_of(ids):
        rows = await model.filter(which).order_by("id").values()
        subjects |= {row["id"] for row in rows}
        if rows:
            yield f"{model._meta.db_table}.json", _as_json([_kept(row) for row in rows])
    events = (
        await AuditEvent.filter(organization_id=contact.organization_id, subject_id__in=list(subjects))
        .order_by("sequence")
        .values("sequence", "at", "action", "actor_kind", "actor_id", "subject_kind", "subject_id", "reason", "details")
    )
    yield "audit_event.json", _as_json(events)
    async for name, content in _pdfs(ids, services):
        yield name, content


async def _pdfs(ids: RecordIds, services: Services) -> AsyncIterator[tuple[str, bytes]]:
    for document in await Document.filter(id__in=list(ids.documents)).order_by("created_at", "id"):
        for sha256, completed in ((document.sha256, False), (document.completed_sha256, True)):
            name = f"documents/{document.id}-{file_name(document, completed=completed)}"
            if not sha256:
                continue
            try:
                yield name, await read_document(ids.organization_id, sha256, services)
            except FileMissing:
                yield f"{name}.missing.txt", b"This file is not in the file store.\n"


def _kept(row: dict[str, Any]) -> dict[str, Any]:
    """The row without secrets and their digests."""
    return {name: value for name, value in row.items() if name not in _LEFT_OUT and not name.endswith("_hash")}


def _as_json(rows: list[dict[str, Any]]) -> bytes:
    return (json.dumps(rows, default=_as_text, ensure_ascii=False, indent=2) + "\n").encode()


def _as_text(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
