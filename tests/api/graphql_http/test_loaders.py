"""A field that fails must not take down the fields that wait for the same batch (`stack.md` §1, defect 3)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
import strawberry
from starlette.requests import Request
from strawberry.dataloader import DataLoader

from api.server import fields
from api.server.graphql_http import GraphQLEndpoint, Schema
from api.server.loaders import Loader
from tests.api.graphql_http.toy import GRAPHQL, LIMITS, codes


@dataclass
class Batches:
    """A batch that is being read when the field beside it fails, and ends once that field's group is cancelled."""

    make: Callable[[Callable[[list[int]], Awaitable[Sequence[str]]]], Any]
    reading: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    keys: list[list[int]] = field(default_factory=list)
    loader: Any = None

    def __post_init__(self) -> None:
        self.loader = self.make(self.read)

    async def read(self, keys: list[int]) -> list[str]:
        self.keys.append(keys)
        self.reading.set()
        await self.cancelled.wait()
        return [f"row {key}" for key in keys]


Info = strawberry.Info[Batches, None]


@strawberry.type
class Group:
    @fields.field("Fails while the batch is being read.")
    async def bad(self, info: Info) -> str:
        await info.context.reading.wait()
        raise RuntimeError("bad")

    @fields.field("Waits for the batch, and is cancelled.")
    async def row(self, info: Info, key: int) -> str:
        try:
            return str(await info.context.loader.load(key))
        finally:
            info.context.cancelled.set()


@strawberry.type
class Query:
    @fields.field("A group whose other field fails.")
    def group(self) -> Group | None:
        return Group()

    @fields.field("Waits for the same batch.")
    async def row(self, info: Info, key: int) -> str:
        return str(await info.context.loader.load(key))


SCHEMA = Schema(Query, limits=LIMITS)
QUERY = "{group{row(key:1) bad} row(key:1)}"


async def test_stock_loader_lets_the_cancellation_out_of_execute() -> None:
    with pytest.raises(asyncio.CancelledError):
        await SCHEMA.execute(QUERY, context_value=Batches(lambda read: DataLoader(load_fn=read)))


async def test_our_loader_gives_partial_data() -> None:
    context = Batches(Loader)
    result = await SCHEMA.execute(QUERY, context_value=context)
    assert result.data == {"group": None, "row": "row 1"}
    assert [error.path for error in result.errors or []] == [["group", "bad"]]
    assert context.keys == [[1]]


async def test_over_http_it_is_an_ordinary_partial_answer_and_the_next_request_is_fine() -> None:
    async def authenticate(_request: Request) -> Any:
        return "somebody"

    async def make_context(_request: Request, _caller: object) -> Batches:
        return Batches(Loader)

    endpoint = GraphQLEndpoint(
        SCHEMA,
        authenticate=authenticate,
        make_context=make_context,
        public_fields=frozenset(),
        explain_when_signed_out=False,
    )
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(endpoint), base_url="http://toy") as client:
        requests = [client.post("/", json={"query": QUERY}, headers={"accept": GRAPHQL}) for _ in range(5)]
        for response in await asyncio.gather(*requests):
            assert (response.status_code, codes(response)) == (200, ["INTERNAL"])
            assert response.json()["data"] == {"group": None, "row": "row 1"}


async def test_keys_of_one_turn_are_read_together_and_once() -> None:
    read: list[list[int]] = []

    async def load(keys: list[int]) -> list[str | BaseException]:
        read.append(keys)
        return [KeyError(key) if key == 13 else str(key) for key in keys]

    loader = Loader(load)
    assert await loader.load_many([1, 2, 1]) == ["1", "2", "1"]
    assert tuple(await asyncio.gather(loader.load(2), loader.load(3))) == ("2", "3")
    assert read == [[1, 2], [3]]
    with pytest.raises(KeyError):
        await loader.load(13)
    loader.clear()
    assert await loader.load(1) == "1"
    assert read == [[1, 2], [3], [13], [1]]
