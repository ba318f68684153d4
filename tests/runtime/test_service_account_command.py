"""`vestibule service-account`: an operator adds, lists and ends programs' accounts."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.organizations.actions import NewOrganization, create_organization
from runtime.cli import program as command_line
from runtime.commands.failures import CommandFailed
from runtime.database import open_database
from runtime.settings import read_settings
from runtime.wiring import build_services
from tests.runtime.commands import Answer, run


@pytest.fixture(autouse=True)
def alder(sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VESTIBULE_ENVIRONMENT", "test")
    monkeypatch.setenv("VESTIBULE_DATABASE_URL", sqlite_database)
    read_settings.cache_clear()

    async def make() -> None:
        async with open_database(sqlite_database):
            practice = NewOrganization(slug="alder", name="Alder Clinic")
            await create_organization(practice, build_services(read_settings()), by="test")

    asyncio.run(make())
    yield
    read_settings.cache_clear()


def service_account(*arguments: str) -> Answer:
    return run(command_line("service-account"), "service-account", *arguments, "--organization", "alder", "--json")


def test_an_account_is_made_listed_and_ended() -> None:
    made = service_account("create", "--name", "EHR", "--permission", "VIEW_CONTACTS").as_json
    secret = made.pop("clientSecret")
    assert len(secret) == 43
    assert (made["name"], made["permissions"], made["state"]) == ("EHR", ["VIEW_CONTACTS"], "ACTIVE")

    listed = service_account("list")
    assert secret not in listed.output
    assert listed.as_json == {"serviceAccounts": [made]}

    again = service_account("rotate", made["clientId"], "--end-old-now").as_json
    assert again.pop("clientSecret") != secret
    assert again == made

    assert service_account("disable", made["clientId"]).as_json == {**made, "state": "DISABLED"}


@pytest.mark.parametrize("client_id", ["x", "sa_00000000000040008000000000000000"])
def test_what_is_not_there_is_said_in_one_line(client_id: str) -> None:
    failure = service_account("disable", client_id).failure
    assert isinstance(failure, CommandFailed)
    assert "no such account" in str(failure)
