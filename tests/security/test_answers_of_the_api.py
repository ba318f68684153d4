"""What every answer of the API carries, whatever the address."""

import httpx2
import pytest
from starlette.applications import Starlette

from adapters.secrets import new_key
from api.app import create_app
from runtime.settings import Environment, Settings
from tests.api.client import Client
from tests.factories import Practice
from tests.security.conftest import API_URL


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/files/unknown", "/nowhere", "/graphql"])
async def test_answers_are_kept_by_nobody_and_guessed_at_by_nobody(
    practice: Practice, api: Starlette, path: str
) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=api), base_url=API_URL) as http:
        headers = (await http.get(path)).headers
    assert headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


async def test_plain_http_promises_no_encryption(practice: Practice) -> None:
    plain = Settings(environment=Environment.TEST, api_url="http://127.0.0.1:8000", secret_keys=(new_key(),))
    transport = httpx2.ASGITransport(app=create_app(plain, practice.services))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
        assert "strict-transport-security" not in (await http.get("/healthz")).headers


async def test_other_sites_may_not_read_answers(practice: Practice, stranger: Client) -> None:
    answer = await stranger.http.options(
        "/graphql", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert answer.status_code == 405
    asked = await stranger.http.post(
        "/graphql", json={"query": "{ viewer { __typename } }"}, headers={"Origin": "https://evil.example"}
    )
    assert not [name for name in (*answer.headers, *asked.headers) if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("mutation", "extra"),
    [
        ("createContact", 'organizationId: "x"'),
        ("createContact", 'pinHash: "x"'),
        ("createContact", 'portalPin: "K7MP-4TQX"'),
        ("createStaffMember", "permissions: [MANAGE_STAFF]"),
        ("createPortalAccount", 'email: "thief@example.com"'),
        ("acceptPortalInvitation", 'email: "thief@example.com"'),
    ],
)
async def test_inputs_take_only_what_they_name(staff: Client, mutation: str, extra: str) -> None:
    text = f"mutation {{ {mutation}(input: {{ {extra} }}) {{ __typename }} }}"
    answer = await staff.answer(text)
    assert "data" not in answer
    name = extra.partition(":")[0]
    assert [f"unknown field '{name}'" in error["message"] for error in answer["errors"]].count(True) == 1
