"""Pages of other origins: which of them may ask `/graphql` and for which practice, and nothing but `/graphql`."""

from collections.abc import Sequence
from typing import Any

import httpx2
import pytest

from adapters.secrets import new_key
from api.app import create_app
from api.requests.allowed_origins import READ_AGAIN_AFTER
from clinic.organizations.actions import OrganizationChanges, update_organization
from clinic.values.ports import Services
from runtime.settings import Environment, Settings
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Practice
from tests.factories.contents import nothing_changes

EHR = "https://ehr.example.org"
CHART = "https://chart.example.org"
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}
ALLOW = "access-control-allow-origin"


def asked_by(services: Services, *origins: str) -> httpx2.AsyncClient:
    """A process of its own in production, whose operator names these origins."""
    settings = Settings(environment=Environment.PRODUCTION, secret_keys=(new_key(),), cors_origins=origins)
    transport = httpx2.ASGITransport(app=create_app(settings, services))
    return httpx2.AsyncClient(transport=transport, base_url="https://api.vestibule.example")


async def lists(practice: Practice, origins: Sequence[str]) -> None:
    """The practice allows these origins and no others."""
    await update_organization(practice.system, OrganizationChanges(allowed_origins=tuple(origins)), practice.services)


async def token_at(practice: Practice) -> str:
    return (await practice.signed_in(*EVERY_PERMISSION))[1].access_token


