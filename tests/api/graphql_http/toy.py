"""A small schema that can do everything wrong on purpose, served by our endpoint."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import httpx2
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from api.server import fields
from api.server.errors import Code, CodedError, Unauthenticated
from api.server.graphql_http import GraphQLEndpoint, Schema
from api.server.limits import Limits
from api.server.relay import Connection, Cursors, Node, PageSizes, connect, decode_id, encode_id, page_asked

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
SECRET = "Nora Gray, PIN K7MP4TQX"  # must never be seen in an answer or a log
PAGE_SIZES = PageSizes(default=20, maximum=100)
LIMITS = Limits(PAGE_SIZES)
PEOPLE = [(f"person {number:02}", UUID(int=number)) for number in range(30)]
PERSON_CURSORS = Cursors("people", (str, UUID))

First = Annotated[int | None, strawberry.argument(description=PAGE_SIZES.about_first)]
After = Annotated[str | None, strawberry.argument(description=PAGE_SIZES.about_after)]
Last = Annotated[int | None, strawberry.argument(description=PAGE_SIZES.about_last)]
Before = Annotated[str | None, strawberry.argument(description=PAGE_SIZES.about_before)]


@dataclass(frozen=True)
class Visitor:
    """Who is signed in; its type is all that the resolvers tell."""

    name: str


class Page(NamedTuple):
    """A page of people."""

    rows: list[tuple[str, UUID]]
    has_next: bool
    has_previous: bool


@dataclass
class Context:
    """What the toy's resolvers see and leave behind."""

    caller: Visitor | None
    started: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    counted: int = 0


Info = strawberry.Info[Context, None]


class Refusal(Enum):
    TOO_MANY = "too many"
    OTHER = "other"


class Refused(Exception):
    """What the toy raises on purpose; knows nothing of GraphQL."""

    def __init__(self, kind: Refusal, seconds: int = 90) -> None:
        self.kind = kind
        self.seconds = seconds


def refusal_of(error: BaseException) -> CodedError | None:
    match error:
        case Refused(kind=Refusal.TOO_MANY):
            return CodedError(Code.RATE_LIMITED, "Wait.", retryAfterSeconds=error.seconds)
        case Refused():
            return CodedError(Code.BAD_USER_INPUT, "Not like this.")
    return None


