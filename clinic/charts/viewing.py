"""Decides which contacts, and which rows that belong to contacts, a signed-in caller may see.

Staff with VIEW_CONTACTS see the records of their practice. A patient sees their own record without the staff's notes,
and only the names of other people in documents.
"""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from clinic.charts.contact_rows import ContactRow
from clinic.charts.history import EventRow, events_by_id
from clinic.charts.named_people import contacts_with_names
from clinic.charts.related import (
    ContactAppointmentRow,
    EpisodeRow,
    LinkRow,
    RelationshipRow,
    appointment_counts,
    appointment_pages,
    appointments_by_id,
    current_episodes_of,
    episodes_by_id,
    link_counts,
    link_pages,
    links_by_id,
    phones_of,
    relationships_by_id,
    relationships_of,
)
from clinic.documents.viewing import RecordViewer
from clinic.organizations.models import Facility
from clinic.portal_access.previous_accounts import previous_accounts
from clinic.portal_access.status import AccountFacts
from clinic.records.external_ids import Identifier, external_ids_of
from clinic.records.models import Appointment, Episode, ExternalIdKind
from clinic.values.callers import PatientCaller, Permission, StaffCaller
from clinic.values.paging import Page, PageRequest
from clinic.values.pin import grouped_pin
from clinic.values.ports import Secrets


def require_contacts(caller: StaffCaller) -> None:
    """Raise `NotPermitted` unless the caller may read contacts."""
    caller.require(Permission.VIEW_CONTACTS)


def visible_pin(viewer: RecordViewer, row: ContactRow, secrets: Secrets) -> str | None:
    """The PIN with its hyphen; None without WEB_PORTAL."""
    return grouped_pin(secrets.decrypt(row.pin_encrypted)) if viewer.manages_portal else None


def visible_source_status(viewer: RecordViewer, word: str | None) -> str | None:
    """The source's status of an appointment; None for patients."""
    return word if isinstance(viewer.caller, StaffCaller) else None


def visible_transfer_reason(viewer: RecordViewer, reason: str) -> str | None:
    """The reason for a transfer; None without WEB_PORTAL."""
    return reason if viewer.manages_portal else None


async def visible_previous_accounts(
    viewer: RecordViewer, contact_ids: Sequence[UUID]
) -> dict[UUID, list[AccountFacts]]:
    """The accounts to which each contact was linked before; none without WEB_PORTAL."""
    if not viewer.manages_portal:
        return {}
    return await previous_accounts(viewer.organization_id, contact_ids)


async def visible_relationships(viewer: RecordViewer, contact_ids: Sequence[UUID]) -> dict[UUID, list[RelationshipRow]]:
    """The relationships of each contact; none for patients."""
    return await relationships_of(viewer.organization_id, contact_ids) if viewer.sees_staff_notes else {}


