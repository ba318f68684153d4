"""A program gets a token over HTTP, and does with it what its permissions allow."""

import base64
from urllib.parse import quote

import httpx2
import pytest

from clinic.service_accounts.actions import (
    AccountWithSecret,
    NewAccount,
    create_service_account,
    disable_service_account,
)
from clinic.sessions.models import StaffSession
from clinic.throttling.throttle import MACHINE_PER_CLIENT
from clinic.values.callers import Permission, StaffCaller
from tests.api.client import Client
from tests.factories import Practice
from tests.factories.contents import nothing_changes

GRANT = {"grant_type": "client_credentials"}
CONTACTS = "{ contacts { totalCount } }"


@pytest.fixture
async def manager(practice: Practice) -> StaffCaller:
    return await practice.staff(*Permission)


@pytest.fixture
async def made(practice: Practice, manager: StaffCaller) -> AccountWithSecret:
    return await create_service_account(
        manager, NewAccount("EHR", frozenset([Permission.VIEW_CONTACTS])), practice.services
    )


def basic(client_id: str, secret: str | None) -> dict[str, str]:
    pair = f"{quote(client_id, safe='')}:{quote(secret or '', safe='')}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


async def ask(client: Client, made: AccountWithSecret, secret: str | None = None) -> httpx2.Response:
    headers = basic(made.account.row.client_id, secret or made.secret)
    return await client.http.post("/oauth/token", data=GRANT, headers=headers)


async def test_a_program_signs_in_and_asks(stranger: Client, made: AccountWithSecret) -> None:
    answer = await ask(stranger, made)

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert set(body) == {"access_token", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 900)
    machine = stranger.holding(body["access_token"])
    assert await machine.run(CONTACTS) == {"contacts": {"totalCount": 0}}


async def test_what_it_has_no_permission_for_and_sensitive_acts_are_refused(
    stranger: Client, practice: Practice, made: AccountWithSecret, manager: StaffCaller
) -> None:
    machine = stranger.holding((await ask(stranger, made)).json()["access_token"])
    strong = await create_service_account(
        manager, NewAccount("Strong", frozenset([Permission.MANAGE_ORGANIZATION])), practice.services
    )
    mighty = stranger.holding((await ask(stranger, strong)).json()["access_token"])
    endpoint = {"url": "https://ehr.example/hooks", "events": ["document.signed"]}
    async with nothing_changes():
        weak = await machine.mutate("createWebhookEndpoint", endpoint)
        sensitive = await mighty.mutate("updateOrganization", {"requireStaffSecondFactor": True})
    assert (weak["__typename"], sensitive["__typename"]) == ("NotPermitted", "FreshSignInNeeded")


async def test_unknown_client_wrong_secret_and_disabled_account_look_alike(
    stranger: Client, practice: Practice, made: AccountWithSecret, manager: StaffCaller
) -> None:
    gone = await create_service_account(manager, NewAccount("Gone", frozenset([])), practice.services)
    await disable_service_account(manager, gone.account.row.id, practice.services)
    async with nothing_changes():
        answers = [
            await ask(stranger, made, "wrong"),
            await ask(stranger, gone),
            await stranger.http.post("/oauth/token", data=GRANT, headers=basic(f"sa_{'1' * 32}", "x")),
        ]
    for answer in answers:
        assert answer.status_code == 401
        assert answer.json() == {"error": "invalid_client", "error_description": "Client id or secret is wrong."}
        assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    ("form", "error", "status"),
    [
        ({}, "invalid_request", 400),
        ({"grant_type": "password"}, "unsupported_grant_type", 400),
        ({**GRANT, "scope": "everything"}, "invalid_scope", 400),
        ({**GRANT, "client_id": "sa_another"}, "invalid_request", 400),
        ({**GRANT, "client_secret": "x"}, "invalid_request", 400),
        ({**GRANT, "more": "x" * 30_000}, "invalid_request", 413),
    ],
)
async def test_a_mistake_is_named(
    stranger: Client, made: AccountWithSecret, form: dict[str, str], error: str, status: int
) -> None:
    headers = basic(made.account.row.client_id, made.secret)
    answer = await stranger.http.post("/oauth/token", data=form, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert not await StaffSession.filter(staff_member_id=made.account.member.id).exists()


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic !!!", "Basic " + base64.b64encode(b"\xff:x").decode(), "Bearer x"]
)
async def test_no_secret_is_no_client(stranger: Client, practice: Practice, header: str) -> None:
    answer = await stranger.http.post("/oauth/token", data=GRANT, headers={"Authorization": header})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "body", [b"grant_type=client_credentials&grant_type=x", b"grant_type=%ff", b"&".join(b"a=1" for _ in range(40))]
)
async def test_a_body_that_is_no_form_is_refused(stranger: Client, made: AccountWithSecret, body: bytes) -> None:
    headers = {
        **basic(made.account.row.client_id, made.secret),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    answer = await stranger.http.post("/oauth/token", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_guesses_close_the_client_for_their_network(stranger: Client, made: AccountWithSecret) -> None:
    for _ in range(MACHINE_PER_CLIENT.limit):
        await ask(stranger, made, "wrong")
    answer = await ask(stranger, made)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["error"] == "temporarily_unavailable"


async def test_the_document_names_the_addresses_of_the_settings(stranger: Client, practice: Practice) -> None:
    answer = await stranger.http.get("/.well-known/oauth-authorization-server", headers={"Host": "evil.example"})
    issuer = practice.services.addresses.api_url
    assert answer.json()["issuer"] == issuer
    assert answer.json()["token_endpoint"] == f"{issuer}/oauth/token"
    assert answer.json()["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "private_key_jwt"]
    assert answer.json()["token_endpoint_auth_signing_alg_values_supported"] == ["ES256", "EdDSA", "Ed25519", "PS256"]
