"""`vestibule identity-provider`: an operator sees, sets and removes a practice's own sign-in."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from tests.factories.openid_provider import CLIENT_ID, CLIENT_SECRET, served_provider
from tests.runtime.test_cli import PASSWORD, Program, refused
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


async def test_provider_is_set_changed_and_removed_and_its_secret_is_never_printed(migrated: Program) -> None:
    migrated.environment |= {"VESTIBULE_ENVIRONMENT": "test", "VESTIBULE_WEBHOOK_LOOPBACK": "allow"}
    await asyncio.to_thread(migrated.run, "organization", "create", "--slug", "alder", "--name", "Alder Clinic")
    callback = "https://api.example.org/oauth/alder/callback"
    async with served_provider(callback) as provider:
        named = ("--issuer", provider.issuer, "--client-id", CLIENT_ID)
        typed = ("identity-provider", "set", *ALDER, *named)
        first = await asyncio.to_thread(migrated.run, *typed, "--client-secret-stdin", typed=f"{CLIENT_SECRET}\n")
        assert (first.returncode, first.stderr) == (0, "")
        assert first.stdout.splitlines() == [
            f"issuer: {provider.issuer}",
            f"clientId: {CLIENT_ID}",
            "verifiedDomains: --",
            f"callbackUrl: {callback}",
        ]
        # Without a secret the stored one stays.
        domains = ("--verified-domain", "alder.example", "--verified-domain", "alder.test")
        expected = {
            "issuer": provider.issuer,
            "clientId": CLIENT_ID,
            "verifiedDomains": ["alder.example", "alder.test"],
            "callbackUrl": callback,
        }
        assert await asyncio.to_thread(migrated.answer, *typed, *domains) == expected
        assert await asyncio.to_thread(migrated.answer, "identity-provider", "show", *ALDER) == expected
    removed = migrated.answer("identity-provider", "remove", *ALDER)
    assert (removed["issuer"], removed["verifiedDomains"]) == (None, [])


def test_the_one_password_that_works_is_kept_and_the_remedy_named(migrated: Program) -> None:
    migrated.run("organization", "create", "--slug", "alder", "--name", "Alder Clinic")
    for who in ("kim", "ada"):
        named = ("--email", f"{who}@alder.example", "--name", who.title(), "--permission", "MANAGE_STAFF")
        migrated.answer("staff", "create", *ALDER, *named, "--password-stdin", typed=PASSWORD)
    with closing(sqlite3.connect(migrated.folder / "clinic.sqlite3")) as database, database:
        database.execute("UPDATE organization SET password_sign_in = 0")
        database.execute("UPDATE staff_member SET break_glass = 1 WHERE email = 'kim@alder.example'")
    kim = (*ALDER, "--email", "kim@alder.example")
    remedies = ("vestibule organization update --break-glass", "--password-sign-in")
    refused(migrated.run("staff", "disable", *kim, "--reason", "Left."), *remedies)
    refused(migrated.run("staff", "last-day", *kim, "--day", "2031-05-29"), *remedies)
    migrated.run("organization", "update", *ALDER, "--break-glass", "ada@alder.example")
    assert migrated.run("staff", "disable", *kim, "--reason", "Left.").returncode == 0
