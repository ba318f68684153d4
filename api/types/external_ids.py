"""External ids as the schema shows and takes them, and the error for one that another record has."""

from uuid import UUID

import strawberry

from api.requests.context import Info
from api.server.fields import field
from api.server.relay import Node
from api.types.by_id import nodes_found
from api.types.user_errors import VALUES, UserError
from clinic.records import errors as core
from clinic.records.external_ids import Identifier


@strawberry.input(description="What another system calls a record.")
class ExternalIdInput:
    system: str = strawberry.field(
        description="Which system, as an absolute URI such as urn:oid:2.16.840.1 or https://ehr.example/patients."
    )
    value: str = strawberry.field(description="The record's number there; upper case and leading zeros count.")

    def as_identifier(self) -> Identifier:
        return Identifier(self.system, self.value)


@strawberry.type(description="Another record of the same kind has this external id.")
class ExternalIdTaken(UserError):
    kind: strawberry.Private[str]
    record_id: strawberry.Private[UUID]
    path: str = strawberry.field(description="The input that named it.")

    @field("The record that has it; null if you may not see it.")
    async def holder(self, info: Info) -> Node | None:
        key = (self.kind, self.record_id)
        return (await nodes_found(info, [key])).get(key)


def _values(refusal: core.ExternalIdTaken) -> dict[str, object]:
    return {"kind": refusal.record_kind, "record_id": refusal.record_id, "path": refusal.field}


VALUES[ExternalIdTaken] = _values
