"""Any record by its type and key, as the caller sees it; nothing for a record that is not there for the caller."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from uuid import UUID

from api.requests.context import Info
from api.server.relay import Node
from api.types.audit import AuditEvent
from api.types.graph import Appointment, Contact, Document, Episode, PortalAccount, Relationship, Signature
from api.types.organizations import Facility, Organization
from api.types.portal_access import PortalLink
from api.types.staff import StaffMember
from clinic.charts.viewing import (
    visible_appointments_by_id,
    visible_episodes_by_id,
    visible_events_by_id,
    visible_links_by_id,
    visible_relationships_by_id,
)
from clinic.documents.queries import signatures_by_id
from clinic.organizations.queries import facilities_by_id, organization_by_id
from clinic.portal_access.queries import visible_accounts_by_id
from clinic.staff.queries import colleagues_by_id

Found = dict[UUID, Node]
Fetch = Callable[[Info, Sequence[UUID]], Awaitable[Found]]


async def nodes_found(info: Info, wanted: Iterable[tuple[str, UUID]]) -> dict[tuple[str, UUID], Node]:
    """Those of the records that are there for the caller, by type and key; a fixed number of statements per type."""
    keys_by_type: dict[str, list[UUID]] = {}
    for type_name, key in wanted:
        keys_by_type.setdefault(type_name, []).append(key)
    found: dict[tuple[str, UUID], Node] = {}
    for type_name, keys in keys_by_type.items():
        if type_name in _FETCH:
            nodes = await _FETCH[type_name](info, keys)
            found.update({(type_name, key): node for key, node in nodes.items()})
    return found


async def _organizations(info: Info, keys: Sequence[UUID]) -> Found:
    own = info.context.person.organization_id
    if own not in keys:
        return {}
    view = await organization_by_id(own)
    return {own: Organization.from_view(view, info.context.services.addresses.portal_url)}


async def _facilities(info: Info, keys: Sequence[UUID]) -> Found:
    rows = await facilities_by_id(info.context.person.organization_id, keys)
    return {row.id: Facility.from_model(row) for row in rows}


async def _staff_members(info: Info, keys: Sequence[UUID]) -> Found:
    rows = await colleagues_by_id(info.context.person, keys)
    return {row.id: StaffMember.from_model(row) for row in rows}


async def _contacts(info: Info, keys: Sequence[UUID]) -> Found:
    rows = await info.context.loaders.contact.load_many(list(keys))
    return {row.id: Contact.from_row(row) for row in rows if row}


async def _accounts(info: Info, keys: Sequence[UUID]) -> Found:
    found = await visible_accounts_by_id(info.context.person, keys)
    info.context.note_shown(contact_id for _, contact_id in found.values() if contact_id)
    return {key: PortalAccount.from_model(*account) for key, account in found.items()}


async def _relationships(info: Info, keys: Sequence[UUID]) -> Found:
    rows = await visible_relationships_by_id(info.context.viewer, keys)
    info.context.note_shown(contact_id for row in rows for contact_id in (row.client_id, row.relative_id))
    return {row.id: Relationship.from_row(row) for row in rows}


async def _episodes(info: Info, keys: Sequence[UUID]) -> Found:
    rows = await visible_episodes_by_id(info.context.viewer, keys)
    info.context.note_shown(row.contact_id for row in rows)
    return {row.id: Episode.from_row(row) for row in rows}


async def _appointments(info: Info, keys: Sequence[UUID]) -> Found:
    rows = await visible_appointments_by_id(info.context.viewer, keys)
    contacts = await info.context.loaders.contact.load_many([row.contact_id for row in rows])
    pairs = zip(rows, contacts, strict=True)
    return {row.id: Appointment.from_own_row(row, Contact.from_row(contact)) for row, contact in pairs if contact}


async def _links(info: Info, keys: Sequence[UUID]) -> Found:
    rows = await visible_links_by_id(info.context.viewer, keys)
    info.context.note_shown(row.contact_id for row in rows)
    return {row.id: PortalLink.from_row(row) for row in rows}


async def _documents(info: Info, keys: Sequence[UUID]) -> Found:
    rows = await info.context.loaders.documents.document.load_many(list(keys))
    return {row.id: Document.from_row(row) for row in rows if row}


async def _signatures(info: Info, keys: Sequence[UUID]) -> Found:
    """A signature is there for those who may see its document."""
    rows = await signatures_by_id(info.context.person.organization_id, keys)
    documents = await info.context.loaders.documents.document.load_many([row.document_id for row in rows])
    info.context.note_shown(row.signer_id for row in rows)
    return {row.id: Signature.from_row(row) for row, document in zip(rows, documents, strict=True) if document}


async def _events(info: Info, keys: Sequence[UUID]) -> Found:
    rows = await visible_events_by_id(info.context.viewer, keys)
    subjects = await nodes_found(info, {(row.subject_kind, row.subject_id) for row in rows})
    return {row.id: AuditEvent.from_row(row, subjects.get((row.subject_kind, row.subject_id))) for row in rows}


_FETCH: dict[str, Fetch] = {
    "AuditEvent": _events,
    "Organization": _organizations,
    "Facility": _facilities,
    "StaffMember": _staff_members,
    "Contact": _contacts,
    "PortalAccount": _accounts,
    "PortalLink": _links,
    "Relationship": _relationships,
    "Episode": _episodes,
    "Appointment": _appointments,
    "Document": _documents,
    "Signature": _signatures,
}
NODE_TYPES = tuple(_FETCH)
# The types of records of which the audit may be asked.
AUDITED = frozenset(NODE_TYPES) - {"AuditEvent"}