@strawberry.type
class Person(Node):
    name: str

    @fields.field("The same connection again, for nesting.")
    async def friends(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection["Person"]:
        return people_page(info.context, first, after, last, before)

    @fields.field("A plain list.")
    def relatives(self) -> list["Person"]:
        return []


def people_page(
    context: Context, first: int | None, after: str | None, last: int | None, before: str | None
) -> Connection[Person]:
    request = page_asked(PERSON_CURSORS, PAGE_SIZES, first, after, last, before)
    found = [
        row
        for row in PEOPLE
        if (not request.after or row > request.after) and (not request.before or row < request.before)
    ]
    rows = found[-request.limit :] if request.backwards else found[: request.limit]
    more = len(found) > request.limit
    if request.backwards:
        page = Page(rows, has_next=request.before is not None, has_previous=more)
    else:
        page = Page(rows, has_next=more, has_previous=request.after is not None)

    async def count() -> int:
        context.counted += 1
        return len(PEOPLE)

    nodes = [Person(id=strawberry.ID(encode_id("Person", key)), name=name) for name, key in page.rows]
    return connect(page, nodes, cursors=PERSON_CURSORS, sort_key=lambda row: row, count=count)


@strawberry.input
class PersonInput:
    given_name: str
    age: int = 30


@strawberry.type
class Query:
    @fields.field("Greets.")
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @fields.field("Whether a caller is known.")
    def viewer(self, info: Info) -> str | None:
        return type(info.context.caller).__name__ if info.context.caller else None

    @fields.field("A connection.")
    async def people(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Person]:
        return people_page(info.context, first, after, last, before)

    @fields.field("Several by id.")
    def nodes(self, ids: list[strawberry.ID]) -> list[Person]:
        keys = [decode_id(value, "Person", argument="ids") for value in ids]
        return [Person(id=strawberry.ID(encode_id("Person", key)), name="found") for key in keys]

    @fields.field("Fails in a nullable field.")
    async def crash(self) -> str | None:
        raise RuntimeError(SECRET) from KeyError(SECRET)

    @fields.field("Fails in a non-null field.")
    async def fatal(self) -> str:
        raise RuntimeError(SECRET)

    @fields.field("Answers what its type can't hold.")
    def number(self) -> int | None:
        return SECRET  # type: ignore[return-value]

    @fields.field("Refuses in a nullable field.")
    def refuse(self, kind: Refusal) -> str | None:
        raise Refused(kind)

    @fields.field("Refuses in a non-null field.")
    def refuse_all(self, kind: Refusal) -> str:
        raise Refused(kind)

    @fields.field("Says that the session ended meanwhile.")
    def ended(self) -> str:
        raise Unauthenticated

    @fields.field("Takes longer than anyone waits.")
    async def endless(self, info: Info) -> str:
        info.context.started.set()
        try:
            await asyncio.Event().wait()
        finally:
            info.context.cancelled.set()
        return "never"


@strawberry.type
class Mutation:
    @fields.mutation("Open to everyone.")
    def sign_in(self, password: str) -> str:
        return f"{len(password)} characters"

    @fields.mutation("Changes something.")
    def change(self, input: PersonInput) -> str:  # noqa: A002
        return input.given_name

    @fields.mutation("Throttled.")
    def throttled(self) -> str:
        raise Refused(Refusal.TOO_MANY)


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def ticks(self) -> AsyncIterator[int]:
        yield 1


async def authenticate(request: Request) -> Visitor | None:
    match request.headers.get("authorization"):
        case None:
            return None
        case "Bearer good":
            return Visitor("Nora")
        case "Bearer broken":
            raise RuntimeError(SECRET)
        case "Bearer throttled":
            raise Refused(Refusal.TOO_MANY, seconds=120)
        case _:
            raise Unauthenticated


class Toy:
    """One endpoint with its client, and the contexts it made."""

    def __init__(self, *, introspection: bool = True, explain_when_signed_out: bool = False, **options: Any) -> None:
        self.schema = Schema(
            Query, Mutation, Subscription, limits=LIMITS, refusal_of=refusal_of, introspection=introspection
        )
        self.contexts: list[Context] = []
        self.entered = asyncio.Event()
        self.endpoint = GraphQLEndpoint(
            self.schema,
            authenticate=authenticate,
            make_context=self._make_context,
            public_fields=frozenset({"signIn", "viewer"}),
            explain_when_signed_out=explain_when_signed_out,
            **options,
        )
        self.app = Starlette(routes=[Route("/graphql", self.endpoint)])
        transport = httpx2.ASGITransport(self.app)
        self.client = httpx2.AsyncClient(transport=transport, base_url="http://toy")

    async def _make_context(self, _request: Request, caller: Visitor | None) -> Context:
        self.contexts.append(Context(caller))
        self.entered.set()
        return self.contexts[-1]

    async def ask(
        self, query: str, variables: object = None, *, token: str | None = "good", accept: str = GRAPHQL, **more: object
    ) -> httpx2.Response:
        """Send an operation; signed in unless `token` is None."""
        headers = {"accept": accept} | ({} if token is None else {"authorization": f"Bearer {token}"})
        body = {"query": query, "variables": variables, **more}
        return await self.client.post("/graphql", json=body, headers=headers)

    async def send(self, content: bytes, **headers: str) -> httpx2.Response:
        """Send bytes, signed in, as JSON unless told otherwise."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        all_headers = {"authorization": "Bearer good", "accept": GRAPHQL, "content-type": JSON} | named
        return await self.client.post("/graphql", content=content, headers=all_headers)


def codes(response: httpx2.Response) -> list[str]:
    """The code of each error, having checked that the answer is one GraphQL clients understand."""
    body = response.json()
    assert isinstance(body["errors"], list)
    assert body["errors"]
    for error in body["errors"]:
        assert isinstance(error["message"], str)
        assert error["message"]
    return [error["extensions"]["code"] for error in body["errors"]]
