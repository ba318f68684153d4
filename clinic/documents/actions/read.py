"""Records in the audit who viewed, printed or downloaded a document, so that its client can see it (product §5)."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from clinic.database.rows import fetch
from clinic.documents.access import document_of_patient, document_of_staff
from clinic.documents.models import Document
from clinic.documents.visibility import about_accessible_contacts, reader_of
from clinic.portal_access.models import PortalAccount
from clinic.staff.models import StaffMember
from clinic.values.callers import PatientCaller, StaffCaller
from clinic.values.errors import NotFound
from clinic.values.ports import Services
from clinic.work.audit_chain import behalf, details_text
from clinic.work.models import AuditEvent
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

# As for records (clinic.records.actions.views): several requests for pages within an hour count as one view.
VIEW_INTERVAL = timedelta(hours=1)


class Reading(StrEnum):
    """What a person did with a document. The value is the action's code in the audit."""

    VIEWED = "document.viewed"
    PRINTED = "document.printed"
    DOWNLOADED = "document.downloaded"


async def record_reading(
    caller: PatientCaller | StaffCaller, document_id: UUID | None, reading: Reading, services: Services
) -> None:
    """Record it in the audit: each print and download, and a view at most once an hour for each person.

    Raises `NotFound` if the caller may not see the document now.
    """
    now = services.clock.now()
    document = await _visible_document(caller, document_id, now)
    if document is None:
        raise NotFound("documentId")
    if reading is not Reading.VIEWED or not await _is_recorded(caller, document, now):
        await _record(caller, document, reading, services)


async def _visible_document(
    caller: PatientCaller | StaffCaller, document_id: UUID | None, now: datetime
) -> Document | None:
    if isinstance(caller, StaffCaller):
        return await document_of_staff(caller, document_id) if document_id else None
    found = await document_of_patient(caller, document_id, now)
    return found[0] if found else None


@retry_on_conflict
async def _record(
    caller: PatientCaller | StaffCaller, document: Document, reading: Reading, services: Services
) -> None:
    async with unit_of_work(caller, services) as work:
        # The lock makes concurrent requests of one person record one view: the second waits and finds the first.
        if isinstance(caller, StaffCaller):
            await StaffMember.filter(id=caller.staff_member_id).select_for_update().get()
        else:
            await PortalAccount.filter(id=caller.account_id).select_for_update().get()
        if reading is not Reading.VIEWED or not await _is_recorded(caller, document, work.now):
            work.audit(reading.value, document)


async def _is_recorded(caller: PatientCaller | StaffCaller, document: Document, now: datetime) -> bool:
    return await AuditEvent.exists(
        organization_id=caller.organization_id,
        subject_id=document.id,
        action=Reading.VIEWED.value,
        actor_id=caller.staff_member_id if isinstance(caller, StaffCaller) else caller.account_id,
        details=details_text(behalf(caller)),
        at__gt=now - VIEW_INTERVAL,
    )


async def was_withdrawn(caller: PatientCaller, document_id: UUID, now: datetime) -> bool:
    """Whether staff withdrew a document that the caller has viewed or was asked to sign. False for everybody else.

    The caller may learn nothing else about it. It is also False after the caller lost portal access to the client.
    """
    reader = await reader_of(caller, now)
    if reader is None:
        return False
    sql = (
        "SELECT d.id FROM document d WHERE d.id = $1 AND d.organization_id = $4 AND d.withdrawn_at IS NOT NULL "
        f"AND {about_accessible_contacts('$2', '$3')} "
        "AND (EXISTS (SELECT 1 FROM signature s WHERE s.document_id = d.id AND s.signer_id = $2) "
        "OR EXISTS (SELECT 1 FROM audit_event a WHERE a.organization_id = $4 AND a.subject_id = $1 "
        "AND a.action = $5 AND a.actor_id = $6))"
    )
    known_by = (Reading.VIEWED.value, caller.account_id)
    return bool(await fetch(sql, document_id, reader.contact_id, reader.today, reader.organization_id, *known_by))
