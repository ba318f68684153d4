"""`vestibule identity-provider`: an operator sees, sets and removes a practice's own sign-in."""

import pytest

from tests.runtime.test_cli import Program, refused
from tests.runtime.test_cli import migrated as migrated
from tests.runtime.test_cli import program as program

pytestmark = pytest.mark.processes

ALDER = ("--organization", "alder")


def test_provider_is_shown_and_what_is_wrong_with_one_is_said(migrated: Program) -> None:
    migrated.run("organization", "create", "--slug", "alder", "--name", "Alder Clinic")
    assert migrated.answer("identity-provider", "show", *ALDER) == {
        "issuer": None,
        "clientId": None,
        "verifiedDomains": [],
        "callbackUrl": "https://api.example.org/oauth/alder/callback",
    }
    shared = ("--issuer", "https://login.microsoftonline.com/common/v2.0", "--client-id", "vestibule")
    refused(migrated.run("identity-provider", "set", *ALDER, *shared), "your own tenant's")
    refused(migrated.run("identity-provider", "remove", *ALDER), "no sign-in provider")
