"""Erases a person's record for good, where nothing in it must be kept (product §6, The end)."""

from uuid import UUID

from tortoise.expressions import Q

from clinic.charts.errors import KeptFor, MustBeKept
from clinic.charts.record_rows import RecordIds, record_ids, rows_of
from clinic.documents.erasing import audit_erased, delete_rows, locked_rule, note_files, require_past, signed_of
from clinic.documents.models import Document, Signature, SignatureEvidence, SignatureState
from clinic.organizations.models import Organization
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

    Signed documents go too, once the practice's retention rule has passed for each (decision 0078). Returns the id that
    the record had. What stays are audit events, which hold ids (decision 0045). The worker deletes the files. Raises
    `MustBeKept`, `NotPermitted`, `NotFound`, `InvalidInput`.
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
        organization = await locked_rule(caller.organization_id)
        await _require_erasable(ids, organization, work)
        await _announce(ids, work)
        for signed in await signed_of(await _own_documents(ids), organization):
            audit_erased(signed.document, signed.signatures, organization, reason, work)
        await note_files(ids.organization_id, ids.documents, work)
        await _delete(ids)
        counts = {"documents": len(ids.documents), "accounts": len(ids.accounts)}
        work.audit("contact.erased", contact, reason=reason, **counts)
    return ids.contact


async def _require_erasable(ids: RecordIds, organization: Organization, work: Work) -> None:
    """Raise `MustBeKept` for the first reason to keep the record; what takes a click to end comes before the rest."""
    contacts, accounts = list(ids.contacts), list(ids.accounts)
    if await PortalLink.exists(contact_id__in=contacts, unlinked_at=None):
        raise MustBeKept(KeptFor.LIVE_LINK)
    theirs = Q(signature__signer_id__in=contacts) | Q(account_id__in=accounts)
    proofs = await SignatureEvidence.filter(theirs).values_list("signature__document_id", flat=True)
    others = await Document.filter(id__in=list(proofs)).exclude(id__in=list(ids.documents)).order_by("created_at", "id")
    require_past(await signed_of([*await _own_documents(ids), *others], organization), organization, work.now)
    if await _waits_for_a_signature(contacts):
        raise MustBeKept(KeptFor.OPEN_SIGNATURE)
    if await TransferRequest.filter(Q(contact_id__in=contacts) | Q(account_id__in=accounts), decided_at=None).exists():
        raise MustBeKept(KeptFor.OPEN_TRANSFER)
    if others or await Signature.filter(~Q(document__contact_id__in=contacts), signer_id__in=contacts).exists():
        raise MustBeKept(KeptFor.OTHERS_DOCUMENT)


async def _own_documents(ids: RecordIds) -> list[Document]:
    return await Document.filter(id__in=list(ids.documents)).order_by("created_at", "id").select_for_update()


async def _waits_for_a_signature(contacts: list[UUID]) -> bool:
    """Whether somebody is asked to sign a document of the person, or the person is asked to sign one."""
    open_documents = Q(signature_state=SignatureState.WAITING, withdrawn_at=None, superseded_at=None)
    waiting_for_them = Signature.filter(
        signer_id__in=contacts,
        signed_at=None,
        declined_at=None,
        document__signature_state=SignatureState.WAITING,
        document__withdrawn_at=None,
        document__superseded_at=None,
    )
    return await Document.filter(open_documents, contact_id__in=contacts).exists() or await waiting_for_them.exists()


async def _announce(ids: RecordIds, work: Work) -> None:
    """Icons of relatives, and of others with the same addresses, may change."""
    related = Relationship.filter(Q(client_id__in=list(ids.contacts)) | Q(relative_id__in=list(ids.contacts)))
    for client_id, relative_id in await related.values_list("client_id", "relative_id"):
        work.concerns(client_id, relative_id)
    addresses = await ContactEmail.filter(contact_id__in=list(ids.contacts)).values_list("address_normal", flat=True)
    of_accounts = await PortalAccount.filter(id__in=list(ids.accounts)).values_list("email_normal", flat=True)
    work.address_released(*map(str, addresses), *map(str, of_accounts))


async def _delete(ids: RecordIds) -> None:
    sessions = await PatientSession.filter(account_id__in=list(ids.accounts)).values_list("id", flat=True)
    await SpentRefreshToken.filter(session_id__in=list(sessions)).delete()
    await delete_rows(rows_of(ids))
