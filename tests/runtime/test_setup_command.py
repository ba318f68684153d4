"""`vestibule setup`: an empty folder becomes a practice with an administrator; a second run changes nothing."""

import asyncio
import re
import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from clinic.organizations.models import Facility, Organization
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission
from runtime.cli import program as command_line
from runtime.commands.failures import CommandFailed
from runtime.database import open_database
from runtime.env_file import add_to, names_in
from runtime.first_run import write_settings
from runtime.settings import SettingsInvalid, load_settings, read_settings
from tests.databases import PostgresServer
from tests.runtime.commands import Answer, run

ROOT = Path(__file__).parents[2]
ALDER = ("--organization-name", "Alder Clinic", "--organization-slug", "alder", "--time-zone", "America/Boise")
PUBLIC = ("--portal-url", "https://portal.alder.example", "--api-url", "https://api.alder.example")
KIM = ("--admin-name", "Kim Vale", "--admin-email", "kim@alder.example")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    read_settings.cache_clear()
    yield tmp_path
    read_settings.cache_clear()


@pytest.fixture
def migrated(folder: Path, migrated_sqlite_file: Path) -> Path:
    """A folder whose database is migrated already, which takes a while."""
    (folder / "var").mkdir()
    shutil.copyfile(migrated_sqlite_file, folder / "var" / "vestibule.sqlite3")
    return folder


def setup(*arguments: str) -> Answer:
    return run(command_line("setup"), "setup", *arguments)


def rows(settings_folder: Path) -> dict[str, list[dict[str, Any]]]:
    async def read() -> dict[str, list[dict[str, Any]]]:
        async with open_database(load_settings(env_file=settings_folder / ".env").database_url):
            return {
                model.__name__: await model.all().order_by("id").values()
                for model in (Organization, Facility, StaffMember)
            }

    return asyncio.run(read())


def test_an_empty_folder_becomes_a_practice_with_an_administrator(folder: Path) -> None:
    done = setup(*ALDER, *KIM, *PUBLIC, "--facility", "Riverside", "--json")
    answer = done.as_json
    assert answer["organization"]["portal"] == "https://portal.alder.example/alder/"
    assert re.fullmatch(r"https://api\.alder\.example/staff/#/welcome/[\w-]{43}", answer["administrator"]["link"])
    assert [finding for finding in answer["findings"] if not finding["ok"]] == []
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder / ".env", folder / "var/signing.p12")} == {
        ".env": 0o600,
        "signing.p12": 0o600,
    }
    assert answer["settings"] == [
        "VESTIBULE_API_URL",
        "VESTIBULE_PORTAL_URL",
        "VESTIBULE_SECRET_KEYS",
        "VESTIBULE_SIGNING_PKCS12",
        "VESTIBULE_SIGNING_PASSWORD",
    ]
    found = rows(folder)
    assert [(each["name"], each["time_zone"]) for each in found["Organization"]] == [("Alder Clinic", "America/Boise")]
    assert [each["name"] for each in found["Facility"]] == ["Riverside"]
    [kim] = found["StaffMember"]
    assert set(kim["permissions"].split()) == {each.value for each in Permission}


def test_a_second_run_changes_nothing_and_prints_a_link_only_if_asked(migrated: Path) -> None:
    folder = migrated
    first = setup(*ALDER, *KIM, *PUBLIC, "--json").as_json["administrator"]["link"]
    before, settings = rows(folder), (folder / ".env").read_bytes()
    again = setup(*ALDER, *KIM, "--mail-from", "desk@alder.example")
    assert (again.failure, again.exit_code) == (None, 0)
    assert "There already: Alder Clinic." in again.output
    assert "There already: the administrator kim@alder.example." in again.output
    assert "/staff/#/" not in again.output
    once_more = setup()
    assert "nothing to add" in once_more.output
    assert (rows(folder), (folder / ".env").read_bytes()) != (before, settings), "the sender was missing"
    assert rows(folder) == before
    other = setup("--new-link", "--json").as_json["administrator"]
    assert (other["email"], other["link"] == first) == ("kim@alder.example", False)


