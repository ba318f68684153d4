"""`node` and `nodes`: any record by its global id, with the same rules as everywhere else."""

from typing import Annotated

import strawberry

from api.requests.context import Info
from api.requests.paging import PAGE_SIZES
from api.server.errors import BadUserInput
from api.server.fields import field
from api.server.relay import Node, split_id
from api.types.by_id import NODE_TYPES, nodes_found
from api.types.graph import Contact

NodeId = Annotated[strawberry.ID, strawberry.argument(description="A global id.")]
NodeIds = Annotated[list[strawberry.ID], strawberry.argument(description="Up to 100 global ids.")]


@strawberry.type
class NodeQueries:
    @field("Any record by its id; null for one that is not there for you.")
    async def node(self, info: Info, id: NodeId) -> Node | None:
        wanted = split_id(id, *NODE_TYPES, argument="id")
        found = (await nodes_found(info, [wanted])).get(wanted)
        if isinstance(found, Contact):
            info.context.note_opening(wanted[1])
        return found

    @field("Several records by their ids, in that order; null for each that is not there for you.")
    async def nodes(self, info: Info, ids: NodeIds) -> list[Node | None]:
        if len(ids) > PAGE_SIZES.maximum:
            raise BadUserInput(f"Ask for at most {PAGE_SIZES.maximum} records at once.", "ids")
        wanted = [split_id(value, *NODE_TYPES, argument="ids") for value in ids]
        found = await nodes_found(info, wanted)
        return [found.get(item) for item in wanted]
