"""`vestibule check`: a real connection to the database, and what must not stay in production."""

import json
import shutil
from pathlib import Path

import pytest

from adapters.secrets import new_key
from tests.databases import PostgresServer
from tests.factories.keys import key_file
from tests.ports import free_port
from tests.runtime.test_cli import PUBLIC, Program

pytestmark = pytest.mark.processes


@pytest.fixture
def program(tmp_path: Path, migrated_sqlite_file: Path) -> Program:
    shutil.copyfile(migrated_sqlite_file, tmp_path / "clinic.sqlite3")
    return Program(
        tmp_path,
        SECRET_KEYS=new_key(),
        SIGNING_PKCS12=str(key_file().path),
        DATABASE_URL="sqlite://clinic.sqlite3",
        **PUBLIC,
    )


def failures(program: Program) -> dict[str, str]:
    done = program.run("check", "--json")
    assert done.returncode == 1, done.stdout
    return {finding["what"]: finding["detail"] for finding in json.loads(done.stdout) if not finding["ok"]}


def test_check_names_a_database_that_no_connection_can_be_made_to(
    program: Program, postgres_server: PostgresServer
) -> None:
    unknown_role = postgres_server.url("postgres").replace("//vestibule@", "//nobody:db-word@")
    for url in (
        f"postgres://someone:db-word@127.0.0.1:{free_port()}/clinic",
        "postgres://someone:db-word@nowhere.invalid/clinic",
        unknown_role,
    ):
        program.environment["VESTIBULE_DATABASE_URL"] = url
        found = failures(program)

        assert set(found) == {"database"}, found
        assert found["database"].startswith("the database or the network failed: ")
        assert "db-word" not in str(found)


def test_check_finds_what_must_not_stay_in_production(program: Program) -> None:
    program.environment |= {"VESTIBULE_PORTAL_URL": "http://127.0.0.1:8001"}
    assert failures(program) == {
        "addresses": (
            "VESTIBULE_PORTAL_URL is an address of this machine, which leads nobody else here: set the public one"
        )
    }
