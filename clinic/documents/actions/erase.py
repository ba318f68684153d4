"""Erases a signed document and its evidence for good, once the practice's retention rule has passed (decision 0078)."""

from uuid import UUID

from clinic.documents.erasing import (
    audit_erased,
    delete_rows,
    locked_rule,
    note_files,
    require_past,
    rows_of_documents,
    signed_of,
)
from clinic.documents.errors import KeptFor, MustBeKept
from clinic.documents.models import Document, SignatureState
from clinic.records.models import Contact
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.errors import InvalidInput, NotFound
from clinic.values.limits import LONGEST_REASON
from clinic.values.ports import Services
from clinic.values.problems import Problem
from clinic.values.text import Problems
from clinic.work.fresh_sign_in import require_fresh
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


@retry_on_conflict
async def erase_document(
    caller: StaffCaller | SystemCaller, document_id: UUID | None, reason: str, services: Services
) -> UUID:
    """Delete a signed document with its evidence; needs MANAGE_CONTACTS, MANAGE_ORGANIZATION and a fresh sign-in.

    The versions that it replaced go with it. It can't be undone. Returns the id that the document had. What stays are
    audit events, which hold ids and digests. The worker deletes the files. Raises `MustBeKept`, `NotPermitted`,
    `NotFound`, `InvalidInput`, `FreshSignInNeeded`.
    """
    if isinstance(caller, StaffCaller):
        caller.require(Permission.MANAGE_ORGANIZATION)
        caller.require(Permission.MANAGE_CONTACTS)
    problems = Problems()
    reason = problems.line("reason", reason, longest=LONGEST_REASON)
    problems.raise_if_any()
    async with unit_of_work(caller, services) as work:
        organization = await locked_rule(caller.organization_id)
        versions = await _with_older_versions(caller.organization_id, document_id)
        newest = versions[0]
        signed = await signed_of(versions, organization)
        signatures = {each.document.id: each.signatures for each in signed}
        if newest.id not in signatures:
            raise InvalidInput.one("documentId", Problem.NOT_SIGNED)
        if any(_is_open(version) for version in versions):
            raise MustBeKept(KeptFor.OPEN_SIGNATURE)
        require_past(signed, organization, work.now)
        await require_fresh(caller, work.now)
        for version in reversed(versions):
            audit_erased(version, signatures.get(version.id, 0), organization, reason, work)
        ids = [version.id for version in versions]
        await note_files(caller.organization_id, ids, work)
        await delete_rows(rows_of_documents(ids))
        work.concerns_documents(*{version.contact_id for version in versions})
    return newest.id


async def _with_older_versions(organization_id: UUID, document_id: UUID | None) -> list[Document]:
    """The document, and those that it replaced, newest first; all are locked. Raises `NotFound`."""
    own = Document.filter(organization_id=organization_id).order_by("created_at", "id")
    named = await own.get_or_none(id=document_id) if document_id else None
    if named is None:
        raise NotFound("documentId")
    # Whose birthday counts is locked first, as where a whole record is erased.
    await Contact.filter(id=named.contact_id).select_for_update(no_key=True)
    found = await own.filter(id=named.id).select_for_update()
    if not found:
        raise NotFound("documentId")
    older = found
    while older:
        older = await own.filter(superseded_by_id__in=[each.id for each in older]).select_for_update()
        found = [*found, *older]
    return found


def _is_open(document: Document) -> bool:
    """Whether somebody can still sign, or the sealed file is still being made."""
    ended = document.withdrawn_at or document.superseded_at
    return document.signature_state is SignatureState.WAITING and ended is None
