"""Another system says how records are, and they are made so."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import union

from api.records.sync_inputs import SyncRecordsInput
from api.requests.context import Info
from api.requests.inputs import request_key
from api.requests.selected import asks_for
from api.server.fields import mutation
from api.server.relay import Node
from api.types import enums as enums
from api.types.by_id import nodes_found
from api.types.external_id import ExternalId
from api.types.sync_errors import PossibleTwin, RegisteredAddress
from api.types.user_errors import InvalidInput, NotPermitted, UserError, answering, as_member
from clinic.records.external_ids import RECORDS
from clinic.records.sync import records as core
from clinic.records.sync.actions import sync_records

# The problems of single records. They are no members of a union, so the schema is told of them.
PROBLEMS = (PossibleTwin, RegisteredAddress)


@strawberry.type(description="What became of one record.")
class SyncResult:
    external_id: ExternalId = strawberry.field(description="What your system calls it.")
    outcome: core.SyncOutcome = strawberry.field(description="What became of it, or would in a dry run.")
    node: Node | None = strawberry.field(description="The record; null if there is none, or none yet.")
    problem: UserError | None = strawberry.field(description="Why it was refused; null if it was not.")
    retryable: bool = strawberry.field(
        description="Whether the same record may go through later: a limit ends, or what it refers to arrives."
    )


@strawberry.type(description="Each record was looked at.")
class SyncRecordsSuccess:
    results: list[SyncResult] = strawberry.field(
        description="One for each record: contacts, then relationships, then appointments, in the order they came."
    )


SyncRecordsResult = Annotated[
    SyncRecordsSuccess | NotPermitted | InvalidInput,
    union("SyncRecordsResult", description="What became of each record, or why none was looked at."),
]


@strawberry.type
class SyncMutations:
    @mutation(
        "Make contacts, relationships and appointments as your system has them, found by its own numbers; needs "
        "MANAGE_CONTACTS, and WEB_PORTAL to give portal access. Each record is done or refused by itself. Sent twice, "
        "it changes nothing."
    )
    @answering
    async def sync_records(self, info: Info, input: SyncRecordsInput) -> SyncRecordsResult:
        key = request_key("syncRecords", input)
        dry_run = bool(input.dry_run)
        found = await sync_records(
            info.context.staff, input.as_request(), info.context.services, dry_run=dry_run, request_key=key
        )
        # Nobody looks at 500 records whose nodes the answer does not show.
        keys = [(_type_of(one), one.record_id) for one in found if one.record_id] if asks_for(info, "node") else []
        nodes = await nodes_found(info, keys)
        return SyncRecordsSuccess(results=[_shown(one, nodes) for one in found])


def _type_of(result: core.SyncResult) -> str:
    return RECORDS[result.kind].__name__


def _shown(result: core.SyncResult, nodes: Mapping[tuple[str, UUID], Node]) -> SyncResult:
    identifier = result.external_id
    return SyncResult(
        external_id=ExternalId(system=identifier.system, value=identifier.value),
        outcome=result.outcome,
        node=nodes.get((_type_of(result), result.record_id)) if result.record_id else None,
        problem=as_member(result.refusal) if result.refusal else None,
        retryable=result.retryable,
    )
