"""`vestibule external-id`: an operator says what other systems call a record."""

import asyncio
import json

import pytest

from api.server.relay import encode_id
from clinic.organizations.actions import NewOrganization, create_organization
from clinic.organizations.facilities import create_facility
from clinic.records.actions.contacts import ContactFacts, create_contact
from clinic.staff.actions import create_staff_member
from clinic.values.callers import SystemCaller
from clinic.values.errors import InvalidInput
from clinic.work.models import AuditEvent
from runtime.cli import program as command_line
from runtime.commands.failures import CommandFailed
from runtime.database import open_database
from runtime.settings import Settings
from runtime.wiring import build_services
from tests.runtime.commands import Answer, run

PLACES = ("--system", "urn:places", "--value")


@pytest.fixture
def contact_id(operator_settings: Settings) -> str:
    """That of a contact of Alder, which has two facilities and a staff member."""

    async def make() -> str:
        services = build_services(operator_settings)
        async with open_database(operator_settings.database_url):
            alder = await create_organization(NewOrganization(slug="alder", name="Alder Clinic"), services, by="test")
            caller = SystemCaller(alder.id, "test")
            for name in ("Riverside", "Hilltop"):
                await create_facility(caller, name, services)
            await create_staff_member(caller, name="Kim Vale", email="kim@alder.example", services=services)
            contact = await create_contact(caller, ContactFacts("Nora", "Gray"), services)
            await create_organization(NewOrganization(slug="birch", name="Birch Clinic"), services, by="test")
            return encode_id("Contact", contact.id)

    return asyncio.run(make())


def call(*words: str, of: str = "alder") -> Answer:
    return run(command_line("external-id"), "external-id", words[0], "--organization", of, *words[1:])


def test_records_of_each_kind_get_and_lose_their_numbers(contact_id: str, sqlite_database: str) -> None:
    for named in (("--facility", "Riverside"), ("--staff", "kim@alder.example"), ("--contact", contact_id)):
        assert call("add", *named, *PLACES, " r1 ").output == "urn:places  r1\n"
        again = call("add", *named, *PLACES, "r2", "--json").as_json
        assert again == {"externalIds": [{"system": "urn:places", "value": each} for each in ("r1", "r2")]}
        assert call("add", *named, *PLACES, "r2", "--json").as_json == again
        assert call("remove", *named, *PLACES, "r1").output == "urn:places  r2\n"
        assert call("list", *named).output == "urn:places  r2\n"

    async def noted() -> list[tuple[str, str]]:
        async with open_database(sqlite_database):
            events = await AuditEvent.filter(action="external_ids.set").order_by("sequence")
            return [(event.actor_kind, json.loads(event.details)["count"]) for event in events]

    assert asyncio.run(noted()) == [("system", each) for each in ("1", "2", "1") * 3]


def test_what_can_not_be_is_said_in_one_line(contact_id: str) -> None:
    place = ("--facility", "Hilltop")
    assert call("add", "--facility", "Riverside", *PLACES, "r1").exit_code == 0
    for words, told in (
        (("add", *place, *PLACES, "r1"), "another facility has this external id"),
        (("remove", *place, *PLACES, "r1"), "no such external id: see vestibule external-id list"),
        (("list", "--facility", "East"), "see vestibule facility list"),
        (("list", "--staff", "nobody@alder.example"), "see vestibule staff list"),
        (("list", "--contact", "Nora"), "this is no id of a contact"),
    ):
        answer = call(*words)
        assert isinstance(answer.failure, CommandFailed), answer
        assert told in str(answer.failure)
    assert isinstance(call("list", "--contact", contact_id, of="birch").failure, CommandFailed)
    assert isinstance(call("add", *place, "--system", "EHR", "--value", "1").failure, InvalidInput)
    for none_or_two in ((), (*place, "--staff", "kim@alder.example")):
        answer = call("list", *none_or_two)
        assert answer.exit_code == 2
        assert "name one record" in answer.errors
    assert call("list", *place).output == ""
