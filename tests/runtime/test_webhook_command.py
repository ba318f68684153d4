"""`vestibule webhook`: what an operator sees of a practice's webhooks, and sends again."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.organizations.actions import NewOrganization, create_organization
from clinic.records.actions.contacts import ContactFacts, create_contact
from clinic.values.callers import SystemCaller
from clinic.webhooks.actions import create_endpoint
from clinic.webhooks.models import WebhookDelivery, WebhookDeliveryState
from runtime.cli import program as command_line
from runtime.commands.failures import CommandFailed
from runtime.database import open_database
from runtime.settings import read_settings
from runtime.wiring import build_services
from tests.runtime.commands import Answer, run

SECRET_PATH = "https://ehr.example/hooks/a-secret-path"


@pytest.fixture
def message_id(sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """That of a delivery that was given up."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VESTIBULE_ENVIRONMENT", "test")
    monkeypatch.setenv("VESTIBULE_DATABASE_URL", sqlite_database)
    read_settings.cache_clear()

    async def make() -> str:
        services = build_services(read_settings())
        async with open_database(sqlite_database):
            alder = await create_organization(NewOrganization(slug="alder", name="Alder Clinic"), services, by="test")
            caller = SystemCaller(alder.id, "test")
            await create_endpoint(caller, SECRET_PATH, ["portal_status.changed"], services)
            await create_contact(caller, ContactFacts("Nora", "Gray"), services)
            await WebhookDelivery.all().update(state=WebhookDeliveryState.FAILED)
            return (await WebhookDelivery.get()).message_id

    yield asyncio.run(make())
    read_settings.cache_clear()


def webhook(*arguments: str) -> Answer:
    return run(command_line("webhook"), "webhook", *arguments, "--organization", "alder", "--json")


def test_given_up_deliveries_are_listed_and_sent_again(message_id: str) -> None:
    listed = webhook("list").output
    assert "a-secret-path" not in listed
    [endpoint] = json.loads(listed)["endpoints"]
    assert (endpoint["host"], endpoint["state"], endpoint["waiting"], endpoint["failed"]) == (
        "ehr.example",
        "ENABLED",
        0,
        1,
    )

    assert webhook("replay", "--failed-of", endpoint["id"]).as_json == {"replayed": [message_id]}
    [endpoint] = json.loads(webhook("list").output)["endpoints"]
    assert (endpoint["waiting"], endpoint["failed"]) == (1, 0)
    assert webhook("replay", message_id).as_json == {"replayed": [message_id]}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("replay", "msg_0"), "is no webhook id"),
        (("replay", "msg_00000000000040008000000000000000"), "no such delivery"),
        (("replay", "--failed-of", "00000000-0000-4000-8000-000000000000"), "no such endpoint"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(message_id: str, arguments: tuple[str, ...], words: str) -> None:
    failure = webhook(*arguments).failure
    assert isinstance(failure, CommandFailed)
    assert words in str(failure)
