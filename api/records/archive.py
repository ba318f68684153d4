"""Archiving a contact and taking it back."""

from typing import Annotated

import strawberry
from strawberry import union

from api.records.inputs import ArchiveContactInput, RestoreContactInput
from api.requests.context import Info
from api.requests.inputs import decode_id_or_none
from api.server.fields import mutation
from api.types.changed_meanwhile import ChangedMeanwhile
from api.types.graph import Contact, load_contact
from api.types.user_errors import InvalidInput, NotFound, NotPermitted, answering
from clinic.records.actions.archive import archive_contact, restore_contact


@strawberry.type(description="The contact is archived.")
class ArchiveContactSuccess:
    contact: Contact = strawberry.field(description="The contact as it is now.")


@strawberry.type(description="The contact is in lists again.")
class RestoreContactSuccess:
    contact: Contact = strawberry.field(description="The contact as it is now.")


ArchiveContactResult = Annotated[
    ArchiveContactSuccess | NotPermitted | NotFound | InvalidInput | ChangedMeanwhile,
    union("ArchiveContactResult", description="The contact, or what stands in the way."),
]
RestoreContactResult = Annotated[
    RestoreContactSuccess | NotPermitted | NotFound | ChangedMeanwhile,
    union("RestoreContactResult", description="The contact, or what stands in the way."),
]


@strawberry.type
class ArchiveMutations:
    @mutation(
        "Take a contact out of lists, searches and counts; needs MANAGE_CONTACTS. Meanwhile the person is not invited "
        "and nothing of theirs is shared or reminded of. Refused while the person has a portal account or an open "
        "invitation."
    )
    @answering
    async def archive_contact(self, info: Info, input: ArchiveContactInput) -> ArchiveContactResult:
        key, services = decode_id_or_none(input.contact_id, "Contact"), info.context.services
        contact = await archive_contact(info.context.staff, key, services, version=input.version)
        return ArchiveContactSuccess(contact=await load_contact(info, contact.id))

    @mutation("Take a contact out of the archive; needs MANAGE_CONTACTS.")
    @answering
    async def restore_contact(self, info: Info, input: RestoreContactInput) -> RestoreContactResult:
        key, services = decode_id_or_none(input.contact_id, "Contact"), info.context.services
        contact = await restore_contact(info.context.staff, key, services, version=input.version)
        return RestoreContactSuccess(contact=await load_contact(info, contact.id))
