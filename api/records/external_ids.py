"""What other systems call records: finding a contact by it, and saying it of a record."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.paging import PAGE_SIZES
from api.server.errors import BadUserInput
from api.server.fields import field, mutation
from api.server.relay import Node, NotAnId, split_id
from api.types.by_id import nodes_found
from api.types.external_ids import ExternalIdInput, ExternalIdTaken
from api.types.graph import Contact
from api.types.user_errors import InvalidInput, NotFound, NotPermitted, answering
from clinic.records.actions.external_ids import set_external_ids
from clinic.records.external_ids import RECORDS, record_called, records_called
from clinic.records.models import ExternalIdKind

ByExternalId = Annotated[ExternalIdInput, strawberry.argument(description="What another system calls the contact.")]
ByExternalIds = Annotated[
    list[ExternalIdInput],
    strawberry.argument(description=f"Up to {PAGE_SIZES.maximum} of what another system calls contacts."),
]

_KINDS = {model.__name__: kind for kind, model in RECORDS.items()}


@strawberry.input(description="What other systems call a record from now on.")
class SetExternalIdsInput:
    record_id: strawberry.ID = strawberry.field(
        description="A contact, relationship, appointment, staff member or facility."
    )
    external_ids: list[ExternalIdInput] = strawberry.field(
        description="All its external ids from now on; what is not in the list is removed."
    )
    shown: list[ExternalIdInput] | None = strawberry.field(
        default=None,
        description="The external ids that you read before. If the record has others by now, nothing is changed and "
        "you get InvalidInput for `shown`. Without it the last write wins.",
    )


@strawberry.type(description="The record has these external ids now.")
class SetExternalIdsSuccess:
    record: Node = strawberry.field(description="The record.")


SetExternalIdsResult = Annotated[
    SetExternalIdsSuccess | NotPermitted | NotFound | InvalidInput | ExternalIdTaken,
    union("SetExternalIdsResult", description="The record, or what stands in the way."),
]


@strawberry.type
class ExternalIdQueries:
    @field("The contact that another system calls so; null if there is none for you.")
    async def contact_by_external_id(self, info: Info, external_id: ByExternalId) -> Contact | None:
        caller = info.context.staff
        key = await record_called(caller.organization_id, ExternalIdKind.CONTACT, external_id.as_identifier())
        row = await info.context.loaders.contact.load(key) if key else None
        if row is None:
            return None
        info.context.note_opening(row.id)
        return Contact.from_row(row)

    @field(
        "Several contacts by what another system calls them, in that order; null for each that is not there for you."
    )
    async def contacts_by_external_id(self, info: Info, ids: ByExternalIds) -> list[Contact | None]:
        if len(ids) > PAGE_SIZES.maximum:
            raise BadUserInput(f"Ask for at most {PAGE_SIZES.maximum} contacts at once.", "ids")
        caller, identifiers = info.context.staff, [each.as_identifier() for each in ids]
        keys = await records_called(caller.organization_id, ExternalIdKind.CONTACT, identifiers)
        rows = await info.context.loaders.contact.load_many([key for key in keys if key])
        found = {row.id: Contact.from_row(row) for row in rows if row}
        return [found.get(key) if key else None for key in keys]


@strawberry.type
class ExternalIdMutations:
    @mutation(
        "Say what other systems call a record. Needs MANAGE_CONTACTS, for a staff member MANAGE_STAFF and for a "
        "facility MANAGE_ORGANIZATION."
    )
    @answering
    async def set_external_ids(self, info: Info, input: SetExternalIdsInput) -> SetExternalIdsResult:
        type_name, key = _record(input.record_id)
        identifiers = [each.as_identifier() for each in input.external_ids]
        shown = None if input.shown is None else [each.as_identifier() for each in input.shown]
        record_id = await set_external_ids(
            info.context.staff, _KINDS[type_name], key, identifiers, info.context.services, shown=shown
        )
        node = (type_name, record_id)
        return SetExternalIdsSuccess(record=(await nodes_found(info, [node]))[node])


def _record(value: str) -> tuple[str, UUID | None]:
    """Type and key of a global id. Anything else is answered like the id of a contact that was never given out."""
    try:
        return split_id(value, *_KINDS)
    except NotAnId:
        return Contact.__name__, None
