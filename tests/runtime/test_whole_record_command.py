"""`vestibule export contact`, `vestibule erase`, and the list of what may be erased, over a real database."""

import asyncio
import base64
import json
import stat
from datetime import date
from pathlib import Path

import pytest

from clinic.documents.errors import MustBeKept
from clinic.organizations.actions import NewOrganization, create_organization
from clinic.organizations.models import Organization
from clinic.records.actions.contacts import ContactFacts, create_contact
from clinic.records.models import Contact
from clinic.values.callers import SystemCaller
from clinic.work.models import AuditEvent
from runtime.cli import program as command_line
from runtime.commands.failures import CommandFailed
from runtime.database import open_database
from runtime.settings import Settings, read_settings
from runtime.wiring import build_services
from tests.factories import Practice
from tests.factories.documents import put_signed_long_ago
from tests.runtime.commands import Answer, run


@pytest.fixture
def contact_id(operator_settings: Settings) -> str:

    async def make() -> str:
        services = build_services(operator_settings)
        async with open_database(operator_settings.database_url):
            alder = await create_organization(NewOrganization(slug="alder", name="Alder Clinic"), services, by="test")
            facts = ContactFacts("Nora", "Gray", emails=["nora@example.com"])
            contact = await create_contact(SystemCaller(alder.id, "test"), facts, services)
            return base64.b64encode(f"Contact:{contact.id}".encode()).decode()

    return asyncio.run(make())


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


async def signed_document(database_url: str) -> str:
    async with open_database(database_url):
        practice = Practice(await Organization.get(), build_services(read_settings()))
        return str((await put_signed_long_ago(practice, await Contact.get())).id)


def test_signed_document_is_listed_and_erased_when_its_time_is_over(contact_id: str, sqlite_database: str) -> None:
    rule = ("organization", "update", "--organization", "alder", "--signed-retention-years")
    document_id = asyncio.run(signed_document(sqlite_database))
    listed = ("documents", "erasable", "--organization", "alder")
    assert command(*listed).output == "0 documents may be erased\n"
    erase = ("erase", "document", document_id, "--reason", "Its time is over.")
    for years, until in (("forever", None), ("100", date(2110, 3, 2))):
        command(*rule, years)
        kept = command(*erase).failure
        assert isinstance(kept, MustBeKept)
        assert (kept.reason, kept.until) == ("SIGNED_DOCUMENTS", until)
    command(*rule, "1")
    assert f"{document_id}  since 2011-03-02  Consent\n1 documents" in command(*listed).output
    [document] = command(*listed, "--json").as_json["documents"]
    assert (document["id"], document["keptUntil"], document["title"]) == (document_id, "2011-03-02", "Consent")
    assert "hold the document" in command(*erase).output
    assert command(*listed, "--json").as_json == {"documents": []}
    assert "no document" in str(command(*erase).failure)
    assert "no id of a document" in str(command("erase", "document", contact_id, "--reason", "Again.").failure)
