"""`vestibule backup`, `restore` and `resume` over real databases: what comes back, and what is refused."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from obstore.store import MemoryStore

from adapters.files import StoredFiles
from adapters.secrets import new_key
from clinic.documents.files import document_key
from clinic.documents.models import Document
from clinic.letters.delivery import deliver_due_letters
from clinic.mail.models import Letter
from clinic.portal_access.actions import invite_contact
from clinic.records.models import Contact
from clinic.values.ports import Services
from clinic.work.held import is_held
from runtime.backup.making import make_backup
from runtime.backup.restoring import restore_files
from runtime.cli import program as command_line
from runtime.commands.failures import is_expected
from runtime.database import grant_to_program, open_database, program_role_problem
from runtime.settings import read_settings
from runtime.wiring import build_services
from tests.databases import PostgresServer
from tests.factories import Mailbox, Practice, open_practice
from tests.factories.documents import put_document
from tests.factories.keys import key_file
from tests.run import Clones, name_in
from tests.runtime.commands import Answer, run

R = TypeVar("R")
ROLE = "vestibule_backup_program"


class Installation:
    """Settings, a database and a file store of their own; commands run as an operator runs them."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch

    def use(self, **settings: str) -> None:
        for name, value in settings.items():
            self._monkeypatch.setenv(f"VESTIBULE_{name}", value)
        read_settings.cache_clear()

    def command(self, *arguments: str) -> Answer:
        return run(command_line(arguments[0]), *arguments)

    def within(self, work: Callable[[Services], Awaitable[R]]) -> R:
        """Do something with the database open."""

        async def opened() -> R:
            async with open_database(read_settings().database_url):
                return await work(replace(build_services(read_settings()), mail=Mailbox()))

        return asyncio.run(opened())