def test_what_has_a_value_is_left_as_it_is(folder: Path) -> None:
    (folder / ".env").write_text("# ours\nVESTIBULE_PORTAL_URL=https://one.example\nVESTIBULE_SMTP_URL=\n")
    wanted = {"VESTIBULE_PORTAL_URL": "https://two.example", "VESTIBULE_SMTP_URL": "smtp://mail.example:25"}
    written = write_settings(folder / ".env", folder / ".env.owner", wanted, compose=False)
    assert written.kept == ("VESTIBULE_PORTAL_URL",)
    lines = (folder / ".env").read_text().splitlines()
    assert lines[:3] == [
        "# ours",
        "VESTIBULE_PORTAL_URL=https://one.example",
        "VESTIBULE_SMTP_URL=smtp://mail.example:25",
    ]
    assert len(lines) == 6
    assert not (folder / ".env.owner").exists()


def test_a_wrong_setting_is_named_and_nothing_is_written(folder: Path) -> None:
    refused = setup(*ALDER, *KIM, "--portal-url", "portal.example")
    assert isinstance(refused.failure, SettingsInvalid)
    assert list(refused.failure.problems) == ["VESTIBULE_PORTAL_URL"]
    assert list(folder.iterdir()) == []


def test_what_is_needed_and_not_said_is_named(migrated: Path) -> None:
    refused = setup(*KIM)
    assert isinstance(refused.failure, CommandFailed)
    assert str(refused.failure) == "say --organization-name and --organization-slug"
    refused = setup(*ALDER)
    assert str(refused.failure) == "say --admin-name and --admin-email"
    assert setup(*KIM).failure is None
    assert len(rows(migrated)["Organization"]) == 1


def test_values_are_quoted_as_every_reader_understands(folder: Path) -> None:
    file = folder / ".env"
    add_to(file, {"VESTIBULE_SMTP_URL": "smtp://me:a$b@mail.example:25", "VESTIBULE_MAIL_FROM": "a@b.example"})
    assert file.read_text() == ("VESTIBULE_SMTP_URL='smtp://me:a$b@mail.example:25'\nVESTIBULE_MAIL_FROM=a@b.example\n")
    assert names_in(file) == {"VESTIBULE_SMTP_URL", "VESTIBULE_MAIL_FROM"}
    assert setup("--compose", "--api-url", "https://a.example", "--portal-url", "https://p.example").failure is None
    refused = setup("--mail-from", "it's@b.example", "--env-file", "other.env", *ALDER, *KIM)
    assert isinstance(refused.failure, CommandFailed)


def test_compose_finds_every_setting_that_it_demands(folder: Path) -> None:
    (folder / ".env").write_text((ROOT / ".env.example").read_text())
    setup("--compose", "--api-url", "https://api.example", "--portal-url", "https://portal.example")
    compose = (ROOT / "docker-compose.yml").read_text()
    demanded = set(re.findall(r"\$\{(\w+):\?", compose))
    assert demanded - names_in(folder / ".env") == set()
    assert not (folder / "var").exists()
    passwords = re.findall(r"^(?:POSTGRES|PROGRAM)_PASSWORD=(\w+)$", (folder / ".env").read_text(), re.MULTILINE)
    assert len(set(passwords)) == 2
    # The service that may migrate is the one that `setup` runs in.
    assert "VESTIBULE_MIGRATION_DATABASE_URL" in yaml.safe_load(compose)["services"]["migrate"]["environment"]
    before = (folder / ".env").read_bytes()
    setup("--compose", "--api-url", "https://api.example", "--portal-url", "https://portal.example")
    assert (folder / ".env").read_bytes() == before


@pytest.fixture
async def role(postgres_server: PostgresServer) -> AsyncIterator[str]:
    """The owner of an empty database, who may make roles."""
    await postgres_server.run("CREATE ROLE first_run LOGIN CREATEROLE")
    await postgres_server.run("CREATE DATABASE first_run OWNER first_run")
    yield postgres_server.url("first_run").replace("//vestibule@", "//first_run@")
    await postgres_server.run("DROP DATABASE first_run WITH (FORCE)")
    await postgres_server.run("DROP ROLE IF EXISTS first_run_program")
    await postgres_server.run("DROP ROLE first_run")


async def test_on_postgresql_the_program_gets_a_role_that_owns_nothing(folder: Path, role: str) -> None:
    done = await asyncio.to_thread(setup, *ALDER, *KIM, "--owner-database-url", role, "--json")
    found = {finding["what"]: finding["detail"] for finding in done.as_json["findings"]}
    assert (found["role"], found["schema"]) == ("owns nothing", "current")
    assert names_in(folder / ".env.owner") == {"VESTIBULE_MIGRATION_DATABASE_URL"}
    assert role not in (folder / ".env").read_text()
    assert "//first_run_program:" in (folder / ".env").read_text()
