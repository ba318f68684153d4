"""Contacts, relationships, episodes and appointments as the schema shows them."""

from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from api import enums as enums
from api.context import Info
from api.organizations.types import Facility
from api.portal_access.types import LINK_CURSORS, PortalAccount, PortalLink, PortalStatus
from api.requests.paging import After, Before, First, Last, page_request
from api.server.fields import field
from api.server.relay import Connection, Cursors, Node, connect, encode_id
from clinic.charts.contacts import AppointmentRow, ContactRow
from clinic.charts.related import ContactAppointmentRow, EpisodeRow, LinkRow, RelationshipRow
from clinic.records.models import ContactKind
from clinic.values.callers import Permission, StaffCaller
from clinic.values.pin import grouped_pin

if TYPE_CHECKING:
    from api.documents.types import Document

CONTACT_CURSORS = Cursors("contacts", (str, UUID))
APPOINTMENT_CURSORS = Cursors("appointments", (datetime, UUID))


@strawberry.type(description="A person on record.")
class Contact(Node):
    row: strawberry.Private[ContactRow]
    kind: ContactKind = strawberry.field(description="Client, or anyone else.")
    given_name: str = strawberry.field(description="Given name, as the person writes it.")
    family_name: str = strawberry.field(description="Family name, as the person writes it.")
    display_name: str = strawberry.field(description="The name in full.")
    date_of_birth: date | None = strawberry.field(description="Date of birth, if known.")
    language: str = strawberry.field(description="The language of letters and sheets, as a BCP 47 tag.")
    email: str | None = strawberry.field(description="The primary address.")
    emails: list[str] = strawberry.field(description="All addresses, the primary one first.")
    portal_status: PortalStatus = strawberry.field(description="The coloured globe.")

    @classmethod
    def from_row(cls, row: ContactRow) -> "Contact":
        return cls(
            id=strawberry.ID(encode_id("Contact", row.id)),
            row=row,
            kind=ContactKind(row.kind),
            given_name=row.given_name,
            family_name=row.family_name,
            display_name=f"{row.given_name} {row.family_name}".strip(),
            date_of_birth=row.date_of_birth,
            language=row.language,
            email=row.emails[0] if row.emails else None,
            emails=list(row.emails),
            portal_status=PortalStatus.from_core(row.portal_status),
        )

    @field("The code that proves 'this record is mine' in the portal; null without WEB_PORTAL.")
    def portal_pin(self, info: Info) -> str | None:
        caller = info.context.caller
        if not isinstance(caller, StaffCaller) or not caller.may(Permission.WEB_PORTAL):
            return None
        return grouped_pin(info.context.services.secrets.decrypt(self.row.pin_encrypted))

    @field(
        "Accounts this record was linked to before and that are linked to none now, the latest first, whatever their "
        "address is by now: linkPortalAccount takes one by its id. Empty without WEB_PORTAL."
    )
    async def former_portal_accounts(self, info: Info) -> list[PortalAccount]:
        caller = info.context.caller
        if not isinstance(caller, StaffCaller) or not caller.may(Permission.WEB_PORTAL):
            return []
        return [
            PortalAccount.from_facts(facts) for facts in await info.context.loaders.former_accounts.load(self.row.id)
        ]

    @field("Every link this record ever had, newest first.")
    async def portal_links(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[PortalLink]:
        loaders = info.context.loaders
        page = await loaders.links.load((self.row.id, page_request(LINK_CURSORS, first, after, last, before)))
        return connect(
            page,
            [PortalLink.from_row(row) for row in page.rows],
            cursors=LINK_CURSORS,
            sort_key=_link_key,
            count=partial(loaders.link_count.load, self.row.id),
        )

    @field("Relationships in which this contact is the client or the relative.")
    async def relationships(self, info: Info) -> list["Relationship"]:
        return [Relationship.from_row(row) for row in await info.context.loaders.relationships.load(self.row.id)]

    @field("The stretch of care that has not ended.")
    async def current_episode(self, info: Info) -> "Episode | None":
        row = await info.context.loaders.episode.load(self.row.id)
        return Episode.from_row(row) if row else None

    @field("This contact's appointments in order of start.")
    async def appointments(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> "Connection[Appointment]":
        loaders = info.context.loaders
        request = page_request(APPOINTMENT_CURSORS, first, after, last, before)
        page = await loaders.appointments.load((self.row.id, request))
        return connect(
            page,
            [Appointment.from_own_row(row, self) for row in page.rows],
            cursors=APPOINTMENT_CURSORS,
            sort_key=_appointment_key,
            count=partial(loaders.appointment_count.load, self.row.id),
        )

    @field(
        "This contact's documents: for staff all of them, newest first; for patients what is shared with them, and "
        "what they are asked to sign before the rest."
    )
    async def documents(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Annotated["Document", strawberry.lazy("api.documents.types")]]:
        from api.documents.lists import documents_of_contact

        return await documents_of_contact(info, self.row.id, first, after, last, before)


@strawberry.type(description="A relative of a client, and whether the portal shows them what is shared with all.")
class Relationship(Node):
    row: strawberry.Private[RelationshipRow]
    kind: str = strawberry.field(description="What the relative is to the client, such as mother.")
    portal_access: bool = strawberry.field(description="Whether the relative sees what is shared with all authorized.")
    ends_on: date | None = strawberry.field(description="The last day of the relationship, if it ends.")

    @classmethod
    def from_row(cls, row: RelationshipRow) -> "Relationship":
        return cls(
            id=strawberry.ID(encode_id("Relationship", row.id)),
            row=row,
            kind=row.kind,
            portal_access=row.portal_access,
            ends_on=row.ends_on,
        )

    @field("Who receives care.")
    async def client(self, info: Info) -> Contact:
        return await contact_at_hand(info, self.row.client_id)

    @field("The related contact.")
    async def relative(self, info: Info) -> Contact:
        return await contact_at_hand(info, self.row.relative_id)


@strawberry.type(description="A stretch of care.")
class Episode(Node):
    contact_id: strawberry.Private[UUID]
    facility: Facility | None = strawberry.field(description='Where; null is shown as "--".')

    @classmethod
    def from_row(cls, row: EpisodeRow) -> "Episode":
        return cls(
            id=strawberry.ID(encode_id("Episode", row.id)),
            contact_id=row.contact_id,
            facility=_facility(row.facility_id, row.facility_name),
        )

    @field("Whose.")
    async def contact(self, info: Info) -> Contact:
        return await contact_at_hand(info, self.contact_id)


@strawberry.type(description="An entry in the calendar.")
class Appointment(Node):
    contact: Contact = strawberry.field(description="Who is expected.")
    facility: Facility | None = strawberry.field(description="Where, if known.")
    starts_at: datetime = strawberry.field(description="When it starts.")
    ends_at: datetime = strawberry.field(description="When it ends.")

    @classmethod
    def from_row(cls, row: AppointmentRow) -> "Appointment":
        return cls(
            id=strawberry.ID(encode_id("Appointment", row.id)),
            contact=Contact.from_row(row.contact),
            facility=_facility(row.facility_id, row.facility_name),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
        )

    @classmethod
    def from_own_row(cls, row: ContactAppointmentRow, contact: Contact) -> "Appointment":
        return cls(
            id=strawberry.ID(encode_id("Appointment", row.id)),
            contact=contact,
            facility=_facility(row.facility_id, row.facility_name),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
        )


async def contact_at_hand(info: Info, contact_id: UUID) -> Contact:
    """A contact that a row of the same organization points to. Raises LookupError if the caller may not see it."""
    row = await info.context.loaders.contact.load(contact_id)
    if row is None:
        raise LookupError(contact_id)
    return Contact.from_row(row)


def contact_key(row: ContactRow) -> tuple[str, UUID]:
    return row.sort_key, row.id


def appointment_key(row: AppointmentRow) -> tuple[datetime, UUID]:
    return row.starts_at, row.id


def _link_key(row: LinkRow) -> tuple[datetime, UUID]:
    return row.linked_at, row.id


def _appointment_key(row: ContactAppointmentRow) -> tuple[datetime, UUID]:
    return row.starts_at, row.id


def _facility(facility_id: UUID | None, name: str | None) -> Facility | None:
    return Facility.from_row(facility_id, name) if facility_id is not None and name is not None else None
