"""Reminds signers by letter: three days after the document was shared, then weekly, four times at most."""

from uuid import UUID

from clinic.database.rows import as_uuid, fetch
from clinic.documents.letters import MOST_REMINDERS, NEXT_REMINDER, signatures_due
from clinic.documents.models import Document, Signature
from clinic.documents.visibility import entitled_to, today_at
from clinic.mail.models import LetterKind
from clinic.mail.outbox import queue_document_letter
from clinic.organizations.models import Organization
from clinic.portal_access.models import PortalAccount
from clinic.records.models import Contact
from clinic.values.callers import SystemCaller
from clinic.values.ports import Services
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work

# The most signers in one run; the others wait for the next run.
_AT_MOST = 1000
_DUE = """
SELECT organization_id, signer_id FROM signature WHERE remind_at <= $1
GROUP BY organization_id, signer_id ORDER BY min(remind_at) LIMIT $2
"""


async def remind_signers(services: Services) -> int:
    """Queue the reminders that are due: one letter for each person, for all their documents. Returns how many letters.

    It may run twice, and in several workers at the same time, because each person has a transaction of their own.
    """
    letters = 0
    for due in await fetch(_DUE, services.clock.now(), _AT_MOST):
        letters += await _remind(as_uuid(due["organization_id"]), as_uuid(due["signer_id"]), services)
    return letters


@retry_on_conflict
async def _remind(organization_id: UUID, signer_id: UUID, services: Services) -> int:
    async with unit_of_work(SystemCaller(organization_id, "reminders"), services) as work:
        due = Signature.filter(organization_id=organization_id, signer_id=signer_id, remind_at__lte=work.now)
        waiting = {as_uuid(each) for each in await due.values_list("document_id", flat=True)}
        documents = await Document.filter(id__in=list(waiting)).order_by("id").select_for_update()
        # Read again under the locks: the person may have signed, or another worker may have queued the letter.
        signatures = await due.filter(document_id__in=list(waiting))
        awaited = [s for s in signatures if await _is_awaited(s, documents)]
        over = [s.id for s in signatures if s not in awaited]
        if over:
            await Signature.filter(id__in=over).update(remind_at=None)
        return await _write(awaited, documents, work, services) if awaited else 0


async def _is_awaited(signature: Signature, documents: list[Document]) -> bool:
    """Whether the signature can be given now."""
    [document] = [each for each in documents if each.id == signature.document_id]
    if document.withdrawn_at is not None or document.superseded_by_id is not None:
        return False
    turn = signatures_due(document, await Signature.filter(document_id=document.id))
    return signature.id in {each.id for each in turn}


async def _write(awaited: list[Signature], documents: list[Document], work: Work, services: Services) -> int:
    """Queue one letter to the signer's account about all documents, and set the next reminders. Returns 0 or 1.

    Without an account, for archived clients, or if the organization sends no reminders, it queues no letter and checks
    again later.
    """
    organization = await Organization.get(id=awaited[0].organization_id)
    account_id, seen = await _reachable(awaited, work)
    clients = Contact.filter(id__in=[each.contact_id for each in documents], archived_at=None)
    kept = {as_uuid(each) for each in await clients.values_list("id", flat=True)}
    seen -= {each.id for each in documents if each.contact_id not in kept}
    told = [s for s in awaited if s.document_id in seen] if organization.signing_reminders else []
    for signature in awaited:
        signature.reminders += signature in told
        over = signature.reminders >= MOST_REMINDERS
        signature.remind_at = None if over else work.now + NEXT_REMINDER
        await signature.save(update_fields=["reminders", "remind_at"])
    if not told or account_id is None:
        return 0
    account = await PortalAccount.get(id=account_id)
    only = told[0].document_id if len(told) == 1 else None
    await queue_document_letter(LetterKind.DOCUMENT_REMINDER, account, only, work.now, services)
    times = {signature.document_id: signature.reminders for signature in told}
    for document in documents:
        if document.id in times:
            work.audit("document.reminded", document, signer=told[0].signer_id, time=times[document.id])
            work.concerns(told[0].signer_id)
    return 1


async def _reachable(awaited: list[Signature], work: Work) -> tuple[UUID | None, set[UUID]]:
    """The signer's usable account, and the documents that are shared with them today."""
    organization_id, signer_id = awaited[0].organization_id, awaited[0].signer_id
    today = await today_at(organization_id, work.now)
    entitled = await entitled_to(organization_id, [s.document_id for s in awaited], today)
    mine = [each for each in entitled if each.contact_id == signer_id and each.account_id is not None]
    return (mine[0].account_id if mine else None), {each.document_id for each in mine}
