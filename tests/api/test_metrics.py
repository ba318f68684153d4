"""`GET /metrics`: who may read it, what it counts, and that nobody's name or choice of words gets into it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.secrets import new_key
from api.app import create_app
from clinic.portal_access.actions import invite_contact
from clinic.values.ports import Services
from runtime.database import open_database
from runtime.monitoring.counters import Counters
from runtime.monitoring.face import watched_pool
from runtime.settings import Environment, Settings
from tests.api.client import Client
from tests.clock import FixedClock
from tests.factories import PASSWORD, Practice
from tests.factories.metrics import metric

TOKEN = "a token of twenty characters or more"
STRANGER = ("203.0.113.7", 40000)


@asynccontextmanager
async def asking(
    services: Services, *, client: tuple[str, int] = ("127.0.0.1", 40000), **settings: object
) -> AsyncIterator[Client]:
    made = Settings(environment=Environment.TEST, secret_keys=(new_key(),), **settings)  # type: ignore[arg-type]
    transport = httpx2.ASGITransport(app=create_app(made, services), raise_app_exceptions=False, client=client)
    async with httpx2.AsyncClient(transport=transport, base_url="https://api.vestibule.example") as http:
        yield Client(http)


async def status(client: Client, **headers: str) -> int:
    return (await client.http.get("/metrics", headers=headers)).status_code


@pytest.mark.usefixtures("database")
async def test_without_a_token_only_near_addresses_are_answered(services: Services) -> None:
    async with asking(services) as near:
        assert await status(near) == 200
        # What a proxy on this machine passes on comes from anywhere.
        assert await status(near, **{"X-Forwarded-For": "127.0.0.1"}) == 403
        assert await status(near, Forwarded="for=127.0.0.1") == 403
    for address in ("::1", "::ffff:127.0.0.1"):
        async with asking(services, client=(address, 1)) as near:
            assert await status(near) == 200
    async with asking(services, client=STRANGER) as stranger:
        refused = await stranger.http.get("/metrics")
        assert refused.status_code == 403
        assert "VESTIBULE_METRICS_TOKEN" in refused.text
        assert "vestibule_" not in refused.text
    async with asking(services, client=STRANGER, trusted_proxies=("203.0.113.0/24",)) as trusted:
        assert await status(trusted) == 200


@pytest.mark.usefixtures("database")
async def test_with_a_token_everybody_needs_it(services: Services) -> None:
    async with (
        asking(services, metrics_token=TOKEN) as near,
        asking(services, client=STRANGER, metrics_token=TOKEN) as far,
    ):
        for client in (near, far):
            refused = await client.http.get("/metrics")
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
            assert await status(client, Authorization=f"Bearer {TOKEN}x") == 401
            assert await status(client, Authorization=f"Basic {TOKEN}") == 401
            assert await status(client, Authorization=f"Bearer {TOKEN}") == 200


async def test_requests_are_timed_by_root_field_and_never_by_a_made_up_name(staff: Client) -> None:
    await staff.post("query SomebodysOwnName { viewer { __typename } }")
    await staff.post("{ viewer { __typename } }")
    await staff.post("{ first: viewer { __typename } madeUpField }")
    await staff.post("{ anotherMadeUpField }")
    await staff.holding("ended").post("{ viewer { __typename } }")
    await staff.http.get("/made/up/path")

    text = (await staff.http.get("/metrics")).text

    def answered(operation: str, result: str) -> float:
        return metric(text, "vestibule_request_seconds_count", operation=operation, result=result)

    assert answered("viewer", "ok") == 2
    assert answered("viewer", "refused") == 1
    assert answered("other", "refused") == 3
    families = {family.name: family for family in text_string_to_metric_families(text)}
    operations = {sample.labels["operation"] for sample in families["vestibule_request_seconds"].samples}
    assert operations == {"viewer", "other"}


async def test_letters_seals_and_sign_ins(practice: Practice, services: Services, clock: FixedClock) -> None:
    counted = replace(services, metrics=Counters())
    contact = await practice.contact(emails=("omar.reyes@example.com",))
    await invite_contact(practice.system, contact.id, practice.services)
    clock.advance(timedelta(minutes=7))
    async with asking(counted) as client:
        await client.mutate(
            "signInPatient", {"organization": "willow-creek", "email": "nobody@example.com", "password": PASSWORD}
        )
        text = (await client.http.get("/metrics")).text

    assert metric(text, "vestibule_letters_waiting") == 1
    assert metric(text, "vestibule_letters_oldest_due_seconds") == 420
    assert metric(text, "vestibule_letters_given_up") == 0
    assert metric(text, "vestibule_seals_waiting") == 0
    assert metric(text, "vestibule_sign_ins_total", kind="patient", result="refused") == 1
    assert metric(text, "vestibule_sign_ins_total", kind="staff", result="refused") == 0
    assert metric(text, "vestibule_part_ok", part="mail") == 0  # nobody sends the letter
    assert metric(text, "vestibule_ready") == 1
    assert "omar" not in text
    assert "nobody@" not in text
    assert str(practice.organization.id) not in text
    assert "willow" not in text


async def test_without_a_database_it_says_so_and_shows_no_old_numbers(
    services: Services, fresh_database_url: str
) -> None:
    async with open_database(fresh_database_url), asking(services) as client:
        response = await client.http.get("/metrics")

    assert response.status_code == 200
    assert metric(response.text, "vestibule_ready") == 0
    assert metric(response.text, "vestibule_part_ok", part="schema") == 0
    assert "vestibule_letters_waiting" not in response.text


async def test_connections_are_seen(practice: Practice, database_kind: str) -> None:
    counters = Counters()
    async with watched_pool(counters):
        await practice.contact()
    # The first look comes with the first pause of the event loop, which a statement is.
    text = counters.exposition().decode()

    assert metric(text, "vestibule_database_connections_limit") == (10 if database_kind == "postgres" else 1)
