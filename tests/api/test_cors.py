"""Pages of other origins: none may ask `/graphql` unless it is named, and nothing but `/graphql`."""

import httpx2
import pytest

from adapters.secrets import new_key
from api.app import create_app
from clinic.values.ports import Services
from runtime.settings import Environment, Settings

EHR = "https://ehr.example.org"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}
ALLOW = "access-control-allow-origin"


def asked_by(services: Services, *origins: str) -> httpx2.AsyncClient:
    settings = Settings(environment=Environment.PRODUCTION, secret_keys=(new_key(),), cors_origins=origins)
    transport = httpx2.ASGITransport(app=create_app(settings, services))
    return httpx2.AsyncClient(transport=transport, base_url="https://api.vestibule.example")


async def test_a_named_origin_may_ask_and_never_with_cookies(services: Services) -> None:
    http = asked_by(services, EHR)
    preflight = await http.options("/graphql", headers={"Origin": EHR, **PREFLIGHT})
    assert preflight.status_code == 200
    assert preflight.headers[ALLOW] == EHR
    assert preflight.headers["access-control-allow-methods"] == "POST"
    assert "Authorization" in preflight.headers["access-control-allow-headers"]
    assert preflight.headers["access-control-max-age"] == "600"
    assert "access-control-allow-credentials" not in preflight.headers
    answer = await http.post("/graphql", headers={"Origin": EHR}, json={"query": "{ organization { name } }"})
    assert (answer.status_code, answer.headers[ALLOW]) == (401, EHR)
    assert "origin" in answer.headers["vary"].lower()
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.org",
        "http://ehr.example.org",
        "https://ehr.example.org:8443",
        "https://ehr.example.org.evil.example",
        "https://evil-ehr.example.org",
        "null",
    ],
)
async def test_any_other_origin_is_not_answered(services: Services, origin: str) -> None:
    http = asked_by(services, EHR)
    preflight = await http.options("/graphql", headers={"Origin": origin, **PREFLIGHT})
    assert preflight.status_code == 400
    assert ALLOW not in preflight.headers
    answer = await http.post("/graphql", headers={"Origin": origin}, json={"query": "{ __typename }"})
    assert ALLOW not in answer.headers


async def test_without_the_setting_nobody_is(services: Services) -> None:
    http = asked_by(services)
    preflight = await http.options("/graphql", headers={"Origin": EHR, **PREFLIGHT})
    assert preflight.status_code == 405
    assert not [name for name in preflight.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", ["/uploads", "/files/x", "/staff/", "/healthz", "/elements/v1/gallery.html"])
async def test_a_named_origin_reads_nothing_else(services: Services, path: str) -> None:
    http = asked_by(services, EHR)
    assert ALLOW not in (await http.options(path, headers={"Origin": EHR, **PREFLIGHT})).headers
    if path != "/files/x":
        assert ALLOW not in (await http.get(path, headers={"Origin": EHR})).headers
