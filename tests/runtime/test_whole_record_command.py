"""`vestibule export contact` and `vestibule erase contact`, over a real database."""

import asyncio
import base64
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.organizations.actions import NewOrganization, create_organization
from clinic.records.actions.contacts import ContactFacts, create_contact
from clinic.records.models import Contact
from clinic.values.callers import SystemCaller
from clinic.work.models import AuditEvent
from runtime.cli import program as command_line
from runtime.commands.failures import CommandFailed
from runtime.database import open_database
from runtime.settings import read_settings
from runtime.wiring import build_services
from tests.runtime.commands import Answer, run


@pytest.fixture
def contact_id(sqlite_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VESTIBULE_ENVIRONMENT", "test")
    monkeypatch.setenv("VESTIBULE_DATABASE_URL", sqlite_database)
    read_settings.cache_clear()

    async def make() -> str:
        services = build_services(read_settings())
        async with open_database(sqlite_database):
            alder = await create_organization(NewOrganization(slug="alder", name="Alder Clinic"), services, by="test")
            facts = ContactFacts("Nora", "Gray", emails=["nora@example.com"])
            contact = await create_contact(SystemCaller(alder.id, "test"), facts, services)
            return base64.b64encode(f"Contact:{contact.id}".encode()).decode()

    yield asyncio.run(make())
    read_settings.cache_clear()


def command(*arguments: str) -> Answer:
    return run(command_line(arguments[0]), *arguments)


def test_record_is_written_into_a_new_folder_that_only_this_user_reads(contact_id: str, tmp_path: Path) -> None:
    folder = tmp_path / "nora"
    done = command("export", "contact", contact_id, str(folder), "--json")
    assert set(done.as_json["files"]) == {
        *("contact.json", "contact_email.json", "contact_portal_state.json", "audit_event.json")
    }
    [row] = json.loads((folder / "contact.json").read_text())
    assert (row["given_name"], row["family_name"]) == ("Nora", "Gray")
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    again = command("export", "contact", contact_id, str(folder))
    assert isinstance(again.failure, CommandFailed)


def test_record_is_erased_with_a_reason(contact_id: str, sqlite_database: str) -> None:
    assert "Erased." in command("erase", "contact", contact_id, "--reason", "Asked for it.").output

    async def left() -> tuple[int, list[str]]:
        async with open_database(sqlite_database):
            events = await AuditEvent.all().order_by("sequence").values_list("action", flat=True)
            return await Contact.all().count(), [str(action) for action in events]

    assert asyncio.run(left()) == (0, ["organization.created", "contact.created", "contact.erased"])
    assert "no contact" in str(command("erase", "contact", contact_id, "--reason", "Again.").failure)
    assert "no id" in str(command("erase", "contact", "nonsense", "--reason", "Again.").failure)
