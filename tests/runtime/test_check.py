"""`vestibule check`: a real connection to the database, and what must not stay in production."""

import json
import shutil
import sqlite3
from contextlib import closing
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


_CONTACT = """
INSERT INTO contact (id, organization_id, kind, given_name, family_name, given_key, family_key, sort_key, language,
  pin_encrypted, pin_hash, created_at, updated_at)
SELECT lower(hex(randomblob(4)) || '-0000-4000-8000-' || hex(randomblob(6))), id, 'CLIENT', 'Mia', '', 'mia', '', 'mia',
  'en', '', '', created_at, created_at
FROM organization
"""


def _portal_states(program: Program, *options: str) -> dict[str, object]:
    [found] = [one for one in json.loads(program.run("check", "--json", *options).stdout) if "portal" in one["what"]]
    return dict(found)


def test_deep_check_finds_and_mends_a_portal_state_that_is_wrong_and_migrate_stores_a_missing_one(
    program: Program,
) -> None:
    assert program.run("organization", "create", "--slug", "alder", "--name", "Alder Clinic").returncode == 0
    with closing(sqlite3.connect(program.folder / "clinic.sqlite3", isolation_level=None)) as database:
        # As a release that stored no state left it.
        database.execute(_CONTACT)
        assert program.answer("migrate")["portal_states_stored"] == 1
        assert database.execute("SELECT state FROM contact_portal_state").fetchall() == [("NO_EMAIL",)]
        database.execute("UPDATE contact_portal_state SET state = 'LINKED'")

        found = _portal_states(program, "--deep")
        assert (found["ok"], str(found["detail"]).split(",")[0]) == (False, "1 of 1 are wrong")
        assert program.run("check", "--deep").returncode == 1
        assert _portal_states(program, "--mend")["detail"] == "1 of 1 were wrong and are right now"
        assert _portal_states(program, "--deep")["detail"] == "those of 1 contacts are right"
        assert database.execute("SELECT state FROM contact_portal_state").fetchall() == [("NO_EMAIL",)]
