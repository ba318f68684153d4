"""Erases a person's record for good, where nothing in it must be kept (product §6, The end)."""

from uuid import UUID

from tortoise.expressions import Q

from clinic.charts.errors import KeptFor, MustBeKept
from clinic.charts.record_rows import RecordIds, record_ids, rows_of
from clinic.documents.models import Document, ErasedFile, Signature, SignatureEvidence, SignatureState
from clinic.portal_access.models import PortalAccount, PortalLink, TransferRequest
from clinic.records.access import contact_for_change
from clinic.records.models import ContactEmail, Relationship
from clinic.sessions.models import PatientSession, SpentRefreshToken
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.limits import LONGEST_REASON
from clinic.values.ports import Services
from clinic.values.text import Problems
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work


@retry_on_conflict
async def erase_contact(
    caller: StaffCaller | SystemCaller,
    contact_id: UUID | None,
    reason: str,
    services: Services,
) -> UUID:
    """Delete the person's rows and accounts; needs MANAGE_CONTACTS and MANAGE_ORGANIZATION. It can't be undone.

    Returns the id that the record had. What stays are audit events, which hold ids (decision 0045). The worker deletes
    the files. Raises `MustBeKept`, `NotPermitted`, `NotFound`, `InvalidInput`.
    """
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_ORGANIZATION)
        caller.require(Permission.MANAGE_CONTACTS)
    problems = Problems()
    reason = problems.line("reason", reason, longest=LONGEST_REASON)
    problems.raise_if_any()
    async with unit_of_work(caller, services) as work:
        contact = await contact_for_change(caller, contact_id, Permission.MANAGE_CONTACTS)
        ids = await record_ids(caller.organization_id, contact.id)
        # Who links, signs or invites locks the account first, and then waits here or is waited for.
        await PortalAccount.filter(id__in=list(ids.accounts)).order_by("id").select_for_update()
        if kept_for := await _kept_for(ids):
            raise MustBeKept(kept_for)
        await _announce(ids, work)
        await _note_files(ids, work)
        await _delete(ids)
        counts = {"documents": len(ids.documents), "accounts": len(ids.accounts)}
        work.audit("contact.erased", contact, reason=reason, **counts)
    return ids.contact


async def _kept_for(ids: RecordIds) -> KeptFor | None:
    """The first reason to keep the record; what takes no more than a click to end comes first."""
    contacts, accounts = list(ids.contacts), list(ids.accounts)
    theirs = (
        Q(signature__document__contact_id__in=contacts)
        | Q(signature__signer_id__in=contacts)
        | Q(account_id__in=accounts)
    )
    open_documents = Q(signature_state=SignatureState.WAITING, withdrawn_at=None, superseded_at=None)
    waiting_for_them = Signature.filter(
        signer_id__in=contacts,
        signed_at=None,
        declined_at=None,
        document__signature_state=SignatureState.WAITING,
        document__withdrawn_at=None,
        document__superseded_at=None,
    )
    if await PortalLink.exists(contact_id__in=contacts, unlinked_at=None):
        return KeptFor.LIVE_LINK
    if await SignatureEvidence.filter(theirs).exists():
        return KeptFor.SIGNED_DOCUMENTS
    if await Document.filter(open_documents, contact_id__in=contacts).exists() or await waiting_for_them.exists():
        return KeptFor.OPEN_SIGNATURE
    if await TransferRequest.filter(Q(contact_id__in=contacts) | Q(account_id__in=accounts), decided_at=None).exists():
        return KeptFor.OPEN_TRANSFER
    if await Signature.filter(~Q(document__contact_id__in=contacts), signer_id__in=contacts).exists():
        return KeptFor.OTHERS_DOCUMENT
    return None


async def _announce(ids: RecordIds, work: Work) -> None:
    """Icons of relatives, and of others with the same addresses, may change."""
    related = Relationship.filter(Q(client_id__in=list(ids.contacts)) | Q(relative_id__in=list(ids.contacts)))
    for client_id, relative_id in await related.values_list("client_id", "relative_id"):
        work.concerns(client_id, relative_id)
    addresses = await ContactEmail.filter(contact_id__in=list(ids.contacts)).values_list("address_normal", flat=True)
    of_accounts = await PortalAccount.filter(id__in=list(ids.accounts)).values_list("email_normal", flat=True)
    work.address_released(*map(str, addresses), *map(str, of_accounts))


async def _note_files(ids: RecordIds, work: Work) -> None:
    rows = await Document.filter(id__in=list(ids.documents)).values_list("sha256", "completed_sha256")
    for sha256 in {str(each) for row in rows for each in row if each}:
        if not await ErasedFile.exists(organization_id=ids.organization_id, sha256=sha256):
            await ErasedFile.create(organization_id=ids.organization_id, sha256=sha256, erased_at=work.now)


async def _delete(ids: RecordIds) -> None:
    sessions = await PatientSession.filter(account_id__in=list(ids.accounts)).values_list("id", flat=True)
    await SpentRefreshToken.filter(session_id__in=list(sessions)).delete()
    for model, which in rows_of(ids):
        if model is Document:
            # A document refers to the newer one that replaced it, so the older one goes first.
            for document_id in await Document.filter(which).order_by("created_at").values_list("id", flat=True):
                await Document.filter(id=document_id).delete()
        elif model is not SignatureEvidence:
            rows = await model.filter(which).values_list("id", flat=True)
            await model.filter(id__in=list(rows)).delete()