async def visible_phones(viewer: RecordViewer, contact_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The phone numbers of each contact; for patients only their own."""
    return await phones_of(viewer.organization_id, await viewer.fully_visible(contact_ids))


async def visible_external_ids(
    viewer: RecordViewer, kind: ExternalIdKind, record_ids: Sequence[UUID]
) -> dict[UUID, list[Identifier]]:
    """What other systems call each of the records; none for patients.

    Facilities and colleagues are seen by all staff, the rest by those who may read contacts.
    """
    of_practice = kind in (ExternalIdKind.FACILITY, ExternalIdKind.STAFF_MEMBER)
    seen = isinstance(viewer.caller, StaffCaller) if of_practice else viewer.sees_staff_notes
    return await external_ids_of(viewer.organization_id, kind, record_ids) if seen else {}


async def visible_current_episodes(viewer: RecordViewer, contact_ids: Sequence[UUID]) -> dict[UUID, EpisodeRow]:
    """The current episode of each contact; none for patients."""
    if not viewer.sees_staff_notes:
        return {}
    return await current_episodes_of(viewer.organization_id, contact_ids, viewer.now)


async def visible_link_pages(
    viewer: RecordViewer, contact_ids: Sequence[UUID], request: PageRequest
) -> dict[UUID, Page[LinkRow]]:
    """A page of each contact's link history; none for patients."""
    return await link_pages(contact_ids, request) if viewer.sees_staff_notes else {}


async def visible_link_counts(viewer: RecordViewer, contact_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many links each contact has ever had; none for patients."""
    return await link_counts(contact_ids) if viewer.sees_staff_notes else {}


async def visible_appointment_pages(
    viewer: RecordViewer, contact_ids: Sequence[UUID], request: PageRequest, *, with_cancelled: bool = False
) -> dict[UUID, Page[ContactAppointmentRow]]:
    """A page of each contact's appointments; for patients only their own."""
    return await appointment_pages(await viewer.fully_visible(contact_ids), request, with_cancelled=with_cancelled)


async def visible_appointment_counts(
    viewer: RecordViewer, contact_ids: Sequence[UUID], *, with_cancelled: bool = False
) -> dict[UUID, int]:
    """How many appointments each contact has; for patients only their own."""
    return await appointment_counts(await viewer.fully_visible(contact_ids), with_cancelled=with_cancelled)


async def visible_people(
    viewer: RecordViewer,
    contact_ids: Sequence[UUID],
    load: Callable[[list[UUID]], Awaitable[list[ContactRow | None]]],
) -> dict[UUID, ContactRow]:
    """The people whom the loaded documents name: the whole contact if the viewer may see it, else only the name.

    `load` reads whole contacts. It is an argument, so that a request can use its own data loader.
    """
    rows = await load(await viewer.fully_visible(contact_ids))
    found = {row.id: row for row in rows if row}
    others = [key for key in contact_ids if key not in found]
    if others and isinstance(viewer.caller, PatientCaller):
        found |= await contacts_with_names(viewer.caller, others)
    return found


async def visible_relationships_by_id(viewer: RecordViewer, ids: Sequence[UUID]) -> list[RelationshipRow]:
    """The relationships with these ids that the viewer may see; none for patients."""
    return await relationships_by_id(viewer.organization_id, ids) if viewer.sees_staff_notes else []


async def visible_episodes_by_id(viewer: RecordViewer, ids: Sequence[UUID]) -> list[EpisodeRow]:
    """The episodes with these ids that the viewer may see; none for patients."""
    return await episodes_by_id(viewer.organization_id, ids) if viewer.sees_staff_notes else []


async def visible_appointments_by_id(viewer: RecordViewer, ids: Sequence[UUID]) -> list[ContactAppointmentRow]:
    """The appointments with these ids that the viewer may see; none for patients."""
    return await appointments_by_id(viewer.organization_id, ids) if viewer.sees_staff_notes else []


async def visible_links_by_id(viewer: RecordViewer, ids: Sequence[UUID]) -> list[LinkRow]:
    """The links with these ids that the viewer may see; none for patients."""
    return await links_by_id(viewer.organization_id, ids) if viewer.sees_staff_notes else []


async def visible_events_by_id(viewer: RecordViewer, ids: Sequence[UUID]) -> list[EventRow]:
    """The audit events with these ids that the viewer may see; none without VIEW_AUDIT."""
    return await events_by_id(viewer.caller, ids) if isinstance(viewer.caller, StaffCaller) else []


async def episode_row(episode: Episode) -> EpisodeRow:
    """An episode that was just changed, with its facility's name. One statement if it has a facility."""
    name = await _facility_name(episode.facility_id)
    times = (episode.started_at, episode.ended_at, episode.version)
    return EpisodeRow(episode.id, episode.contact_id, episode.facility_id, name, *times)


async def appointment_row(appointment: Appointment) -> ContactAppointmentRow:
    """An appointment that was just created or changed, with its facility's name. One statement if it has a facility."""
    return ContactAppointmentRow(
        id=appointment.id,
        contact_id=appointment.contact_id,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        facility_id=appointment.facility_id,
        facility_name=await _facility_name(appointment.facility_id),
        staff_member_id=appointment.staff_member_id,
        cancelled_at=appointment.cancelled_at,
        source_status=appointment.source_status,
        version=appointment.version,
    )


async def _facility_name(facility_id: UUID | None) -> str | None:
    return (await Facility.get(id=facility_id)).name if facility_id else None
