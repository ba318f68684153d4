"""Withdraws a document before anybody has signed it."""

from uuid import UUID

from clinic.documents.access import document_for_change
from clinic.documents.errors import DocumentClosed
from clinic.documents.letters import cancel_reminders
from clinic.documents.models import Document, Signature, SignatureState
from clinic.values.callers import StaffCaller
from clinic.values.limits import LONGEST_LINE
from clinic.values.ports import Services
from clinic.values.text import Problems
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@retry_on_conflict
async def withdraw_document(caller: StaffCaller, document_id: UUID | None, reason: str, services: Services) -> Document:
    """Withdraw for good: only staff see the document from now on, and nobody can sign it; needs WEB_PORTAL.

    The sharing stays in the row, and patients who saw the document see that it was withdrawn. `reason` is one line, or
    empty. Repeating it changes nothing. Raises `DocumentClosed` if somebody has signed or the document was superseded,
    `InvalidInput`, `NotFound`, `NotPermitted`.
    """
    problems = Problems()
    reason = problems.line("reason", reason, longest=LONGEST_LINE, required=False)
    async with unit_of_work(caller, services) as work:
        document = await document_for_change(caller, document_id)
        problems.raise_if_any()
        if document.withdrawn_at is not None:
            return document
        await _must_be_unsigned(document)
        document.withdrawn_at, document.withdraw_reason = work.now, reason
        await document.save(update_fields=["withdrawn_at", "withdraw_reason"])
        await cancel_reminders(document)
        work.audit("document.withdrawn", document, reason=reason)
    return document


async def _must_be_unsigned(document: Document) -> None:
    if document.superseded_by_id is not None:
        raise DocumentClosed("SUPERSEDED")
    if document.signature_state is SignatureState.COMPLETED:
        raise DocumentClosed("COMPLETED")
    if await Signature.exists(document_id=document.id, signed_at__not_isnull=True):
        raise DocumentClosed("SIGNED")
