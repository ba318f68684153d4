"""Trusted documents over the whole API: in production, by POST and by socket, with our own screens among them."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from adapters.secrets import new_key
from api.app import create_app, trusted_documents
from api.schema import make_schema
from api.server.errors import UntrustedDocument
from api.server.graphql_http.body import GraphQLRequest
from api.web.operations import own_operations
from clinic.values.ports import Services
from runtime.settings import Environment, Settings
from tests.api.client import Client
from tests.api.line import STATUS, calling, serving
from tests.factories import EVERY_PERMISSION, Practice

VIEWER = "query Who { viewer { __typename } }"
MANIFEST = {"who": VIEWER, "watch": STATUS}
KEY = new_key()


def settings_with(folder: Path, environment: Environment = Environment.PRODUCTION) -> Settings:
    (folder / "app.json").write_text(json.dumps(MANIFEST))
    return Settings(environment=environment, secret_keys=(KEY,), trusted_documents=f"{folder} only")


@pytest.fixture
async def token(practice: Practice) -> str:
    return (await practice.signed_in(*EVERY_PERMISSION))[1].access_token


@pytest.fixture
async def locked(services: Services, token: str, tmp_path: Path) -> AsyncIterator[Client]:
    """Staff at an API in production that answers trusted documents only."""
    transport = httpx2.ASGITransport(create_app(settings_with(tmp_path), services), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="https://api.vestibule.example") as http:
        yield Client(http, token)


async def post(client: Client, **body: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {client.token}"}
    answer: dict[str, Any] = (await client.http.post("/graphql", json=body, headers=headers)).json()
    return answer


async def test_only_trusted_documents_are_answered(locked: Client) -> None:
    assert (await post(locked, documentId="who"))["data"] == {"viewer": {"__typename": "StaffMember"}}
    assert (await post(locked, query=VIEWER))["data"] == {"viewer": {"__typename": "StaffMember"}}
    for body in ({"query": f"{VIEWER} "}, {"documentId": "none"}, {"query": "{ __typename }"}):
        errors = (await post(locked, **body))["errors"]
        assert [error["extensions"]["code"] for error in errors] == ["UNTRUSTED_DOCUMENT"]


async def test_our_own_screens_are_trusted(locked: Client) -> None:
    who = min(text for text in own_operations() if "mustAddFactor" in text)
    assert (await post(locked, query=who))["data"]["viewer"]["__typename"] == "StaffMember"


def test_each_operation_of_our_screens_is_trusted_as_it_stands(tmp_path: Path) -> None:
    trusted = trusted_documents(settings_with(tmp_path))
    for text in own_operations():
        asked = GraphQLRequest(text, {}, None, {})
        assert trusted.resolve(asked) is asked
        with pytest.raises(UntrustedDocument):
            trusted.resolve(replace(asked, query=f"{text}\n"))


async def test_sockets_take_ids_and_refuse_the_rest(
    services: Services, practice: Practice, token: str, tmp_path: Path
) -> None:
    app = create_app(settings_with(tmp_path), services)
    async with serving(app) as address, calling(address, token) as line:
        for number, payload in enumerate([{"query": f"{STATUS} "}, {"documentId": "none"}, {"documentId": "who"}]):
            await line.say({"id": str(number), "type": "subscribe", "payload": payload})
            answer = await line.hears()
            assert (answer["type"], answer["id"]) == ("error", str(number))
            expected = "BAD_USER_INPUT" if payload == {"documentId": "who"} else "UNTRUSTED_DOCUMENT"
            assert answer["payload"][0]["extensions"]["code"] == expected
        for number, payload in enumerate([{"documentId": "watch"}, {"query": STATUS}]):
            await line.say({"id": f"on{number}", "type": "subscribe", "payload": payload})
        await line.say({"type": "ping"})
        assert await line.hears() == {"type": "pong"}


async def test_development_answers_every_document(services: Services, token: str, tmp_path: Path) -> None:
    app = create_app(settings_with(tmp_path, Environment.DEVELOPMENT), services)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="https://api.vestibule.example") as http:
        client = Client(http, token)
        assert (await post(client, query="{ viewer { __typename } }"))["data"]["viewer"]
        assert (await post(client, documentId="who"))["data"]["viewer"]


def test_the_operations_of_our_screens_are_found_and_fit_the_schema() -> None:
    queries = make_schema(introspection=False).queries
    assert len(own_operations()) > 100
    assert {text: errors for text in own_operations() if (errors := queries.validated(text))} == {}
    for part in ("createPortalAccount(", "signInStaff(", "refreshSession(", "portalStatusChanged(", "finishTotp("):
        assert any(part in text for text in own_operations()), part
