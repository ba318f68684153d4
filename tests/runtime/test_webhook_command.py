"""`vestibule webhook`: what an operator sees of a practice's webhooks, and sends again."""

import asyncio
import json

import pytest

from clinic.organizations.actions import NewOrganization, create_organization
from clinic.records.actions.contacts import ContactFacts, create_contact
from clinic.values.callers import SystemCaller
from clinic.webhooks.actions import create_endpoint
from clinic.webhooks.models import WebhookDelivery, WebhookDeliveryState
from runtime.cli import program as command_line
from runtime.commands.failures import CommandFailed
from runtime.database import open_database
from runtime.settings import Settings
from runtime.wiring import build_services
from tests.runtime.commands import Answer, run

SECRET_PATH = "https://ehr.example/hooks/a-secret-path"


@pytest.fixture
def message_id(operator_settings: Settings) -> str:
    """That of a delivery that was given up."""

    async def make() -> str:
        services = build_services(operator_settings)
        async with open_database(operator_settings.database_url):
            alder = await create_organization(NewOrganization(slug="alder", name="Alder Clinic"), services, by="test")
            caller = SystemCaller(alder.id, "test")
            await create_endpoint(caller, SECRET_PATH, ["portal_status.changed"], services)
            await create_contact(caller, ContactFacts("Nora", "Gray"), services)
            await WebhookDelivery.all().update(state=WebhookDeliveryState.FAILED)
            return (await WebhookDelivery.get()).message_id

    return asyncio.run(make())


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
