"""An external id as the schema shows it."""

from uuid import UUID

import strawberry

from api.requests.context import Info
from clinic.records.models import ExternalIdKind

EXTERNAL_IDS = "What other systems call this record, by system and value; none for patients."


@strawberry.type(description="What another system calls a record.")
class ExternalId:
    system: str = strawberry.field(description="Which system, as an absolute URI.")
    value: str = strawberry.field(description="The record's number there.")


async def external_ids(info: Info, kind: ExternalIdKind, record_id: UUID) -> list[ExternalId]:
    found = await info.context.loaders.external_ids.load((kind, record_id))
    return [ExternalId(system=each.system, value=each.value) for each in found]
