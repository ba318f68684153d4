"""Reads what is on record of a batch: each kind in one statement, however many records the batch has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar
from uuid import UUID

from clinic.database.rows import as_uuid, fetch
from clinic.records.actions.contacts import ContactFacts
from clinic.records.external_ids import COLUMNS, Identifier, stored_form
from clinic.records.models import (
    Appointment,
    Contact,
    ContactEmail,
    ContactPhone,
    Episode,
    ExternalIdKind,
    Relationship,
)
from clinic.records.sync.records import LeftOut, SyncAppointment, SyncContact, SyncRecord, SyncRelationship
from clinic.values.errors import NotFound

Row = TypeVar("Row", Contact, Relationship, Appointment)

_CONTACT, _FACILITY = ExternalIdKind.CONTACT, ExternalIdKind.FACILITY
_RELATIONSHIP, _APPOINTMENT = ExternalIdKind.RELATIONSHIP, ExternalIdKind.APPOINTMENT


@dataclass(frozen=True, slots=True)
class PresentContact:
    """A contact as it is on record. `facility_id` is that of the present episode."""

    facts: ContactFacts
    archived: bool
    facility_id: UUID | None


@dataclass(frozen=True)
class Known:
    """The ids of the records that a batch names, and the present content of those that it describes."""

    ids: Mapping[tuple[ExternalIdKind, Identifier], UUID]
    contacts: Mapping[UUID, PresentContact] = field(default_factory=dict)
    relationships: Mapping[UUID, Relationship] = field(default_factory=dict)
    appointments: Mapping[UUID, Appointment] = field(default_factory=dict)

    def id_of(self, kind: ExternalIdKind, identifier: Identifier) -> UUID | None:
        """The id of the record that has this external id; None if there is none."""
        wanted = stored_form(identifier)
        return self.ids.get((kind, wanted)) if wanted else None

    def needed(self, kind: ExternalIdKind, identifier: Identifier, path: str) -> UUID:
        """Likewise; raises `NotFound` if there is none."""
        found = self.id_of(kind, identifier)
        if found is None:
            raise NotFound(path)
        return found

    def with_contact(self, identifier: Identifier, contact_id: UUID) -> "Known":
        """The same with one contact more."""
        return replace(self, ids={**self.ids, (_CONTACT, identifier): contact_id})


async def known_of(organization_id: UUID, records: Sequence[SyncRecord]) -> Known:
    """What is on record of these records and of those they refer to."""
    named: dict[ExternalIdKind, set[Identifier]] = {}
    for record in records:
        for kind, identifier in _named_by(record):
            if wanted := stored_form(identifier):
                named.setdefault(kind, set()).add(wanted)
    ids: dict[tuple[ExternalIdKind, Identifier], UUID] = {}
    for kind, identifiers in named.items():
        ids.update(await _ids_of(organization_id, kind, identifiers))
    known = Known(ids)

    def own(kind: ExternalIdKind, sent: type[SyncRecord]) -> list[UUID]:
        found = [known.id_of(kind, record.external_id) for record in records if isinstance(record, sent)]
        return [record_id for record_id in found if record_id]

    return replace(
        known,
        contacts=await _contacts(organization_id, own(_CONTACT, SyncContact)),
        relationships=await _rows(Relationship, organization_id, own(_RELATIONSHIP, SyncRelationship)),
        appointments=await _rows(Appointment, organization_id, own(_APPOINTMENT, SyncAppointment)),
    )


def _named_by(record: SyncRecord) -> Iterable[tuple[ExternalIdKind, Identifier]]:
    match record:
        case SyncContact():
            yield _CONTACT, record.external_id
        case SyncRelationship():
            yield _RELATIONSHIP, record.external_id
            yield _CONTACT, record.client
            yield _CONTACT, record.relative
        case SyncAppointment():
            yield _APPOINTMENT, record.external_id
            yield _CONTACT, record.contact
            if record.staff_member and not isinstance(record.staff_member, LeftOut):
                yield ExternalIdKind.STAFF_MEMBER, record.staff_member
    if not isinstance(record, SyncRelationship) and record.facility and not isinstance(record.facility, LeftOut):
        yield _FACILITY, record.facility


async def _ids_of(
    organization_id: UUID, kind: ExternalIdKind, identifiers: set[Identifier]
) -> dict[tuple[ExternalIdKind, Identifier], UUID]:
    column = COLUMNS[kind]
    sql = (
        f"SELECT system, value, {column} AS record_id FROM external_id "  # noqa: S608 - a column of ours
        "WHERE organization_id = $2 AND kind = $3 AND system {text_in_4} AND value {text_in_1}"
    )
    values, systems = {each.value for each in identifiers}, {each.system for each in identifiers}
    rows = await fetch(sql, sorted(values), organization_id, kind.value, sorted(systems))
    found = {Identifier(row["system"], row["value"]): as_uuid(row["record_id"]) for row in rows}
    return {(kind, identifier): record_id for identifier, record_id in found.items()}


async def _rows(model: type[Row], organization_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Row]:
    # SQLite would read all rows of the organization, if the statement named that, to find those with the ids.
    rows = await model.filter(id__in=ids) if ids else []
    return {row.id: row for row in rows if row.organization_id == organization_id}


async def _contacts(organization_id: UUID, ids: Sequence[UUID]) -> dict[UUID, PresentContact]:
    contacts = await _rows(Contact, organization_id, ids)
    if not contacts:
        return {}
    emails: dict[UUID, list[str]] = {}
    phones: dict[UUID, list[str]] = {}
    for email in await ContactEmail.filter(contact_id__in=list(contacts)).order_by("contact_id", "position"):
        emails.setdefault(email.contact_id, []).append(email.address)
    for phone in await ContactPhone.filter(contact_id__in=list(contacts)).order_by("contact_id", "position"):
        phones.setdefault(phone.contact_id, []).append(phone.number)
    episodes = await Episode.filter(contact_id__in=list(contacts), ended_at=None)
    facilities = {episode.contact_id: episode.facility_id for episode in episodes}
    found = {}
    for contact in contacts.values():
        facts = ContactFacts(
            given_name=contact.given_name,
            family_name=contact.family_name,
            kind=contact.kind,
            date_of_birth=contact.date_of_birth,
            language=contact.language,
            emails=emails.get(contact.id, []),
            phones=phones.get(contact.id, []),
        )
        found[contact.id] = PresentContact(facts, contact.archived_at is not None, facilities.get(contact.id))
    return found
