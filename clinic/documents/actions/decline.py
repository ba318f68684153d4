"""Declines to sign: a signer gives a reason, staff get a letter, and nobody can sign the document any more."""

from uuid import UUID

from clinic.documents.access import SignatureToSign, lock_document_to_sign, lock_signature_to_sign
from clinic.documents.errors import AlreadySigned, DocumentClosed
from clinic.documents.letters import cancel_reminders, notify_author
from clinic.documents.models import Document, Signature, SignatureState
from clinic.mail.models import LetterKind
from clinic.sessions.access import lock_account_and_session
from clinic.values.callers import PatientCaller
from clinic.values.limits import LONGEST_LINE
from clinic.values.ports import Services
from clinic.values.text import Problems
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work


@retry_on_conflict
async def decline_document(
    caller: PatientCaller, document_id: UUID | None, reason: str, services: Services
) -> Document:
    """Decline the caller's signature, with a reason of one line for staff.

    A repeated request of the same person changes nothing. Raises the errors of `lock_signature_to_sign`,
    `InvalidInput`, and `SessionEnded`.
    """
    problems = Problems()
    reason = problems.line("reason", reason, longest=LONGEST_LINE)
    problems.raise_if_any()
    async with unit_of_work(caller, services) as work:
        await lock_account_and_session(caller, work.now)
        try:
            place = await lock_signature_to_sign(caller, document_id, work.now)
        except DocumentClosed:
            document, reader = await lock_document_to_sign(caller, document_id, work.now)
            if await Signature.exists(
                document_id=document.id, signer_id=reader.contact_id, declined_at__not_isnull=True
            ):
                return document
            raise
        await _decline(place, reason, work)
        await notify_author(LetterKind.STAFF_DOCUMENT_DECLINED, place.document, work.now, services)
    return place.document


async def _decline(place: SignatureToSign, reason: str, work: Work) -> None:
    document, signature = place.document, place.signature
    open_ = Signature.filter(id=signature.id, signed_at=None, declined_at=None)
    if not await open_.update(declined_at=work.now, decline_reason=reason):
        raise AlreadySigned
    document.signature_state = SignatureState.DECLINED
    await document.save(update_fields=["signature_state"])
    await cancel_reminders(document)
    work.audit("document.declined", document, reason=reason, signature=signature.id, signer=signature.signer_id)
    work.concerns(signature.signer_id)
