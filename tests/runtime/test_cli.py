"""The program as scripts see it: what it prints, where, and how it exits."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from adapters.secrets import new_key
from runtime.cli import COMMANDS
from tests import preloaded
from tests.factories.keys import key_file, key_file_ending
from tests.ports import free_port

pytestmark = pytest.mark.processes

PASSWORD = "lantern orchard kettle 41"
PUBLIC = {"API_URL": "https://api.example.org", "PORTAL_URL": "https://portal.example.org"}


class Program:
    """`vestibule` in an empty folder, with only the settings given."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        others = {name: value for name, value in os.environ.items() if not name.startswith("VESTIBULE_")}
        self.environment = others | {f"VESTIBULE_{name}": value for name, value in settings.items()}

    def command(self, *arguments: str) -> list[str]:
        return [str(Path(sys.executable).with_name("vestibule")), *arguments]

    def run(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Forked from a process that has loaded all commands."""
        return preloaded.run(arguments, self.environment, typed=typed, folder=self.folder)

    def run_installed(self, *arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """The installed command itself, which loads what it needs: each command is run so at least once."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def start_forked(self, log: Path, *arguments: str) -> preloaded.StartedProgram:
        """Forked, as `run` does; what it says goes to `log`."""
        with log.open("ab") as said, Path(os.devnull).open("rb") as nothing:
            streams = (nothing.fileno(), said.fileno(), said.fileno())
            return preloaded.start(arguments, self.environment, streams, self.folder)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """The installed command."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def answer(self, *arguments: str, typed: str = "") -> Any:
        done = self.run(*arguments, "--json", typed=typed)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(
        tmp_path,
        SECRET_KEYS=new_key(),
        SIGNING_PKCS12=str(key_file().path),
        DATABASE_URL="sqlite://clinic.sqlite3",
        **PUBLIC,
    )


@pytest.fixture
def migrated(program: Program, migrated_sqlite_file: Path) -> Program:
    shutil.copyfile(migrated_sqlite_file, program.folder / "clinic.sqlite3")
    return program


def refused(done: subprocess.CompletedProcess[str], *words: str) -> None:
    """Exit 1, nothing on standard output, one line that says why."""
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("vestibule: ")
    assert not [word for word in words if word not in done.stderr], done.stderr


def test_help_names_every_command(program: Program) -> None:
    done = program.run_installed("--help")

    assert done.returncode == 0
    assert not [command for command in COMMANDS if f"  {command} " not in done.stdout]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    command = COMMANDS[name]
    loaded = getattr(import_module(command.module), command.name)
    help_text = loaded.info.help if isinstance(loaded, typer.Typer) else loaded.__doc__
    assert str(help_text).startswith(command.summary)


def test_libraries_are_loaded_by_the_commands_that_need_them() -> None:
    """They take a second, which help and wrong usage need not pay."""
    code = (
        "import sys, runtime.cli; runtime.cli.program(None); "
        "print([name for name in ('tortoise', 'pydantic', 'uvicorn', 'starlette') if name in sys.modules]); "
        "import runtime.commands.serving; "
        "print([name for name in ('reportlab', 'PIL', 'pyhanko', 'aiosmtpd') if name in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == "[]\n[]\n"


@pytest.mark.parametrize("arguments", [("nonsense",), ("api", "--port", "x"), ("organization", "create"), ("api", "7")])
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...], program: Program) -> None:
    done = program.run(*arguments)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["migrate", "api", "portal", "worker"])
def test_production_without_secret_keys_does_not_start(command: str, tmp_path: Path) -> None:
    program = Program(tmp_path)
    # The others are started as installed in test_cli_servers.py, where they answer.
    run = program.run_installed if command == "migrate" else program.run
    refused(run(command), "VESTIBULE_SECRET_KEYS")
    assert list(tmp_path.iterdir()) == []


def test_migrating_twice_says_so(program: Program) -> None:
    begun = program.run("migrate", "--json")
    first, second = json.loads(begun.stdout), program.answer("migrate")

    assert begun.stderr.splitlines()[0] == f"migration 1 of {len(first['applied'])}: 0001_tables"
    assert first["applied"][0] == "0001_tables"
    assert second == {"applied": [], "vouched": [], "portal_states_stored": 0, "role": None}


def test_three_migrations_at_once_all_succeed(program: Program) -> None:
    with ThreadPoolExecutor(3) as started:
        answers = list(started.map(program.answer, ["migrate"] * 3))

    assert sorted(bool(answer["applied"]) for answer in answers) == [False, False, True]


def test_a_tenant_and_its_staff_are_made(migrated: Program) -> None:
    made = migrated.answer(
        *("organization", "create", "--slug", "alder", "--name", "Alder Clinic"),
        *("--facility", "North", "--facility", "South"),
    )
    staff = migrated.answer(
        *("staff", "create", "--organization", "alder", "--email", "kim@alder.example", "--name", "Kim Vale"),
        *("--permission", "WEB_PORTAL", "--password-stdin"),
        typed=PASSWORD + "\n",
    )

    assert made["portal"] == "https://portal.example.org/alder/"
    assert staff["permissions"] == ["WEB_PORTAL"]


def test_staff_have_no_permission_unless_named(migrated: Program) -> None:
    migrated.run("organization", "create", "--slug", "alder", "--name", "Alder Clinic")
    arguments = ("staff", "create", "--organization", "alder", "--email", "kim@alder.example", "--name", "Kim Vale")

    assert migrated.answer(*arguments, "--password-stdin", typed=PASSWORD)["permissions"] == []


def test_a_slug_is_given_once(migrated: Program) -> None:
    arguments = ("organization", "create", "--slug", "alder", "--name", "Alder Clinic")
    assert migrated.run(*arguments).returncode == 0

    refused(migrated.run_installed(*arguments), "slug")


def test_staff_of_an_unknown_practice_are_refused(migrated: Program) -> None:
    arguments = ("staff", "create", "--organization", "nowhere", "--email", "kim@alder.example", "--name", "Kim Vale")
    refused(migrated.run_installed(*arguments, "--password-stdin", typed=PASSWORD), "nowhere")


def test_a_weak_password_is_refused_without_being_shown(migrated: Program) -> None:
    migrated.run("organization", "create", "--slug", "alder", "--name", "Alder Clinic")
    arguments = ("staff", "create", "--organization", "alder", "--email", "kim@alder.example", "--name", "Kim Vale")
    done = migrated.run(*arguments, "--password-stdin", typed="hunter2\n")

    refused(done)
    assert "hunter2" not in done.stderr


def test_what_is_no_delivery_status_is_said_in_one_line(migrated: Program) -> None:
    done = migrated.run_installed("bounce", typed="Subject: I am on holiday\n\nBack on Monday.\n")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "vestibule: This is no delivery-status message about the failure of a letter of ours. Nothing was changed.\n"
    )


def test_the_demo_practice_is_refused_in_production(migrated: Program) -> None:
    refused(migrated.run_installed("seed", "demo"), "VESTIBULE_ENVIRONMENT")


def test_a_database_that_is_down_is_said_in_one_line(tmp_path: Path) -> None:
    program = Program(
        tmp_path, SECRET_KEYS=new_key(), DATABASE_URL=f"postgres://someone:db-word@127.0.0.1:{free_port()}/clinic"
    )
    done = program.run("migrate")

    refused(done)
    assert "db-word" not in done.stderr


def test_check_finds_nothing_wrong_with_a_sound_machine(migrated: Program) -> None:
    findings = migrated.answer("check")

    assert [finding["what"] for finding in findings] == [
        *("settings", "addresses", "database", "clock", "power cut", "schema", "role", "secret keys", "sending"),
        *("mail server", "file store", "signing key", "PDF box"),
    ]
    assert all(finding["ok"] for finding in findings)


def test_check_tells_an_empty_database_from_a_current_one(program: Program) -> None:
    done = program.run_installed("check", "--json")

    assert done.returncode == 1
    assert [finding["what"] for finding in json.loads(done.stdout) if not finding["ok"]] == ["schema"]


def test_check_names_a_mail_server_that_does_not_answer(tmp_path: Path) -> None:
    program = Program(
        tmp_path,
        SECRET_KEYS=new_key(),
        SIGNING_PKCS12=str(key_file().path),
        DATABASE_URL="sqlite://clinic.sqlite3",
        SMTP_URL=f"smtp://127.0.0.1:{free_port()}",
        **PUBLIC,
    )
    program.run("migrate")
    done = program.run("check")

    assert done.returncode == 1
    assert [line.split()[:2] for line in done.stdout.splitlines() if line.startswith("FAIL")] == [["FAIL", "mail"]]


def test_check_names_a_missing_signing_key(migrated: Program) -> None:
    del migrated.environment["VESTIBULE_SIGNING_PKCS12"]
    done = migrated.run("check")

    assert done.returncode == 1
    failures = [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
    assert failures == ["FAIL  signing key   there is no signing key: set VESTIBULE_SIGNING_PKCS12"]


def test_check_warns_of_a_signing_certificate_that_ends_soon(migrated: Program) -> None:
    migrated.environment["VESTIBULE_SIGNING_PKCS12"] = str(key_file_ending(timedelta(days=12, hours=1)).path)
    [finding] = [each for each in migrated.answer("check") if each["what"] == "signing key"]

    assert finding == {"what": "signing key", "ok": True, "detail": "CN=Ending signs, but expires in 12 days"}


def test_check_names_every_wrong_setting(tmp_path: Path) -> None:
    done = Program(tmp_path, SECRET_KEYS="short", API_URL="nowhere").run("check")

    assert done.returncode == 1
    assert "VESTIBULE_SECRET_KEYS" in done.stdout
    assert "VESTIBULE_API_URL" in done.stdout


def test_documents_are_rechecked(migrated: Program) -> None:
    done = migrated.run_installed("documents", "recheck")
    assert (done.returncode, done.stdout, done.stderr) == (0, "0 documents compared, 0 with a finding\n", "")
    refused(migrated.run("documents", "recheck", "--organization", "nowhere"), "nowhere")
