"""Creates a document from an uploaded PDF or from a text that is rendered as one. Its bytes never change later."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.documents.access import document_for_change
from clinic.documents.errors import DocumentClosed
from clinic.documents.files import store_document
from clinic.documents.letters import cancel_reminders
from clinic.documents.models import Document, DocumentKind, Signature, SignatureState, Upload
from clinic.documents.visibility import circle_of, today_at
from clinic.documents.written import as_json, clean_text, written_blocks
from clinic.organizations.models import Organization
from clinic.records.access import contact_for_change
from clinic.records.models import Contact
from clinic.throttling.throttle import DOCUMENTS_PER_STAFF, count_attempt
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound
from clinic.values.limits import LONGEST_LANGUAGE, MOST_LETTERS_NAMED, MOST_SIGNERS
from clinic.values.ports import PdfRefused, Services
from clinic.values.problems import Problem
from clinic.values.text import Problems, UnusableText
from clinic.values.written_document import WrittenDocument
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True)
class NewDocument:
    """The content of a new document: an upload or a text, never both. Nobody signs it if `signer_ids` is empty.

    `language` is the document's language, or the client's if None. `supersedes_id` is the document that it replaces.
    """

    contact_id: UUID | None
    title: str
    kind: DocumentKind = DocumentKind.OTHER
    language: str | None = None
    upload_id: UUID | None = None
    text: str | None = None
    signer_ids: Sequence[UUID] = ()
    in_sequence: bool = False
    supersedes_id: UUID | None = None


@dataclass(frozen=True)
class _StoredFile:
    """A file in the store: its digest, size and page count, and the written text as JSON."""

    sha256: str
    byte_count: int
    page_count: int
    text: str = ""


async def create_document(
    caller: StaffCaller, new: NewDocument, services: Services, *, request_key: IdempotencyKey | None = None
) -> Document:
    """Add a document to a client's record, not yet shared; needs WEB_PORTAL (product §4).

    The document, its signatures, the used upload and the superseded document are committed together. Raises
    `NotPermitted`, `NotFound`, `InvalidInput` (also for signers who are neither the client nor a relative with portal
    access), `DocumentClosed` if the document to replace can't be superseded, `TooManyAttempts`, `FileStoreUnavailable`.
    """
    caller.require(Permission.WEB_PORTAL)
    new = _cleaned(new)
    stored_file = await _written(caller, new, services) if new.text is not None else None
    return await _create(caller, new, stored_file, services, request_key=request_key)


def _cleaned(new: NewDocument) -> NewDocument:
    problems = Problems()
    title = problems.line("title", new.title)
    text = new.text
    if new.upload_id is None and text is None:
        problems.add("uploadId", Problem.NO_CONTENT)
    if new.upload_id is not None and text is not None:
        problems.add("text", Problem.TWO_CONTENTS)
    elif text is not None:
        try:
            text = clean_text(text)
        except UnusableText as unusable:
            problems.add("text", unusable.problem, **unusable.values)
    if new.language is not None and not (_LANGUAGE.fullmatch(new.language) and len(new.language) <= LONGEST_LANGUAGE):
        problems.add("language", Problem.NO_LANGUAGE_TAG)
    if len(set(new.signer_ids)) < len(new.signer_ids):
        problems.add("signerIds", Problem.SIGNER_TWICE)
    if len(new.signer_ids) > MOST_SIGNERS:
        problems.add("signerIds", Problem.TOO_MANY_SIGNERS, most=MOST_SIGNERS)
    problems.raise_if_any()
    return replace(new, title=title, text=text)


async def _written(caller: StaffCaller, new: NewDocument, services: Services) -> _StoredFile:
    """Render the text and store the PDF.

    The same text gives the same bytes for a day, so a repetition stores no new file.
    """
    contact = await Contact.get_or_none(organization_id=caller.organization_id, id=new.contact_id)
    if contact is None:
        raise NotFound("contactId")
    await count_attempt(DOCUMENTS_PER_STAFF, str(caller.staff_member_id), services.clock)
    await _require_printable(new, services)
    organization = await Organization.get(id=caller.organization_id)
    blocks = await asyncio.to_thread(written_blocks, new.text or "")
    language = new.language or contact.language
    today = services.clock.now().astimezone(ZoneInfo(organization.time_zone)).date()
    written = WrittenDocument(
        organization.name, new.title, language, blocks, made_on=today, paper=organization.paper_size
    )
    content = await services.pdf.written_document(written)
    try:
        pages = await services.reader.inspect(content)
    except PdfRefused:
        raise InvalidInput.one("text", Problem.TOO_MANY_PAGES) from None
    sha256 = await store_document(caller.organization_id, content, services)
    return _StoredFile(sha256, len(content), pages, as_json(blocks))


async def _require_printable(new: NewDocument, services: Services) -> None:
    """Raises `InvalidInput` naming the letters that the PDF would show as numbers because no font has them."""
    problems = Problems()
    for field, text in (("title", new.title), ("text", new.text or "")):
        missing = await services.pdf.missing_letters(text)
        if missing:
            problems.add(field, Problem.LETTERS_NOT_PRINTABLE, letters=missing[:MOST_LETTERS_NAMED])
    problems.raise_if_any()


@retry_on_conflict
async def _create(
    caller: StaffCaller,
    new: NewDocument,
    stored_file: _StoredFile | None,
    services: Services,
    *,
    request_key: IdempotencyKey | None,
) -> Document:
    async with unit_of_work(caller, services, request_key=request_key) as work:
        contact = await contact_for_change(caller, new.contact_id, Permission.WEB_PORTAL)
        if work.earlier_result:
            return await Document.get(id=work.earlier_result)
        await _require_signers(contact, new.signer_ids, work)
        old = await _to_supersede(caller, contact, new.supersedes_id) if new.supersedes_id else None
        stored_file = stored_file or await _claim_upload(caller, new.upload_id, work)
        document = await Document.create(
            organization_id=contact.organization_id,
            contact_id=contact.id,
            title=new.title,
            kind=new.kind,
            language=new.language or contact.language,
            sha256=stored_file.sha256,
            byte_count=stored_file.byte_count,
            page_count=stored_file.page_count,
            text=stored_file.text,
            created_at=work.now,
            created_by_id=caller.staff_member_id,
            signature_state=SignatureState.WAITING if new.signer_ids else SignatureState.NOT_REQUIRED,
            in_sequence=new.in_sequence and len(new.signer_ids) > 1,
        )
        for position, signer_id in enumerate(new.signer_ids, start=1):
            await Signature.create(
                organization_id=contact.organization_id,
                document_id=document.id,
                signer_id=signer_id,
                position=position,
            )
        work.audit(
            "document.created",
            document,
            contact_id=contact.id,
            sha256=document.sha256,
            signers=" ".join(map(str, new.signer_ids)),
        )
        work.concerns(contact.id)
        if old is not None:
            await _supersede(old, document, work)
        work.result_id = document.id
    return document


async def _require_signers(contact: Contact, signer_ids: Sequence[UUID], work: Work) -> None:
    """Raises `InvalidInput` unless each signer is the client or a relative with portal access today."""
    if not signer_ids:
        return
    today = await today_at(contact.organization_id, work.now)
    circle = await circle_of(contact.organization_id, contact.id, today)
    if not set(signer_ids) <= {member.contact_id for member in circle if member.has_access}:
        raise InvalidInput.one("signerIds", Problem.NO_PORTAL_ACCESS)


async def _claim_upload(caller: StaffCaller, upload_id: UUID | None, work: Work) -> _StoredFile:
    """Mark the upload as used by one conditional update: only one of several concurrent requests gets it."""
    mine = Upload.filter(organization_id=caller.organization_id, id=upload_id)
    if not await mine.filter(used_at=None, expires_at__gt=work.now).update(used_at=work.now):
        found = await mine.first()
        if found is None:
            raise NotFound("uploadId")
        if found.used_at is not None:
            raise InvalidInput.one("uploadId", Problem.UPLOAD_USED)
        raise InvalidInput.one("uploadId", Problem.UPLOAD_EXPIRED)
    upload = await mine.get()
    return _StoredFile(upload.sha256, upload.byte_count, upload.page_count)


async def _to_supersede(caller: StaffCaller, contact: Contact, document_id: UUID) -> Document:
    """The document to replace, locked.

    Raises `DocumentClosed` if it was withdrawn, if it was superseded already (then staff must replace its successor),
    or if everybody has signed it, also before the sealed file exists.
    """
    old = await document_for_change(caller, document_id, field="supersedesId")
    if old.contact_id != contact.id:
        raise NotFound("supersedesId")
    if old.withdrawn_at is not None:
        raise DocumentClosed("WITHDRAWN")
    if old.superseded_by_id is not None:
        raise DocumentClosed("SUPERSEDED")
    all_signed = old.signature_state is SignatureState.WAITING and not await Signature.exists(
        document_id=old.id, signed_at=None
    )
    if all_signed or old.signature_state is SignatureState.COMPLETED:
        raise DocumentClosed("COMPLETED")
    return old


async def _supersede(old: Document, new: Document, work: Work) -> None:
    await Document.filter(id=old.id).update(superseded_by_id=new.id, superseded_at=work.now)
    await cancel_reminders(old)
    work.audit("document.superseded", old, by=new.id)
