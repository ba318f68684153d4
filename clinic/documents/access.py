"""Fetches one document for a caller and checks the permission. Actions get documents through these functions only."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.database.rows import fetch
from clinic.documents.errors import AlreadySigned, DocumentClosed, NotASigner, NotShared, NotYourTurn
from clinic.documents.letters import signatures_due
from clinic.documents.models import Document, Signature, SignatureState
from clinic.documents.visibility import Reader, reader_of, visible_to
from clinic.portal_access.models import PortalLink
from clinic.records.models import Relationship
from clinic.values.callers import PatientCaller, Permission, StaffCaller
from clinic.values.errors import NotFound


async def document_for_change(caller: StaffCaller, document_id: UUID | None, *, field: str = "documentId") -> Document:
    """The document, locked until the transaction ends; needs WEB_PORTAL. Raises `NotPermitted`, then `NotFound`."""
    caller.require(Permission.WEB_PORTAL)
    found = (
        await Document.filter(organization_id=caller.organization_id, id=document_id).select_for_update().first()
        if document_id
        else None
    )
    if found is None:
        raise NotFound(field)
    return found


async def document_of_staff(caller: StaffCaller, document_id: UUID) -> Document | None:
    """The document, for reading, if it belongs to the caller's organization; else None. None without VIEW_CONTACTS."""
    if not caller.may(Permission.VIEW_CONTACTS):
        return None
    return await Document.get_or_none(organization_id=caller.organization_id, id=document_id)


async def document_of_patient(
    caller: PatientCaller, document_id: UUID | None, now: datetime
) -> tuple[Document, Reader] | None:
    """The document and the caller as its reader, if it is shared with the caller today; else None."""
    reader = await reader_of(caller, now)
    if reader is None or document_id is None or not await _sees(reader, document_id):
        return None
    return await Document.get(id=document_id), reader


async def lock_document_to_sign(
    caller: PatientCaller, document_id: UUID | None, now: datetime
) -> tuple[Document, Reader]:
    """A document that is shared with the caller, locked together with the rows that give the caller access to it.

    Call it inside a transaction. It locks the portal link first, then the document, then a relative's relationship. A
    concurrent request that unlinks the caller, unshares the document or ends the relationship commits either before
    these locks, and this function raises, or after the transaction. Raises `NotFound` if the caller may not know of the
    document, `NotShared` if it is not shared with them.
    """
    await PortalLink.filter(account_id=caller.account_id, unlinked_at=None).select_for_update(no_key=True).first()
    found = Document.filter(organization_id=caller.organization_id, id=document_id)
    document = await found.select_for_update().first() if document_id else None
    reader = await reader_of(caller, now)
    if document is not None and reader is not None and document.contact_id != reader.contact_id:
        theirs = Relationship.filter(client_id=document.contact_id, relative_id=reader.contact_id)
        await theirs.select_for_update().first()
    return await _shared_with(reader, document)


async def _shared_with(reader: Reader | None, document: Document | None) -> tuple[Document, Reader]:
    if document is None or reader is None or not await _concerned(reader, document):
        raise NotFound("documentId")
    if not await _sees(reader, document.id):
        raise NotShared
    return document, reader


@dataclass(frozen=True)
class SignatureToSign:
    """A document, and the signature that the caller may give now."""

    document: Document
    signature: Signature


async def signature_to_sign(caller: PatientCaller, document_id: UUID | None, now: datetime) -> SignatureToSign:
    """The signature that the caller can give or decline now. It locks nothing; `lock_signature_to_sign` checks again.

    Raises the first of these that applies: `NotFound`, `NotShared`, `NotASigner`, `AlreadySigned`, `DocumentClosed`,
    `NotYourTurn`.
    """
    found = Document.filter(organization_id=caller.organization_id, id=document_id)
    document = await found.first() if document_id else None
    return await _signature_to_sign(*await _shared_with(await reader_of(caller, now), document))


async def lock_signature_to_sign(caller: PatientCaller, document_id: UUID | None, now: datetime) -> SignatureToSign:
    """The same, with everything it depends on locked until the transaction ends (`lock_document_to_sign`)."""
    return await _signature_to_sign(*await lock_document_to_sign(caller, document_id, now))


async def _signature_to_sign(document: Document, reader: Reader) -> SignatureToSign:
    places = await Signature.filter(document_id=document.id)
    mine = next((place for place in places if place.signer_id == reader.contact_id), None)
    if mine is None:
        raise NotASigner
    if mine.signed_at is not None:
        raise AlreadySigned
    must_be_open(document)
    if mine not in signatures_due(document, places):
        raise NotYourTurn
    return SignatureToSign(document, mine)


def must_be_open(document: Document) -> None:
    """Raises `DocumentClosed` if the document can't be signed any more."""
    if document.withdrawn_at is not None:
        raise DocumentClosed("WITHDRAWN")
    if document.superseded_by_id is not None:
        raise DocumentClosed("SUPERSEDED")
    if document.signature_state in (SignatureState.DECLINED, SignatureState.COMPLETED):
        raise DocumentClosed(document.signature_state.value)


async def _concerned(reader: Reader, document: Document) -> bool:
    """Whether the reader may know of the document: it is about them or their relative, or they are asked to sign it."""
    return (
        document.contact_id == reader.contact_id
        or await Signature.exists(document_id=document.id, signer_id=reader.contact_id)
        or await Relationship.exists(client_id=document.contact_id, relative_id=reader.contact_id)
    )


async def _sees(reader: Reader, document_id: UUID) -> bool:
    sql = f"SELECT 1 FROM document d WHERE d.id = $1 AND d.organization_id = $4 AND {visible_to('$2', '$3')}"
    return bool(await fetch(sql, document_id, reader.contact_id, reader.today, reader.organization_id))
