"""What the erasure of documents takes: until when they must be kept, their rows and files, and what the audit says.

Both ends of a document use it: that of one document, and that of a person's whole record.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from tortoise.expressions import Q
from tortoise.models import Model

from clinic.documents.errors import KeptFor, MustBeKept
from clinic.documents.models import (
    Completion,
    Document,
    DocumentRecipient,
    ErasedFile,
    EvidenceMac,
    Signature,
    SignatureEvidence,
)
from clinic.documents.retention import kept_until
from clinic.mail.models import Letter
from clinic.organizations.models import Organization
from clinic.records.models import Contact
from clinic.work.unit_of_work import Work


@dataclass(frozen=True)
class SignedDocument:
    """A document that somebody has signed. `kept_until` is the first day on which it may be erased; None: never."""

    document: Document
    signatures: int
    kept_until: date | None


async def locked_rule(organization_id: UUID) -> Organization:
    """The organization, whose retention rule nobody changes until the transaction ends."""
    return await Organization.filter(id=organization_id).select_for_update(no_key=True).get()


async def signed_of(documents: Sequence[Document], organization: Organization) -> list[SignedDocument]:
    """Those of the documents that somebody has signed, as the signatures say. Two statements."""
    times: dict[UUID, list[datetime]] = {}
    ids = [document.id for document in documents]
    for each in await Signature.filter(document_id__in=ids, signed_at__not_isnull=True):
        if each.signed_at is not None:
            times.setdefault(each.document_id, []).append(each.signed_at)
    people = await Contact.in_bulk({document.contact_id for document in documents}, "id")
    years, zone = organization.signed_retention_years, organization.time_zone
    return [
        SignedDocument(
            document,
            len(times[document.id]),
            kept_until(max(times[document.id]), people[document.contact_id].date_of_birth, years, zone),
        )
        for document in documents
        if document.id in times
    ]


def require_past(signed: Collection[SignedDocument], organization: Organization, now: datetime) -> None:
    """Raise `MustBeKept` with the latest day, unless each document may be erased today."""
    today = now.astimezone(ZoneInfo(organization.time_zone)).date()
    ends = [each.kept_until for each in signed if each.kept_until is None or each.kept_until > today]
    if ends:
        days = [end for end in ends if end is not None]
        raise MustBeKept(KeptFor.SIGNED_DOCUMENTS, max(days) if len(days) == len(ends) else None)


def audit_erased(document: Document, signatures: int, organization: Organization, reason: str, work: Work) -> None:
    """Note what `audit verify` needs to know about evidence that is gone: ids, digests, the number and the rule."""
    work.audit(
        "document.erased",
        document,
        reason=reason,
        contact=document.contact_id,
        sha256=document.sha256,
        completed_sha256=document.completed_sha256 or "none",
        signatures=signatures,
        years=organization.signed_retention_years or "none",
    )


async def note_files(organization_id: UUID, document_ids: Collection[UUID], work: Work) -> None:
    """Leave the files of the documents to the worker, which deletes them after the commit."""
    ids = list(document_ids)
    rows = await Document.filter(id__in=ids).values_list("sha256", "completed_sha256")
    sealed = await Completion.filter(document_id__in=ids).values_list("sealed_sha256", flat=True)
    for sha256 in {str(each) for row in rows for each in row if each} | {str(each) for each in sealed if each}:
        if not await ErasedFile.exists(organization_id=organization_id, sha256=sha256):
            await ErasedFile.create(organization_id=organization_id, sha256=sha256, erased_at=work.now)


def rows_of_documents(document_ids: Collection[UUID]) -> list[tuple[type[Model], Q]]:
    """Every table with rows of the documents, in an order in which they can be deleted."""
    of_document = Q(document_id__in=list(document_ids))
    of_signature = Q(signature__document_id__in=list(document_ids))
    return [
        (Letter, of_document),
        (EvidenceMac, of_signature),
        (SignatureEvidence, of_signature),
        (Completion, of_document),
        (Signature, of_document),
        (DocumentRecipient, of_document),
        (Document, Q(id__in=list(document_ids))),
    ]


async def delete_rows(tables: Sequence[tuple[type[Model], Q]]) -> None:
    """Delete the rows, table by table."""
    for model, which in tables:
        if model is Document:
            # A document refers to the newer one that replaced it, so the older one goes first.
            for document_id in await Document.filter(which).order_by("created_at").values_list("id", flat=True):
                await Document.filter(id=document_id).delete()
        else:
            rows = await model.filter(which).values_list("id", flat=True)
            await model.filter(id__in=list(rows)).delete()
