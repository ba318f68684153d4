"""`vestibule service-account`: an operator adds, lists and ends programs' accounts."""

from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from clinic.organizations.actions import NewOrganization, create_organization
from clinic.values.errors import InvalidInput
from runtime.cli import program as command_line
from runtime.commands.failures import CommandFailed
from runtime.commands.refusal_words import refusal_words
from runtime.settings import Settings
from runtime.wiring import build_services
from tests.adapters.test_program_keys import jwks_of
from tests.runtime.commands import Answer, looking_into, run


@pytest.fixture(autouse=True)
def alder(sqlite_database: str, operator_settings: Settings) -> None:
    async def make() -> None:
        practice = NewOrganization(slug="alder", name="Alder Clinic")
        await create_organization(practice, build_services(operator_settings), by="test")

    looking_into(sqlite_database)(make)


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


def test_an_account_with_keys_has_no_secret(tmp_path: Path) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text(jwks_of(ECKey.generate_key("P-256", {"kid": "one"})))
    made = service_account("create", "--name", "Charts", "--jwks", str(keys), "--acts-for-staff").as_json
    assert (made["clientSecret"], made["signsInBy"], made["actsForStaff"]) == (None, "keys", True)

    other = service_account("rotate", made["clientId"], "--jwks-url", "https://ehr.example/keys").as_json
    assert (other["clientSecret"], other["signsInBy"]) == (None, "keys")

    keys.write_text("no keys")
    unreadable = service_account("create", "--name", "Charts", "--jwks", str(keys)).failure
    assert isinstance(unreadable, InvalidInput)
    assert refusal_words(unreadable) == 'Please correct: jwks: This is no JWK Set, such as {"keys": [...]}.'
    none = service_account("create", "--name", "Charts", "--acts-for-staff").failure
    assert isinstance(none, InvalidInput)
    assert "Only a program with keys acts for staff" in refusal_words(none)


@pytest.mark.parametrize("client_id", ["x", "sa_00000000000040008000000000000000"])
def test_what_is_not_there_is_said_in_one_line(client_id: str) -> None:
    failure = service_account("disable", client_id).failure
    assert isinstance(failure, CommandFailed)
    assert "no such account" in str(failure)
