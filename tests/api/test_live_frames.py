"""Whatever is said on a socket, nothing breaks: each frame that is none of the protocol's ends it with its code."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.exceptions import InvalidStatus

from api.live.authenticator import StaffAuthenticator
from api.requests.allowed_origins import AllowedOrigins
from api.schema import make_schema
from api.server.graphql_ws.endpoint import MAX_PER_SESSION, MAX_UNAUTHENTICATED_PER_ADDRESS, GraphQLSockets
from api.server.relay import encode_id
from clinic.values.ports import Services
from runtime.commands.serving import SOCKETS
from tests.api.line import DOCUMENTS, PROTOCOL, STATUS, Line, calling, serving
from tests.factories import EVERY_PERMISSION, Practice
from tests.factories.contents import nothing_changes
from tests.ports import HOST

SUBSCRIBE = {"id": "1", "type": "subscribe", "payload": {"query": STATUS}}
JSON = "A message must be JSON."
OBJECT = "A message must be a JSON object."
TYPE = "A message needs a type of graphql-transport-ws."
ID = "id must be a text of 1 to 128 characters."
REQUEST = "The payload of subscribe is not a GraphQL request."
PAYLOAD = "payload must be an object or left out."

MALFORMED: list[tuple[str | bytes, str]] = [
    ("", JSON),
    ("{", JSON),
    ("nul", JSON),
    ('{"type": NaN}', JSON),
    ('{"type": 1e999}', JSON),
    ("9" * 5_000, JSON),
    ("[" * 100_000, JSON),
    ("null", OBJECT),
    ("true", OBJECT),
    ("7", OBJECT),
    ('"connection_init"', OBJECT),
    ("[]", OBJECT),
    ("{}", TYPE),
    ('{"type": null}', TYPE),
    ('{"type": ["ping"]}', TYPE),
    ('{"type": "start"}', TYPE),
    ('{"type": "next"}', TYPE),
    ('{"type": "ping", "payload": 1}', PAYLOAD),
    ('{"type": "complete"}', ID),
    ('{"type": "complete", "id": 1}', ID),
    ('{"type": "subscribe", "id": {}, "payload": {}}', ID),
    ('{"type": "subscribe", "id": "", "payload": {}}', ID),
    (json.dumps({"type": "subscribe", "id": "x" * 129, "payload": {}}), ID),
    ('{"type": "subscribe", "id": "1"}', "subscribe needs a payload with a query."),
    ('{"type": "subscribe", "id": "1", "payload": []}', PAYLOAD),
    ('{"type": "subscribe", "id": "1", "payload": {}}', REQUEST),
    ('{"type": "subscribe", "id": "1", "payload": {"query": 1}}', REQUEST),
    ('{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": []}}', REQUEST),
    ('{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": {"a": "\\u0000"}}}', REQUEST),
    ('{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "operationName": 1}}', REQUEST),
    (b'{"type": "ping"}', "A message must be text."),
]


@pytest.fixture
async def address(app: Starlette, practice: Practice) -> AsyncIterator[str]:
    async with serving(app) as address:
        yield address


@pytest.fixture
async def token(practice: Practice) -> str:
    return (await practice.signed_in(*EVERY_PERMISSION))[1].access_token


async def test_a_frame_that_is_no_message_ends_the_socket_before_and_after_the_introduction(
    address: str, token: str
) -> None:
    async with nothing_changes():
        for introduced in (None, token):
            for frame, reason in MALFORMED:
                async with calling(address, introduced) as line:
                    await line.say(frame)
                    assert await line.hears_the_end() == ([], (4400, reason)), frame[:60]


async def test_a_frame_larger_than_any_message_ends_the_socket(address: str, token: str) -> None:
    async with calling(address, token) as line:
        await line.say(json.dumps({"type": "ping", "payload": {"a": "x" * SOCKETS["ws_max_size"]}}))
        assert (await line.closed())[0] == 1009


async def test_nothing_can_be_asked_before_the_introduction_and_nobody_introduces_themselves_twice(
    address: str, token: str
) -> None:
    async with calling(address) as line:
        await line.say({"id": "1", "type": "subscribe", "payload": {"query": "not even GraphQL"}})
        assert await line.hears_the_end() == ([], (4401, "Say who you are first: connection_init."))
    async with calling(address, token) as line:
        await line.say({"type": "connection_init"})
        assert await line.closed() == (4429, "connection_init was said already.")


async def test_pings_are_answered_before_and_after(address: str, token: str) -> None:
    async with calling(address) as line:
        for message in ({"type": "ping"}, {"type": "pong"}, {"type": "ping", "payload": {"a": 1}}):
            await line.say(message)
        assert [await line.hears(), await line.hears()] == [{"type": "pong"}] * 2
        await line.say({"type": "connection_init", "payload": {"Authorization": f"bearer {token}"}})
        await line.say({"type": "ping"})
        assert [await line.hears(), await line.hears()] == [{"type": "connection_ack"}, {"type": "pong"}]


async def test_an_id_names_one_subscription_at_a_time(address: str, token: str) -> None:
    async with calling(address, token) as line:
        await line.say(SUBSCRIBE)
        await line.say(SUBSCRIBE)
        assert await line.closed() == (4409, "A subscription of this id goes on already.")


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"query": "{ viewer { __typename } }"}, "BAD_USER_INPUT", "Only subscriptions come by WebSocket."),
    ({"query": "mutation { signOut(input: {}) { __typename } }"}, "BAD_USER_INPUT", "Only subscriptions"),
    ({"query": "subscription {"}, "BAD_USER_INPUT", "Syntax Error"),
    ({"query": "subscription { nothing }"}, "BAD_USER_INPUT", "Cannot query field"),
    ({"query": "subscription { portalStatusChanged { id } documentChanged { id } }"}, "BAD_USER_INPUT", "Anonymous"),
    ({"query": f"{STATUS} {DOCUMENTS}"}, "BAD_USER_INPUT", "The document holds several operations"),
    ({"query": STATUS, "variables": {"ids": 7.5}}, "BAD_USER_INPUT", "Variable '$ids'"),
    ({"query": STATUS, "variables": {"ids": ["no id"]}}, "BAD_USER_INPUT", "This is not the id of a Contact."),
    (
        {
            "query": STATUS,
            "variables": {"ids": [encode_id("Contact", __import__("uuid").UUID(int=n)) for n in range(201)]},
        },
        "BAD_USER_INPUT",
        "Name at most 200 contacts",
    ),
    ({"query": "subscription { portalStatusChanged " + "{ a " * 20 + "}" * 20 + "}"}, "TOO_COMPLEX", "levels of"),
    ({"query": "x" * 50_001}, "TOO_COMPLEX", "at most 50000 characters"),
]


async def test_what_can_not_be_subscribed_to_is_said_and_the_socket_goes_on(address: str, token: str) -> None:
    async with nothing_changes(), calling(address, token) as line:
        for payload, code, words in REFUSED:
            await line.say({"id": "1", "type": "subscribe", "payload": payload})
            answer = await line.hears()
            assert (answer["type"], answer["id"]) == ("error", "1"), answer
            assert answer["payload"][0]["extensions"]["code"] == code, answer
            assert words in answer["payload"][0]["message"], answer


async def test_a_socket_has_at_most_a_hundred_subscriptions(address: str, token: str) -> None:
    async with calling(address, token) as line:
        for number in range(101):
            await line.say({**SUBSCRIBE, "id": str(number)})
        refused = await line.hears()
        assert (refused["type"], refused["id"]) == ("error", "100")
        assert refused["payload"][0]["message"].startswith("A socket has at most 100 subscriptions.")
        await line.say({"id": "7", "type": "complete"})
        await line.say({"type": "ping"})
        assert await line.hears() == {"type": "pong"}
        await line.say({**SUBSCRIBE, "id": "101"})
        await line.say({"type": "ping"})
        assert await line.hears() == {"type": "pong"}


async def test_a_session_has_at_most_ten_sockets(address: str, token: str) -> None:
    async with AsyncExitStack() as lines:
        for _ in range(MAX_PER_SESSION):
            await lines.enter_async_context(calling(address, token))
        one_more: Line = await lines.enter_async_context(calling(address))
        await one_more.say({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})
        assert await one_more.hears_the_end() == ([], (4429, "This session has too many sockets open."))


async def test_only_the_one_protocol_is_spoken(address: str) -> None:
    async with calling(address, protocol="graphql-ws") as line:
        assert await line.closed() == (4406, "Only graphql-transport-ws is spoken here.")


@pytest.mark.parametrize("frame", ["ping", "subscribe"])
async def test_who_reads_no_answers_is_not_listened_to_either(app: Starlette, token: str, frame: str) -> None:
    heard, unread = 0, asyncio.Event()
    hello = {"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}}

    async def receive() -> dict[str, Any]:
        nonlocal heard
        heard += 1
        await asyncio.sleep(0)
        if heard == 1:
            return {"type": "websocket.connect"}
        if heard > 2_000:
            await asyncio.Event().wait()
        said = hello if heard == 2 else {"type": frame, "id": str(heard), "payload": {"query": STATUS}}
        return {"type": "websocket.receive", "text": json.dumps(said)}

    async def send(message: Any) -> None:
        if '"pong"' in message.get("text", "") or '"error"' in message.get("text", ""):
            unread.set()
            await asyncio.Event().wait()

    headers = [(b"host", b"api.vestibule.example")]
    scope = {
        "type": "websocket",
        "path": "/graphql",
        "headers": headers,
        "subprotocols": [PROTOCOL],
        "query_string": b"",
    }
    before = len(asyncio.all_tasks())
    socket = asyncio.create_task(app({**scope, "client": (HOST, 1)}, receive, send))
    async with asyncio.timeout(10):
        await unread.wait()
        for _ in range(500):
            await asyncio.sleep(0)
    tasks = len(asyncio.all_tasks()) - before
    socket.cancel()
    await asyncio.gather(socket, return_exceptions=True)
    assert heard <= 250
    assert tasks <= 250


async def test_strangers_of_one_address_leave_room_for_those_of_others(address: str, token: str) -> None:
    async with AsyncExitStack() as lines:
        for _ in range(MAX_PER_SESSION - 1):
            await lines.enter_async_context(calling(address, token))
        async with AsyncExitStack() as strangers:
            for _ in range(MAX_UNAUTHENTICATED_PER_ADDRESS):
                await strangers.enter_async_context(calling(address))
            with pytest.raises(InvalidStatus) as refused:
                await lines.enter_async_context(calling(address))
            assert refused.value.response.status_code == 503


async def no_page(_origin: str) -> bool:
    return False


@pytest.fixture
async def small_house(practice: Practice, services: Services) -> AsyncIterator[str]:
    """A house for two, where strangers say who they are within a blink."""
    schema = make_schema(introspection=False)
    sockets = GraphQLSockets(
        schema,
        StaffAuthenticator(services, AllowedOrigins([], services)),
        make_context=lambda _: None,
        allows=no_page,
        init_limit=0.2,
        max_sockets=2,
    )
    async with serving(Starlette(routes=[WebSocketRoute("/graphql", sockets)])) as address:
        yield address


async def test_whoever_says_nothing_is_put_out_and_a_full_house_opens_again(small_house: str, token: str) -> None:
    async with calling(small_house, token), calling(small_house) as silent:
        with pytest.raises(InvalidStatus) as refused:
            async with calling(small_house):
                pass
        response = refused.value.response
        assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
        assert await silent.hears_the_end() == ([], (4408, "Nobody said connection_init in time."))
        async with asyncio.timeout(5):
            async with calling(small_house, token):
                pass
