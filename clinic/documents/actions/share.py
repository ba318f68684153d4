"""Shares documents with all authorized persons or with chosen recipients, and stops sharing them."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from clinic.documents.access import document_for_change
from clinic.documents.errors import DocumentClosed
from clinic.documents.letters import (
    cancel_reminders,
    notify_readers,
    schedule_reminders,
    set_first_reminders,
    signatures_due,
)
from clinic.documents.models import Document, DocumentRecipient, DocumentSharing, Signature
from clinic.documents.visibility import circle_of, entitled_to, today_at
from clinic.records.access import contact_for_change
from clinic.records.models import Contact
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work

# How many rows one statement contains, because databases limit the number of parameters.
_AT_ONCE = 500


@retry_on_conflict
async def share_document(
    caller: StaffCaller,
    document_id: UUID | None,
    recipient_ids: Sequence[UUID] | None,
    services: Services,
    *,
    request_key: IdempotencyKey | None = None,
) -> Document:
    """Share with all authorized persons (None) or with exactly these people; needs WEB_PORTAL (product §4).

    It replaces an earlier sharing; repeating it changes nothing. People who could not see the document before get a
    letter, queued in the same transaction. Raises `InvalidInput` for recipients who are neither the client nor
    relatives with portal access, `DocumentClosed` if the document was withdrawn or superseded, `NotFound`,
    `NotPermitted`.
    """
    async with unit_of_work(caller, services, request_key=request_key) as work:
        document = await document_for_change(caller, document_id)
        if work.earlier_result:
            return document
        _require_shareable(document)
        await _require_kept(document.contact_id)
        wanted = None if recipient_ids is None else set(recipient_ids)
        if wanted is not None:
            await _require_recipients(document, wanted, work)
        work.result_id = document.id
        if await _is_shared_as(document, wanted):
            return document
        today = await today_at(document.organization_id, work.now)
        before = await entitled_to(document.organization_id, [document.id], today)
        await _set_sharing(document, wanted, work)
        after = await entitled_to(document.organization_id, [document.id], today)
        await notify_readers(set(after) - set(before), work.now, services)
        await schedule_reminders(document, await Signature.filter(document_id=document.id), work.now)
        recipients = " ".join(sorted(map(str, wanted or ())))
        work.audit("document.shared", document, sharing=document.sharing.value, recipients=recipients)
    return document


def _require_shareable(document: Document) -> None:
    """Raises `DocumentClosed` if it was withdrawn or superseded. Declined and completed documents can be shared."""
    if document.withdrawn_at is not None:
        raise DocumentClosed("WITHDRAWN")
    if document.superseded_by_id is not None:
        raise DocumentClosed("SUPERSEDED")


async def _require_kept(contact_id: UUID) -> None:
    """Raises `InvalidInput` if the client is archived. The lock makes archiving wait until the sharing is stored."""
    client = await Contact.filter(id=contact_id).select_for_update().get()
    if client.archived_at is not None:
        raise InvalidInput.one("documentId", Problem.CONTACT_ARCHIVED)


async def _require_recipients(document: Document, wanted: set[UUID], work: Work) -> None:
    if not wanted:
        raise InvalidInput.one("recipientIds", Problem.NO_RECIPIENT)
    today = await today_at(document.organization_id, work.now)
    circle = await circle_of(document.organization_id, document.contact_id, today)
    if not wanted <= {member.contact_id for member in circle if member.has_access}:
        raise InvalidInput.one("recipientIds", Problem.NO_PORTAL_ACCESS)


async def _is_shared_as(document: Document, wanted: set[UUID] | None) -> bool:
    if wanted is None:
        return document.sharing is DocumentSharing.ALL_AUTHORIZED
    return document.sharing is DocumentSharing.CHOSEN_RECIPIENTS and wanted == await _recipients(document)


async def _recipients(document: Document) -> set[UUID]:
    chosen = DocumentRecipient.filter(document_id=document.id)
    return {UUID(str(contact_id)) for contact_id in await chosen.values_list("contact_id", flat=True)}


async def _set_sharing(document: Document, wanted: set[UUID] | None, work: Work) -> None:
    """Store the way of sharing and the recipients. `shared_at` is the start of the current way."""
    way = DocumentSharing.ALL_AUTHORIZED if wanted is None else DocumentSharing.CHOSEN_RECIPIENTS
    if document.sharing is not way:
        document.sharing, document.shared_at = way, work.now
        await document.save(update_fields=["sharing", "shared_at"])
    there = await _recipients(document)
    gone = there - (wanted or set())
    if gone:
        await DocumentRecipient.filter(document_id=document.id, contact_id__in=list(gone)).delete()
    await _choose([document], sorted((wanted or set()) - there), work)


async def _choose(documents: Iterable[Document], contact_ids: Iterable[UUID], work: Work) -> None:
    contacts = list(contact_ids)
    rows = [
        DocumentRecipient(
            organization_id=document.organization_id,
            document_id=document.id,
            contact_id=contact_id,
            added_at=work.now,
        )
        for document in documents
        for contact_id in contacts
    ]
    if rows:
        await DocumentRecipient.bulk_create(rows, batch_size=_AT_ONCE)


@retry_on_conflict
async def unshare_document(caller: StaffCaller, document_id: UUID | None, services: Services) -> Document:
    """Stop sharing: no patient can see or sign the document any more; given signatures stay. Needs WEB_PORTAL.

    Queued letters about it are not sent. Repeating it changes nothing. Raises `NotFound`, `NotPermitted`.
    """
    async with unit_of_work(caller, services) as work:
        document = await document_for_change(caller, document_id)
        if document.sharing is not DocumentSharing.NOT_SHARED:
            document.sharing, document.shared_at = DocumentSharing.NOT_SHARED, None
            await document.save(update_fields=["sharing", "shared_at"])
            await DocumentRecipient.filter(document_id=document.id).delete()
            await cancel_reminders(document)
            work.audit("document.unshared", document)
    return document


@retry_on_conflict
async def share_all_documents(
    caller: StaffCaller, contact_id: UUID | None, services: Services, *, request_key: IdempotencyKey | None = None
) -> int:
    """Share every unshared document of the client with the client only; needs WEB_PORTAL. Returns how many were shared.

    Documents that are shared, withdrawn or superseded stay as they are. The client gets one letter for all of them.
    Raises `NotFound`, `NotPermitted`.
    """
    async with unit_of_work(caller, services, request_key=request_key) as work:
        contact = await contact_for_change(caller, contact_id, Permission.WEB_PORTAL)
        if work.earlier_result:
            return work.earlier_result.int
        unseen = Document.filter(
            contact_id=contact.id, sharing=DocumentSharing.NOT_SHARED, withdrawn_at=None, superseded_by_id=None
        )
        documents = await unseen.order_by("id").select_for_update()
        ids = [document.id for document in documents]
        for start in range(0, len(ids), _AT_ONCE):
            some = Document.filter(id__in=ids[start : start + _AT_ONCE])
            await some.update(sharing=DocumentSharing.CHOSEN_RECIPIENTS, shared_at=work.now)
            await _schedule_all(documents[start : start + _AT_ONCE], work)
        await _choose(documents, [contact.id], work)
        for document in documents:
            sharing = DocumentSharing.CHOSEN_RECIPIENTS.value
            work.audit("document.shared", document, sharing=sharing, recipients=contact.id)
        today = await today_at(contact.organization_id, work.now)
        await notify_readers(await entitled_to(contact.organization_id, ids, today), work.now, services)
        # A repeated request returns the number, which is stored in place of a record's id.
        work.result_id = UUID(int=len(documents))
    return len(documents)


async def _schedule_all(documents: Sequence[Document], work: Work) -> None:
    """Set the first reminders of the signers who can sign these documents now. Two statements."""
    places: dict[UUID, list[Signature]] = {document.id: [] for document in documents}
    for place in await Signature.filter(document_id__in=list(places)):
        places[place.document_id].append(place)
    turn = [place for document in documents for place in signatures_due(document, places[document.id])]
    await set_first_reminders(turn, work.now)
