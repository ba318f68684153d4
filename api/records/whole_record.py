"""A person's whole record: exported as an archive, and erased."""

from typing import Annotated

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import decode_id_or_none
from api.server.fields import mutation
from api.types.record_errors import MustBeKept
from api.types.user_errors import InvalidInput, NotFound, NotPermitted, answering
from clinic.charts.actions import erase_contact, export_address, export_contact


@strawberry.input(description="Whose record is exported.")
class ExportContactInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose.")


@strawberry.input(description="Whose record is erased, and why.")
class EraseContactInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose.")
    reason: str = strawberry.field(description="Why; it stays in the audit, so name nobody in it.")


@strawberry.type(description="The archive is ready.")
class ExportContactSuccess:
    url: str = strawberry.field(
        description="The whole record as a zip of JSON by kind and PDFs; for ten minutes, while this session lasts."
    )


@strawberry.type(description="The record is gone for good.")
class EraseContactSuccess:
    contact_id: strawberry.ID = strawberry.field(description="The id that it had.")


ExportContactResult = Annotated[
    ExportContactSuccess | NotPermitted | NotFound,
    union("ExportContactResult", description="Where the archive is, or what stands in the way."),
]
EraseContactResult = Annotated[
    EraseContactSuccess | NotPermitted | NotFound | InvalidInput | MustBeKept,
    union("EraseContactResult", description="That the record is gone, or why it must be kept."),
]


@strawberry.type
class WholeRecordMutations:
    @mutation("Export all that is held about a person; needs MANAGE_CONTACTS and MANAGE_ORGANIZATION.")
    @answering
    async def export_contact(self, info: Info, input: ExportContactInput) -> ExportContactResult:
        caller, services = info.context.staff, info.context.services
        contact = await export_contact(caller, decode_id_or_none(input.contact_id, "Contact"), services)
        return ExportContactSuccess(url=export_address(caller, contact, services))

    @mutation("Erase a person's record, which can't be undone; needs MANAGE_CONTACTS and MANAGE_ORGANIZATION.")
    @answering
    async def erase_contact(self, info: Info, input: EraseContactInput) -> EraseContactResult:
        await erase_contact(
            info.context.staff,
            decode_id_or_none(input.contact_id, "Contact"),
            input.reason,
            info.context.services,
        )
        return EraseContactSuccess(contact_id=input.contact_id)