async def asks(
    http: httpx2.AsyncClient, origin: str, token: str | None = None, query: str = "{ organization { slug } }"
) -> tuple[int, str | None, dict[str, Any]]:
    """Status, the origin that may read the answer, and the answer."""
    headers = {"Origin": origin, "Accept": "application/graphql-response+json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    answer = await http.post("/graphql", headers=headers, json={"query": query})
    return answer.status_code, answer.headers.get(ALLOW), answer.json()


async def preflight(http: httpx2.AsyncClient, origin: str) -> tuple[int, str | None]:
    answer = await http.options("/graphql", headers={"Origin": origin, **PREFLIGHT})
    return answer.status_code, answer.headers.get(ALLOW)


def code_of(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    code: str = error["extensions"]["code"]
    return code


async def test_a_named_origin_may_ask_and_never_with_cookies(practice: Practice, services: Services) -> None:
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


FOREIGN = [
    "https://evil.example.org",
    "http://ehr.example.org",
    "https://ehr.example.org:8443",
    "https://ehr.example.org.evil.example",
    "https://evil-ehr.example.org",
    "https://ehr.example.org/",
    "https://EHR.example.org",
    "null",
    "*",
    "file://",
]


@pytest.mark.parametrize("origin", FOREIGN)
async def test_any_other_origin_is_not_answered(practice: Practice, services: Services, origin: str) -> None:
    await lists(practice, [EHR])
    token = await token_at(practice)
    for http in (asked_by(services), asked_by(services, EHR)):
        assert await preflight(http, origin) == (405, None)
        status, readable_by, answer = await asks(http, origin, token)
        assert (status, readable_by, code_of(answer)) == (400, None, "FORBIDDEN")


async def test_without_any_list_nobody_is(practice: Practice, services: Services) -> None:
    http = asked_by(services)
    preflight = await http.options("/graphql", headers={"Origin": EHR, **PREFLIGHT})
    assert preflight.status_code == 405
    assert not [name for name in preflight.headers if name.startswith("access-control-")]


async def test_a_practice_names_an_origin_and_every_process_answers_it_without_a_restart(
    practice: Practice, services: Services, clock: FixedClock
) -> None:
    processes, token = [asked_by(services), asked_by(services)], await token_at(practice)
    assert [await preflight(http, EHR) for http in processes] == [(405, None)] * 2
    await lists(practice, [EHR, "https://bücher.example"])
    clock.advance(READ_AGAIN_AFTER)
    for http in processes:
        for origin in (EHR, "https://xn--bcher-kva.example"):
            assert await preflight(http, origin) == (200, origin)
            status, readable_by, answer = await asks(http, origin, token)
            assert (status, readable_by) == (200, origin)
            assert answer["data"] == {"organization": {"slug": "willow-creek"}}


async def test_an_origin_that_is_removed_is_refused_at_once(
    practice: Practice, services: Services, clock: FixedClock
) -> None:
    await lists(practice, [EHR])
    http, token = asked_by(services), await token_at(practice)
    assert (await asks(http, EHR, token))[0] == 200
    await lists(practice, [CHART])
    # The preflight is still remembered, by browsers for minutes and by this process for a second.
    change = 'mutation { createContact(input: { givenName: "Eve", familyName: "Evans" }) { __typename } }'
    async with nothing_changes():
        status, _, answer = await asks(http, EHR, token, change)
    assert (status, code_of(answer)) == (400, "FORBIDDEN")
    clock.advance(READ_AGAIN_AFTER)
    assert await preflight(http, EHR) == (405, None)
    assert await asks(http, EHR, token) == (400, None, answer)
    assert (await asks(http, EHR, token))[2]["errors"][0]["message"] == (
        "Pages of this origin may not ask for this practice. Add the origin to the practice's settings."
    )


async def test_another_practices_origin_is_refused_with_a_token_of_ours(
    practice: Practice, other_practice: Practice, services: Services
) -> None:
    await lists(practice, [EHR])
    await lists(other_practice, [CHART])
    http = asked_by(services)
    for whose, origin, other in ((practice, EHR, CHART), (other_practice, CHART, EHR)):
        token = await token_at(whose)
        assert (await asks(http, origin, token))[0] == 200
        status, readable_by, answer = await asks(http, other, token)
        assert (status, readable_by, code_of(answer)) == (400, other, "FORBIDDEN")


async def test_an_operators_origin_may_ask_for_every_practice(
    practice: Practice, other_practice: Practice, services: Services
) -> None:
    http = asked_by(services, EHR)
    for whose in (practice, other_practice):
        assert (await asks(http, EHR, await token_at(whose)))[:2] == (200, EHR)


@pytest.mark.parametrize("token", [None, "made-up"])
async def test_without_a_valid_token_a_practices_page_may_not_even_use_the_public_part(
    practice: Practice, services: Services, token: str | None
) -> None:
    await lists(practice, [EHR])
    http = asked_by(services)
    who = 'organization: "willow-creek", email: "a@b.example"'
    public = f"mutation {{ requestStaffPasswordReset(input: {{ {who} }}) {{ __typename }} }}"
    async with nothing_changes():
        for query in ("{ __typename }", "{ organization { slug } }", public):
            status, readable_by, answer = await asks(http, EHR, token, query)
            # The page can read it, and get a new token.
            assert (status, readable_by, code_of(answer)) == (401, EHR, "UNAUTHENTICATED")


async def test_our_own_pages_need_no_list_by_whichever_name(practice: Practice, services: Services) -> None:
    http, token = asked_by(services), await token_at(practice)
    assert (await asks(http, "https://api.vestibule.example", token))[0] == 200
    assert (await asks(http, "http://127.0.0.1:8000", token))[0] == 200
    # A proxy that people reach by another name, and that asks us by ours.
    for site, status in (("same-origin", 200), ("same-site", 400), ("cross-site", 400)):
        http.headers["Sec-Fetch-Site"] = site
        assert (await asks(http, "https://tunnel.example", token))[:2] == (status, None)


@pytest.mark.parametrize("path", ["/uploads", "/files/x", "/staff/", "/healthz", "/elements/v1/gallery.html"])
async def test_a_named_origin_reads_nothing_else(services: Services, path: str) -> None:
    http = asked_by(services, EHR)
    assert ALLOW not in (await http.options(path, headers={"Origin": EHR, **PREFLIGHT})).headers
    if path != "/files/x":
        assert ALLOW not in (await http.get(path, headers={"Origin": EHR})).headers
