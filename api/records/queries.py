"""Contacts and the calendar."""

from datetime import datetime
from enum import Enum
from functools import partial
from typing import Annotated
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.requests.paging import After, Before, First, Last, page_request
from api.requests.selected import asks_for_records
from api.server.errors import BadUserInput
from api.server.fields import field
from api.server.relay import Connection, Cursors, connect, decode_id
from api.types.graph import Appointment, Contact, IncludeCancelled
from api.types.records import APPOINTMENT_CURSORS, CONTACT_CURSORS, appointment_key, contact_key
from clinic.charts.contacts import (
    AppointmentSearch,
    ContactSearch,
    appointment_page,
    contact_page,
    count_appointments,
    count_contacts,
)
from clinic.charts.waiting import WaitingRow, count_waiting, waiting_page
from clinic.portal_access.status import PortalState
from clinic.values.limits import LONGEST_SEARCH
from clinic.values.paging import PageRequest

_WAITING_CURSORS = Cursors("waiting", (datetime, UUID))


@strawberry.enum(description="In which order contacts are listed; may gain values.")
class ContactOrder(Enum):
    """Each order has cursors of its own."""

    NAME = strawberry.enum_value("NAME", description="By family and given name.")
    OLDEST_INVITATION = strawberry.enum_value(
        "OLDEST_INVITATION", description="Only those with an open invitation, the longest waiting first."
    )


ContactId = Annotated[strawberry.ID, strawberry.argument(description="The contact's id.")]
Search = Annotated[
    str | None,
    strawberry.argument(
        description="Words that begin the given name, the family name or an email address; a date of birth; a phone "
        "number, or the last four digits or more of it."
    ),
]
States = Annotated[list[PortalState] | None, strawberry.argument(description="Only contacts in one of these states.")]
IncludeArchived = Annotated[bool, strawberry.argument(description="Whether archived contacts are found too.")]
OrderBy = Annotated[ContactOrder | None, strawberry.argument(description="In which order; by name unless told.")]
From = Annotated[datetime, strawberry.argument(name="from", description="Starting at this instant or later.")]
To = Annotated[datetime, strawberry.argument(description="Starting before this instant.")]
FacilityId = Annotated[strawberry.ID | None, strawberry.argument(description="Only at this facility.")]
StaffMemberId = Annotated[strawberry.ID | None, strawberry.argument(description="Only with this staff member.")]


@strawberry.type
class RecordQueries:
    @field("A contact of your organization; null for any other id.")
    async def contact(self, info: Info, id: ContactId) -> Contact | None:
        row = await info.context.loaders.contact.load(decode_id(id, "Contact", argument="id"))
        if row is None:
            return None
        info.context.note_opening(row.id)
        return Contact.from_row(row)

    @field(
        "Contacts in order of family and given name, or as `orderBy` says, without the archived ones unless you ask "
        "for them."
    )
    async def contacts(
        self,
        info: Info,
        search: Search = None,
        portal_state: States = None,
        order_by: OrderBy = None,
        include_archived: IncludeArchived = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Contact]:
        context = info.context
        if search is not None and len(search) > LONGEST_SEARCH:
            raise BadUserInput(f"Search for at most {LONGEST_SEARCH} characters.", "search")
        states = tuple(portal_state) if portal_state is not None else None
        wanted = ContactSearch(search or "", states, with_archived=include_archived)
        if order_by is ContactOrder.OLDEST_INVITATION:
            return await _waiting(info, wanted, page_request(_WAITING_CURSORS, first, after, last, before))
        request = page_request(CONTACT_CURSORS, first, after, last, before)
        page = await contact_page(context.staff, wanted, request, context.now, services=context.services)
        if asks_for_records(info):
            context.note_shown(row.id for row in page.rows)
        return connect(
            page,
            [Contact.from_row(row) for row in page.rows],
            cursors=CONTACT_CURSORS,
            sort_key=contact_key,
            count=partial(count_contacts, context.staff, wanted),
        )

    @field(
        "The calendar: appointments that start within a span, in order of start, without the cancelled ones unless you "
        "ask for them."
    )
    async def appointments(
        self,
        info: Info,
        from_: From,
        to: To,
        facility_id: FacilityId = None,
        staff_member_id: StaffMemberId = None,
        include_cancelled: IncludeCancelled = False,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Appointment]:
        context = info.context
        wanted = AppointmentSearch(
            from_=from_,
            to=to,
            facility_id=_key(facility_id, "Facility", "facilityId"),
            staff_member_id=_key(staff_member_id, "StaffMember", "staffMemberId"),
            with_cancelled=include_cancelled,
        )
        request = page_request(APPOINTMENT_CURSORS, first, after, last, before)
        page = await appointment_page(context.staff, wanted, request, context.now)
        if asks_for_records(info):
            context.note_calendar(row.contact.id for row in page.rows)
        return connect(
            page,
            [Appointment.from_row(row) for row in page.rows],
            cursors=APPOINTMENT_CURSORS,
            sort_key=appointment_key,
            count=partial(count_appointments, context.staff, wanted),
        )


async def _waiting(info: Info, wanted: ContactSearch, request: PageRequest) -> Connection[Contact]:
    context = info.context
    page = await waiting_page(context.staff, wanted, request, context.now, services=context.services)
    if asks_for_records(info):
        context.note_shown(row.contact.id for row in page.rows)
    return connect(
        page,
        [Contact.from_row(row.contact) for row in page.rows],
        cursors=_WAITING_CURSORS,
        sort_key=_waiting_key,
        count=partial(count_waiting, context.staff, wanted),
    )


def _waiting_key(row: WaitingRow) -> tuple[datetime, UUID]:
    return row.invited_at, row.contact.id


def _key(given: strawberry.ID | None, type_name: str, argument: str) -> UUID | None:
    """The key to narrow by; only leaving it out, or null, means everywhere."""
    return None if given is None else decode_id(given, type_name, argument=argument)
