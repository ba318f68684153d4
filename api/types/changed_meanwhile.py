"""The error for an edit of a record that somebody else changed meanwhile: who, when, what, and the record as it is."""

from datetime import datetime
from uuid import UUID

import strawberry
from strawberry.utils.str_converters import to_camel_case

from api.requests.context import Info
from api.server.fields import field
from api.server.relay import Node
from api.types.by_id import nodes_found
from api.types.user_errors import VALUES, UserError
from clinic.records import errors as core


@strawberry.type(description="A change that somebody made.")
class ChangeMade:
    at: datetime = strawberry.field(description="When.")
    by: str = strawberry.field(description="Who: the name of a staff member, or of a program of the practice.")
    fields: list[str] = strawberry.field(description="The fields that it changed, by their names in this schema.")


@strawberry.type(description="Somebody changed the record after the version you named; nothing of yours was changed.")
class ChangedMeanwhile(UserError):
    kind: strawberry.Private[str]
    record_id: strawberry.Private[UUID]
    version: int = strawberry.field(description="The record's version now: name it to save yours all the same.")
    changes: list[ChangeMade] = strawberry.field(description="The changes since your version, newest first.")

    @field("The record as it is now; null if you may not see it.")
    async def current(self, info: Info) -> Node | None:
        key = (self.kind, self.record_id)
        return (await nodes_found(info, [key])).get(key)


# The audit names columns, and the schema calls some of them otherwise.
_NAMES = {"facility_id": "facility", "staff_member_id": "staffMember"}


def _values(refusal: core.ChangedMeanwhile) -> dict[str, object]:
    changes = [
        ChangeMade(at=each.at, by=each.by, fields=[_NAMES.get(name) or to_camel_case(name) for name in each.fields])
        for each in refusal.changes
    ]
    return {"kind": refusal.kind, "record_id": refusal.record_id, "version": refusal.version, "changes": changes}


VALUES[ChangedMeanwhile] = _values
