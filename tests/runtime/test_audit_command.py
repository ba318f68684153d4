"""`vestibule audit`, as an operator and a nightly script meet it."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from adapters.secrets import new_key
from tests.run import alone
from tests.runtime.test_cli import PASSWORD, Program, refused

pytestmark = pytest.mark.processes


DATABASE, SECRET_KEY = "clinic.sqlite3", "secret.key"


@pytest.fixture(scope="session")
def two_practices(run_folder: Path, migrated_sqlite_file: Path) -> Path:
    """A folder with a database of two practices and the key of their audit chains, made once a run."""
    folder = run_folder / "audited-practices"
    with alone(run_folder, "audited") as noted:
        if not noted.exists():
            folder.mkdir()
            shutil.copyfile(migrated_sqlite_file, folder / DATABASE)
            (folder / SECRET_KEY).write_text(new_key())
            program = program_in(folder, folder)
            for slug, places in (("alder", ("North", "South")), ("birch", ())):
                facilities = [part for place in places for part in ("--facility", place)]
                program.answer("organization", "create", "--slug", slug, "--name", slug.title(), *facilities)
            noted.touch()
    return folder


def program_in(folder: Path, practices: Path) -> Program:
    """The program in `folder`, with the key under which the practices were made."""
    return Program(folder, SECRET_KEYS=(practices / SECRET_KEY).read_text(), DATABASE_URL=f"sqlite://{DATABASE}")


@pytest.fixture
def program(tmp_path: Path, two_practices: Path) -> Program:
    """With a copy of the practices, which the test may spoil."""
    shutil.copyfile(two_practices / DATABASE, tmp_path / DATABASE)
    return program_in(tmp_path, two_practices)


def tamper(program: Program, *statements: str) -> None:
    """As somebody who may write to the file: the triggers are theirs to drop."""
    connection = sqlite3.connect(program.folder / DATABASE)
    with connection:
        for event in ("update", "delete"):
            connection.execute(f"DROP TRIGGER audit_event_append_only_{event}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


OF_ALDER = "organization_id = (SELECT id FROM organization WHERE slug = 'alder')"


def test_whole_chains_are_said_so(program: Program) -> None:
    done = program.run_installed("audit", "verify")
    assert (done.returncode, done.stderr) == (0, "")
    alder, birch = done.stdout.splitlines()
    assert alder.startswith("ok    alder: 3 events, 0 signatures; ends with ")
    assert birch.startswith("ok    birch: 1 events, 0 signatures; ends with ")


def test_one_practice_may_be_asked_for(program: Program) -> None:
    [birch] = program.answer("audit", "verify", "--organization", "birch")
    assert (birch["organization"], birch["events"], birch["broken"]) == ("birch", 1, None)
    for command in ("verify", "head"):
        refused(program.run("audit", command, "--organization", "nowhere"), "nowhere")


def test_the_first_broken_row_is_named_and_the_exit_is_1(program: Program) -> None:
    tamper(program, f"UPDATE audit_event SET reason = 'none' WHERE sequence = 2 AND {OF_ALDER}")  # noqa: S608
    done = program.run("audit", "verify")
    assert (done.returncode, done.stderr) == (1, "")
    alder, birch = done.stdout.splitlines()
    assert alder.startswith("FAIL  alder: event 2, row ")
    assert alder.endswith(": the event was changed after it was written")
    assert birch.startswith("ok    birch")
    answer = program.run("audit", "verify", "--json")
    assert answer.returncode == 1
    broken = json.loads(answer.stdout)[0]["broken"]
    assert (broken["fault"], broken["sequence"]) == ("EVENT_CHANGED", 2)


CUT_OFF = (
    f"DELETE FROM audit_event WHERE sequence = 3 AND {OF_ALDER}",  # noqa: S608
    "UPDATE audit_head SET sequence = 2, hash = (SELECT hash FROM audit_event e "  # noqa: S608
    f"WHERE e.organization_id = audit_head.organization_id AND e.sequence = 2) WHERE {OF_ALDER}",
)


def test_what_was_cut_off_has_an_end_that_is_not_ours(program: Program) -> None:
    tamper(program, *CUT_OFF)
    done = program.run("audit", "verify")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == (
        "FAIL  alder: event 2: this program did not write the recorded end: its MAC is missing or wrong"
    )


def test_a_key_that_is_no_longer_set_proves_nothing_and_an_old_one_still_does(program: Program) -> None:
    old = program.environment["VESTIBULE_SECRET_KEYS"]
    program.environment["VESTIBULE_SECRET_KEYS"] = new_key()
    assert "this program did not write the event" in program.run("audit", "verify").stdout
    [keys] = [line for line in program.run("check").stdout.splitlines() if "secret keys" in line]
    assert keys.startswith("FAIL  secret keys   VESTIBULE_SECRET_KEYS lacks the key of 2 audit chains")
    program.environment["VESTIBULE_SECRET_KEYS"] += f",{old}"
    assert program.run("audit", "verify").returncode == 0


def test_an_earlier_copy_is_found_by_the_heads_kept_elsewhere(program: Program) -> None:
    database, heads = program.folder / DATABASE, program.folder / "heads.jsonl"
    earlier = shutil.copyfile(database, program.folder / "earlier.sqlite3")
    program.answer(
        *("staff", "create", "--organization", "alder", "--email", "a@alder.example", "--name", "Ada"),
        *("--password-stdin",),
        typed=PASSWORD,
    )
    for _ in range(2):
        with heads.open("a") as file:
            file.write(program.run("audit", "head").stdout)
    kept = [json.loads(line) for line in heads.read_text().splitlines()]
    assert [(one["organization"], one["sequence"]) for one in kept] == [("alder", 4), ("birch", 1)] * 2
    assert program.run("audit", "verify", "--head", str(heads)).returncode == 0

    shutil.copyfile(earlier, database)
    assert program.run("audit", "verify").returncode == 0
    done = program.run("audit", "verify", "--head", str(heads))
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == (
        "FAIL  alder: event 4: the chain is not the one whose head was exported: it was cut off, or written anew"
    )


def test_a_practice_that_is_gone_is_found_by_its_head(program: Program) -> None:
    heads = program.folder / "heads.jsonl"
    heads.write_text(program.run("audit", "head").stdout)
    gone = "organization_id = (SELECT id FROM organization WHERE slug = 'birch')"
    tamper(
        program,
        *(f"DELETE FROM {table} WHERE {gone}" for table in ("audit_event", "audit_head")),  # noqa: S608
        "DELETE FROM organization WHERE slug = 'birch'",
    )
    done = program.run("audit", "verify", "--head", str(heads))
    assert done.returncode == 1
    assert done.stdout.splitlines()[1] == "FAIL  birch: the practice is gone, and its chain with it"
    assert program.run("audit", "verify", "--head", str(heads), "--organization", "alder").returncode == 0


@pytest.mark.parametrize(
    "text", ["", "nonsense\n", "[1]\n", '{"organization": "alder", "id": "x", "sequence": 1, "hash": ""}\n', "\xff"]
)
def test_a_file_that_holds_no_heads_is_refused(program: Program, text: str) -> None:
    (program.folder / "heads.jsonl").write_bytes(text.encode("latin-1"))
    refused(program.run("audit", "verify", "--head", "heads.jsonl"), "heads.jsonl")


def test_a_file_that_is_not_there_is_refused(program: Program) -> None:
    refused(program.run("audit", "verify", "--head", "heads.jsonl"), "heads.jsonl")
