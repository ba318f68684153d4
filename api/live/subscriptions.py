"""What staff screens are told of without asking."""

from collections.abc import AsyncGenerator
from contextlib import nullcontext
from typing import Annotated
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.server.errors import BadUserInput
from api.server.fields import subscription
from api.server.graphql_ws import CloseCode, MustClose
from api.server.relay import decode_id
from api.types.graph import Contact
from api.types.organizations import Organization
from clinic.charts.viewing import require_contacts
from clinic.organizations.queries import organization_by_id
from clinic.records.actions.views import PIN_READ, RecordsRead, record_views
from clinic.values.ports import ChangeKind, FellBehind

# A day's calendar, several times over.
MOST_CONTACTS = 200
_FELL_BEHIND = "Too much changed at once. Connect again and ask."

ContactIds = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(
        description=f"Up to {MOST_CONTACTS} contacts to hear of; all of the organization's where it is left out."
    ),
]


@strawberry.type(description="What is told without asking, over WebSocket; for staff.")
class Subscription:
    """A change is told after its commit, whichever process made it; the contact is read anew for each, as seen now."""

    @subscription(
        "The contact, whenever something changed that its portal status rests on or tells: somebody "
        "invited, registered, linked or signed, an address changed, a letter left or came back."
    )
    async def portal_status_changed(self, info: Info, contact_ids: ContactIds = None) -> AsyncGenerator[Contact, None]:
        async for contact in _changed(info, ChangeKind.PORTAL_STATUS, contact_ids):
            yield contact

    @subscription(
        "The contact, whenever one of its documents was made, shared, signed, declined, completed or "
        "taken back, or who may see them changed."
    )
    async def document_changed(self, info: Info, contact_ids: ContactIds = None) -> AsyncGenerator[Contact, None]:
        async for contact in _changed(info, ChangeKind.DOCUMENTS, contact_ids):
            yield contact

    @subscription(
        "The contact, whenever one of their appointments was entered, moved, cancelled or taken back into the calendar."
    )
    async def appointments_changed(self, info: Info, contact_ids: ContactIds = None) -> AsyncGenerator[Contact, None]:
        async for contact in _changed(info, ChangeKind.APPOINTMENTS, contact_ids):
            yield contact

    @subscription("Your organization, whenever its settings, its logo or one of its facilities changed.")
    async def organization_changed(self, info: Info) -> AsyncGenerator[Organization, None]:
        context = info.context
        await context.look_again()
        own, portal_url = context.staff.organization_id, context.services.addresses.portal_url
        async with context.services.events.changes(own, ChangeKind.ORGANIZATION, None) as changed:
            try:
                async for _ in changed:
                    async with context.slots or nullcontext():
                        await context.look_again()
                        view = await organization_by_id(own)
                    yield Organization.from_view(view, portal_url)
            except FellBehind:
                raise MustClose(CloseCode.FELL_BEHIND, _FELL_BEHIND) from None


async def _changed(
    info: Info, kind: ChangeKind, contact_ids: list[strawberry.ID] | None
) -> AsyncGenerator[Contact, None]:
    context = info.context
    await context.look_again()
    require_contacts(context.staff)
    ids = None if contact_ids is None else _keys(contact_ids)
    async with context.services.events.changes(context.staff.organization_id, kind, ids) as changed:
        try:
            async for contact_id in changed:
                # One after another: of a thousand screens at once the first would be told when the last is.
                async with context.slots or nullcontext():
                    await context.look_again()
                    row = await context.loaders.contact.load(contact_id)
                if row is not None:
                    context.seen = RecordsRead()
                    yield Contact.from_row(row)
                    # The screen shows the contact already. A PIN is another matter.
                    if context.seen.pins:
                        await record_views(context.staff, context.seen.pins, context.services, action=PIN_READ)
        except FellBehind:
            raise MustClose(CloseCode.FELL_BEHIND, _FELL_BEHIND) from None


def _keys(contact_ids: list[strawberry.ID]) -> frozenset[UUID]:
    """The keys. One of another organization is like one that never existed: nothing is ever told of it."""
    if len(contact_ids) > MOST_CONTACTS:
        raise BadUserInput(f"Name at most {MOST_CONTACTS} contacts, or none to hear of all.", "contactIds")
    return frozenset(decode_id(value, "Contact", argument="contactIds") for value in contact_ids)
