"""The plain fields of contacts, relationships, episodes and appointments."""

from datetime import date, datetime
from functools import partial
from typing import Self
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.requests.paging import After, Before, First, Last, page_request
from api.server.fields import field
from api.server.relay import Connection, Cursors, Node, connect, encode_id
from api.types import enums as enums
from api.types.external_id import EXTERNAL_IDS, ExternalId, external_ids
from api.types.organizations import Facility, facility_of
from api.types.portal_access import LINK_CURSORS, PortalLink
from api.types.staff import StaffMember, colleague
from api.types.throttles import ClosedThrottle
from clinic.charts.appointment_rows import AppointmentRow
from clinic.charts.contact_rows import ContactRow
from clinic.charts.related import ContactAppointmentRow, EpisodeRow, LinkRow, RelationshipRow
from clinic.charts.viewing import visible_pin, visible_source_status
from clinic.records.models import ContactKind, ExternalIdKind

CONTACT_CURSORS = Cursors("contacts", (str, UUID))
# What every version says.
VERSION = "Goes up with each change. An edit may name the one it saw, and is refused where that is not the present one."
APPOINTMENT_CURSORS = Cursors("appointments", (datetime, UUID))


@strawberry.type
class ContactFields(Node):
    row: strawberry.Private[ContactRow]
    kind: ContactKind = strawberry.field(description="Client, or anyone else.")
    given_name: str = strawberry.field(description="Given name, as the person writes it.")
    family_name: str = strawberry.field(description="Family name, as the person writes it.")
    display_name: str = strawberry.field(description="The name in full.")
    date_of_birth: date | None = strawberry.field(description="Date of birth, if known.")
    language: str = strawberry.field(description="The language of letters and sheets, as a BCP 47 tag.")
    email: str | None = strawberry.field(description="The primary address.")
    emails: list[str] = strawberry.field(description="All addresses, the primary one first.")

    version: int = strawberry.field(description=VERSION)
    archived_at: datetime | None = strawberry.field(description="Since when it is archived; null while it is in lists.")

    @field("Phone numbers, the first to try first.")
    async def phones(self, info: Info) -> list[str]:
        return await info.context.loaders.phones.load(self.row.id)

    @field(EXTERNAL_IDS)
    async def external_ids(self, info: Info) -> list[ExternalId]:
        return await external_ids(info, ExternalIdKind.CONTACT, self.row.id)

    @field("The code that proves 'this record is mine' in the portal; null without WEB_PORTAL.")
    def portal_pin(self, info: Info) -> str | None:
        pin = visible_pin(info.context.viewer, self.row, info.context.services.secrets)
        if pin is not None:
            info.context.note_pin(self.row.id)
        return pin

    @field(
        "What guesses have closed for this person; liftPortalThrottle opens it again. Empty without WEB_PORTAL, and "
        "where nobody is being tried."
    )
    async def closed_throttles(self, info: Info) -> list[ClosedThrottle]:
        return [ClosedThrottle.from_core(one) for one in await info.context.loaders.portal_throttles.load(self.row.id)]

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


@strawberry.type
class RelationshipFields(Node):
    row: strawberry.Private[RelationshipRow]
    kind: str = strawberry.field(description="What the relative is to the client, such as mother.")
    portal_access: bool = strawberry.field(description="Whether the relative sees what is shared with all authorized.")
    ends_on: date | None = strawberry.field(description="The last day of the relationship, if it ends.")
    version: int = strawberry.field(description=VERSION)

    @classmethod
    def from_row(cls, row: RelationshipRow) -> Self:
        return cls(
            id=strawberry.ID(encode_id("Relationship", row.id)),
            row=row,
            kind=row.kind,
            portal_access=row.portal_access,
            ends_on=row.ends_on,
            version=row.version,
        )

    @field(EXTERNAL_IDS)
    async def external_ids(self, info: Info) -> list[ExternalId]:
        return await external_ids(info, ExternalIdKind.RELATIONSHIP, self.row.id)


@strawberry.type
class EpisodeFields(Node):
    contact_id: strawberry.Private[UUID]
    facility: Facility | None = strawberry.field(description='Where; null is shown as "--".')
    started_at: datetime = strawberry.field(description="When it began.")
    ended_at: datetime | None = strawberry.field(description="When it ended; null while it goes on.")
    version: int = strawberry.field(description=VERSION)

    @classmethod
    def from_row(cls, row: EpisodeRow) -> Self:
        return cls(
            id=strawberry.ID(encode_id("Episode", row.id)),
            contact_id=row.contact_id,
            facility=facility_of(row.facility_id, row.facility_name),
            started_at=row.started_at,
            ended_at=row.ended_at,
            version=row.version,
        )


@strawberry.type
class AppointmentFields(Node):
    appointment_id: strawberry.Private[UUID]
    staff_member_id: strawberry.Private[UUID | None]
    source_word: strawberry.Private[str | None]
    facility: Facility | None = strawberry.field(description="Where, if known.")
    starts_at: datetime = strawberry.field(description="When it starts.")
    ends_at: datetime = strawberry.field(description="When it ends.")
    cancelled_at: datetime | None = strawberry.field(description="When it was cancelled; null while it takes place.")
    version: int = strawberry.field(description=VERSION)

    @field("With whom, if known; null for patients.")
    async def staff_member(self, info: Info) -> StaffMember | None:
        return await colleague(info, self.staff_member_id)

    @field(
        "The word of the system that it comes from for how it stands, such as arrived or noshow. Null without such a "
        "word, for patients, and once staff have moved or cancelled it here."
    )
    def source_status(self, info: Info) -> str | None:
        return visible_source_status(info.context.viewer, self.source_word)

    @field(EXTERNAL_IDS)
    async def external_ids(self, info: Info) -> list[ExternalId]:
        return await external_ids(info, ExternalIdKind.APPOINTMENT, self.appointment_id)


def contact_key(row: ContactRow) -> tuple[str, UUID]:
    return row.sort_key, row.id


def appointment_key(row: AppointmentRow) -> tuple[datetime, UUID]:
    return row.starts_at, row.id


def _link_key(row: LinkRow) -> tuple[datetime, UUID]:
    return row.linked_at, row.id


def own_appointment_key(row: ContactAppointmentRow) -> tuple[datetime, UUID]:
    return row.starts_at, row.id