@pytest.fixture
def installation(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Installation]:
    """A practice with a document and a letter that waits."""
    if database_url.startswith("postgres"):
        server: PostgresServer = request.getfixturevalue("postgres_server")
        monkeypatch.setenv("PATH", f"{server.programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    made = Installation(tmp_path, monkeypatch)
    made.use(
        ENVIRONMENT="test",
        SECRET_KEYS=new_key(),
        SIGNING_PKCS12=str(key_file().path),
        DATABASE_URL=database_url,
        FILES_URL=f"file://{tmp_path / 'store'}",
    )
    made.within(fill)
    yield made
    read_settings.cache_clear()


async def fill(services: Services) -> None:
    practice = await open_practice(services)
    contact = await practice.contact(emails=("omar@example.com",))
    await put_document(practice, contact)
    await invite_contact(practice.system, contact.id, services)


async def deliver(services: Services) -> list[str]:
    await deliver_due_letters(services, worker_name="w")
    assert isinstance(services.mail, Mailbox)
    return [letter["To"] for letter in services.mail.letters]


def elsewhere(installation: Installation, fresh_database_url: str) -> None:
    """Another machine: nothing in its database and file store, the same keys."""
    installation.use(DATABASE_URL=fresh_database_url, FILES_URL=f"file://{installation.folder / 'other'}")


def test_what_comes_back_is_whole_and_sends_nothing_until_resumed(
    installation: Installation, fresh_database_url: str
) -> None:
    made = installation.command("backup", "kept", "--json").as_json
    assert (made["rows"]["contact"], made["rows"]["letter"], made["files"], made["copied"]) == (1, 1, 1, 1)
    assert installation.command("restore", "kept", "--verify", "--json").as_json["problems"] == []

    elsewhere(installation, fresh_database_url)
    done = installation.command("restore", "kept", "--json").as_json
    assert (done["held"], done["files"], done["problems"]) == (True, 1, [])
    assert done["events"] == made["rows"]["audit_event"]

    assert installation.within(deliver) == []
    held = [line for line in installation.command("check").output.splitlines() if line.startswith("FAIL  sending")]
    assert len(held) == 1
    assert installation.command("resume", "--json").as_json == {
        "resumed": True,
        "waiting": 1,
        "givenUp": 0,
        "webhooksWaiting": 0,
        "webhooksGivenUp": 0,
    }
    assert installation.within(deliver) == ["omar@example.com"]


def test_letters_of_the_backup_are_given_up(installation: Installation, fresh_database_url: str) -> None:
    installation.command("backup", "kept", "--json")
    elsewhere(installation, fresh_database_url)
    installation.command("restore", "kept", "--json")

    assert "given up: 1 letters and 0 webhooks." in installation.command("resume", "--give-up-older").output
    assert installation.within(deliver) == []
    assert installation.command("audit", "verify").exit_code == 0


def test_only_new_files_are_copied_again(installation: Installation) -> None:
    async def one_more(services: Services) -> None:
        practice = await open_practice(services, slug="second")
        await put_document(practice, await practice.contact(), content=b"%PDF-1.7 another")

    assert installation.command("backup", "kept", "--json").as_json["copied"] == 1
    [file] = [path for path in (installation.folder / "kept" / "files").rglob("*") if path.is_file()]
    before = file.stat().st_mtime_ns
    installation.within(one_more)

    made = installation.command("backup", "kept", "--json").as_json
    assert (made["files"], made["copied"], file.stat().st_mtime_ns) == (2, 1, before)


def test_older_backups_go_with_the_files_that_only_they_had(
    installation: Installation, fresh_database_url: str
) -> None:
    """As after an erasure: the row is gone, and its file leaves with the last backup that names it."""

    async def erase(services: Services) -> None:
        await Document.all().delete()
        practice = await open_practice(services, slug="second")
        await put_document(practice, await practice.contact(), content=b"%PDF-1.7 another")

    first = installation.command("backup", "kept", "--json").as_json
    installation.within(erase)
    second = installation.command("backup", "kept", "--keep", "2", "--json").as_json
    stored = installation.folder / "kept" / "files"
    assert (second["removed"], len([path for path in stored.rglob("*") if path.is_file()])) == (0, 2)
    assert installation.command("restore", "kept", "--verify", "--backup", first["backup"]).exit_code == 0

    third = installation.command("backup", "kept", "--keep", "1", "--json").as_json
    assert (third["removed"], len([path for path in stored.rglob("*") if path.is_file()])) == (2, 1)
    assert "no such backup" in str(installation.command("restore", "kept", "--backup", first["backup"]).failure)
    elsewhere(installation, fresh_database_url)
    assert installation.command("restore", "kept", "--json").as_json["files"] == 1


def test_a_changed_byte_is_found_and_nothing_is_restored(installation: Installation, fresh_database_url: str) -> None:
    made = installation.command("backup", "kept", "--json").as_json
    kept = installation.folder / "kept"
    [database] = (kept / made["backup"]).glob("database.*")
    [file] = [path for path in (kept / "files").rglob("*") if path.is_file()]
    elsewhere(installation, fresh_database_url)
    for changed in (database, file):
        content = changed.read_bytes()
        changed.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        found = installation.command("restore", "kept", "--verify")
        assert (found.exit_code, f"{changed.name} was changed" in found.output) == (1, True)
        assert "was changed" in str(installation.command("restore", "kept").failure)
        changed.write_bytes(content)
    manifest = kept / made["backup"] / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"contact": 1', '"contact": 2'))
    assert "the manifest was changed" in str(installation.command("restore", "kept").failure)
    assert not (installation.folder / "other").exists()


def test_without_its_keys_nothing_is_restored(installation: Installation, fresh_database_url: str) -> None:
    made = installation.command("backup", "kept", "--json").as_json
    elsewhere(installation, fresh_database_url)
    right = os.environ["VESTIBULE_SECRET_KEYS"]
    installation.use(SECRET_KEYS=new_key())
    refusal = installation.command("restore", "kept").failure
    assert refusal is not None
    assert is_expected(refusal)
    assert made["secretKeys"][0] in str(refusal)
    installation.use(SECRET_KEYS=right, SIGNING_PKCS12="nowhere.p12")
    assert made["sealKey"] in str(installation.command("restore", "kept").failure)
    assert installation.command("restore", "kept", "--without-seal-key", "--json").as_json["problems"] == []


def test_no_key_lies_in_a_backup_and_nobody_else_reads_it(installation: Installation) -> None:
    installation.command("backup", "kept")
    files = [path for path in (installation.folder / "kept").rglob("*") if path.is_file()]
    assert files
    key = os.environ["VESTIBULE_SECRET_KEYS"].encode()
    assert not [path for path in files if key in path.read_bytes()]
    folders = [path for path in (installation.folder / "kept").iterdir() if path.is_dir()]
    assert {path.stat().st_mode & 0o077 for path in (installation.folder / "kept", *folders)} == {0}


def test_a_database_with_tables_is_not_restored_into(installation: Installation) -> None:
    installation.command("backup", "kept")
    assert "not empty" in str(installation.command("restore", "kept").failure)

    async def state(_: Services) -> tuple[bool, int]:
        return await is_held(), await Letter.all().count()

    assert installation.within(state) == (False, 1)


def test_a_lost_file_is_named_and_the_rest_is_kept(installation: Installation, fresh_database_url: str) -> None:
    shutil.rmtree(installation.folder / "store")
    made = installation.command("backup", "kept")
    assert (made.exit_code, "is not in the file store" in made.errors) == (1, True)
    elsewhere(installation, fresh_database_url)
    restored = installation.command("restore", "kept")
    assert (restored.exit_code, "had lost" in restored.output) == (0, True)


def test_files_go_from_one_object_store_to_another(installation: Installation) -> None:
    async def there_and_back(services: Services) -> None:
        services = replace(services, files=StoredFiles(MemoryStore()))
        practice = await open_practice(services, slug="second")
        document = await put_document(practice, await practice.contact(), content=b"%PDF-1.7 another")
        key = document_key(document.organization_id, document.sha256)
        made = await make_backup(read_settings(), services, installation.folder / "kept", lambda *_: None)
        assert list(made.backup.manifest.files) == [key]
        other = StoredFiles(MemoryStore())
        await restore_files(made.backup, other, lambda *_: None)
        assert await other.get(key) == b"%PDF-1.7 another"

    installation.within(there_and_back)


def test_what_is_written_meanwhile_is_in_it_whole_or_not_at_all(
    installation: Installation, fresh_database_url: str
) -> None:
    """Contacts with documents are made all the while; the copy holds each with its file and its audit events."""
    begun, over = asyncio.Event(), asyncio.Event()

    async def write(practice: Practice) -> None:
        number = 0
        while not over.is_set():
            contact = await practice.contact()
            await put_document(practice, contact, content=b"%%PDF-1.7 number %d" % number)
            number += 1
            if number == 5:
                begun.set()

    async def under_load(services: Services) -> int:
        practice = await open_practice(services, slug="busy")
        writing = asyncio.create_task(write(practice))
        await begun.wait()
        await make_backup(read_settings(), services, installation.folder / "kept", lambda *_: None)
        over.set()
        await writing
        return await Contact.all().count()

    written = installation.within(under_load)
    elsewhere(installation, fresh_database_url)
    done = installation.command("restore", "kept", "--json").as_json
    [manifest] = (installation.folder / "kept").glob("*/manifest.json")
    rows = json.loads(manifest.read_text())["rows"]
    assert done["problems"] == []
    assert 6 <= rows["contact"] <= written

    async def restored(services: Services) -> tuple[int, list[Document]]:
        documents = await Document.all()
        stored = [await services.files.exists(document_key(each.organization_id, each.sha256)) for each in documents]
        assert all(stored)
        return await Contact.all().count(), documents

    contacts, documents = installation.within(restored)
    assert (contacts, len(documents)) == (rows["contact"], rows["document"])


@pytest.fixture
async def two_roles(clones: Clones, postgres_server: PostgresServer, fresh_postgres: str) -> AsyncIterator[list[str]]:
    """A migrated database and an empty one, each as its owner and as the program's role, which the first grants."""
    owner_url = await clones.postgres()
    urls = [owner_url, _as_program(owner_url), fresh_postgres, _as_program(fresh_postgres)]
    await grant_to_program(urls[0], urls[1])
    yield urls
    await postgres_server.run(f"DROP DATABASE {name_in(owner_url)} WITH (FORCE)")
    connection = await postgres_server.connect(name_in(fresh_postgres))
    await connection.execute(f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}")
    await connection.close()


def _as_program(url: str) -> str:
    return url.replace("//vestibule@", f"//{ROLE}:secret@")


def test_the_programs_role_backs_up_and_gets_its_rights_in_the_copy(
    two_roles: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_server: PostgresServer
) -> None:
    _, source, fresh_owner, fresh = two_roles
    monkeypatch.setenv("PATH", f"{postgres_server.programs}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    made = Installation(tmp_path, monkeypatch)
    made.use(ENVIRONMENT="test", SECRET_KEYS=new_key(), SIGNING_PKCS12=str(key_file().path), DATABASE_URL=source)
    made.within(fill)
    assert made.command("backup", "kept", "--json").as_json["rows"]["contact"] == 1

    made.use(DATABASE_URL=fresh, MIGRATION_DATABASE_URL=fresh_owner)
    assert made.command("restore", "kept", "--json").as_json["problems"] == []

    async def problem(_: Services) -> str | None:
        return await program_role_problem()

    assert made.within(problem) is None
    assert made.command("resume", "--json").as_json["waiting"] == 1
    read_settings.cache_clear()
