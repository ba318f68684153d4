"""`vestibule import … --complete-list`: who is not in the files any more is archived, or it says why nobody is."""

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clinic.organizations.actions import NewOrganization, create_organization
from clinic.records.external_ids import Identifier
from clinic.records.models import Contact
from clinic.work.models import AuditEvent
from runtime.cli import program
from runtime.commands.failures import CommandFailed
from runtime.commands.import_files.complete import Numbers
from runtime.settings import Settings
from runtime.wiring import build_services
from tests.factories.contents import contents
from tests.runtime.commands import Answer, Look, looking_into, run


@pytest.fixture
def look(database_url: str, settings_on: Callable[[str], Settings]) -> Look:
    """A practice, and a function that reads from its database."""
    settings, inside = settings_on(database_url), looking_into(database_url)

    async def make() -> None:
        await create_organization(NewOrganization(slug="alder", name="Alder"), build_services(settings), by="t")

    inside(make)
    return inside


def imported(kind: str, *arguments: str | Path) -> Answer:
    return run(program("import"), "import", kind, *map(str, arguments), "--organization", "alder")


def people(path: Path, *numbers: int, more: str = "") -> Path:
    rows = [f"{number},Given{number},p{number}@example.com\n" for number in numbers]
    path.write_text("".join(["id,first name,email\n", *rows, more]), encoding="utf-8")
    return path


def vanished(kind: str, *arguments: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(imported(kind, *arguments, "--complete-list", "--json").output)["vanished"]
    return {name: value for name, value in found.items() if value}


async def archived() -> list[str]:
    return sorted([one.given_name for one in await Contact.filter(archived_at__not_isnull=True)])


def test_who_is_not_in_the_list_is_archived_and_the_same_list_changes_nothing(look: Look, tmp_path: Path) -> None:
    path = people(tmp_path / "people.csv", *range(20))
    assert vanished("csv", path) == {}
    people(path, *range(1, 21))
    before = look(contents)
    foreseen = imported("csv", path, "--complete-list", "--dry-run")
    assert foreseen.output.splitlines() == [
        "people.csv (contacts, UTF-8): 1 new, 0 changed, 0 cancelled, 19 the same, 0 refused",
        "Not in the list: 1 to be archived (0)",
        "Nothing was changed.",
    ]
    assert vanished("csv", path, "--dry-run") == {"archived": 1, "ids": ["0"]}
    assert look(contents) == before

    done = imported("csv", path, "--complete-list")
    assert (done.exit_code, done.output.splitlines()[1]) == (0, "Not in the list: 1 archived (0)")
    assert look(archived) == ["Given0"]
    [event] = look(lambda: AuditEvent.filter(action="contact.archived"))
    assert event.actor_name == "vestibule import csv"
    before = look(contents)
    assert imported("csv", path, "--complete-list").output.splitlines()[1] == "Not in the list: 0 archived"
    assert look(contents) == before


def test_too_many_are_refused_before_anything_changes(look: Look, tmp_path: Path) -> None:
    path = people(tmp_path / "people.csv", *range(20))
    imported("csv", path)
    # Two of twenty have left. The hundred new ones do not make that a smaller part, nor does a second attempt.
    people(path, *range(2, 120))
    before = look(contents)
    for arguments in (["--complete-list"], ["--complete-list", "--dry-run"], ["--complete-list"]):
        done = imported("csv", path, *arguments)
        assert isinstance(done.failure, CommandFailed)
        assert str(done.failure) == (
            "2 of 20 contacts of urn:vestibule:import are not in the list (0, 1), more than 5 %. Check that the list "
            "is whole and has the same numbers as before. If they all left, allow it: --vanished-at-most 10. "
            "Nothing was changed."
        )
    assert look(contents) == before
    assert vanished("csv", path, "--vanished-at-most", "10") == {"archived": 2, "ids": ["0", "1"]}
    assert look(archived) == ["Given0", "Given1"]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("99,Nora,nobody\n", id="which the sync refuses"),
        pytest.param("99,Nora,nora@example.com,extra\n", id="which can't be read"),
    ],
)
def test_refused_row_archives_nobody_and_the_rest_is_imported(look: Look, tmp_path: Path, row: str) -> None:
    path = people(tmp_path / "people.csv", *range(20))
    imported("csv", path)
    people(path, *range(1, 21), more=row)
    done = imported("csv", path, "--complete-list")
    assert done.exit_code == 1
    assert done.output.splitlines()[0].endswith(": 1 new, 0 changed, 0 cancelled, 19 the same, 1 refused")
    assert done.output.splitlines()[-1] == (
        "Nobody was archived: the list is not complete, because 1 of its records were refused. Correct them, and "
        "import all files again."
    )
    assert look(archived) == []


def test_several_files_are_one_list_and_a_file_of_visits_is_none(look: Look, tmp_path: Path) -> None:
    first, second = people(tmp_path / "a.csv", *range(10)), people(tmp_path / "b.csv", *range(10, 20))
    visits = tmp_path / "visits.csv"
    visits.write_text("id,patient,start,end\nv1,3,2026-11-02 9:00,2026-11-02 10:00\n", encoding="utf-8")
    imported("csv", first, second)
    done = imported("csv", visits, "--complete-list")
    assert str(done.failure) == ("the files name no contact. A complete list names them all. Nothing was changed.")
    assert vanished("csv", first, second, visits) == {}
    people(first, *range(1, 10))
    assert vanished("csv", visits, second, first) == {"archived": 1, "ids": ["0"]}
    assert look(archived) == ["Given0"]


def test_bound_without_the_list_is_refused(look: Look, tmp_path: Path) -> None:
    done = imported("csv", people(tmp_path / "people.csv", 1), "--vanished-at-most", "10")
    assert str(done.failure) == "--vanished-at-most says how many --complete-list may archive: name both."
    assert look(lambda: Contact.all().count()) == 0


def test_fhir_list_is_of_the_systems_that_it_names(look: Look, tmp_path: Path) -> None:
    path = tmp_path / "patients.ndjson"

    def write(*resources: dict[str, Any]) -> None:
        path.write_text("".join(json.dumps(each) + "\n" for each in resources), encoding="utf-8")

    def patient(number: str) -> dict[str, Any]:
        return {"resourceType": "Patient", "id": number, "name": [{"given": [f"Given{number}"]}]}

    mother = {
        "resourceType": "RelatedPerson",
        "id": "m1",
        "patient": {"reference": "Patient/1"},
        "name": [{"given": ["Mother"]}],
        "relationship": [{"coding": [{"code": "MTH"}]}],
    }
    write(patient("1"), patient("2"), mother)
    assert vanished("fhir", path) == {}
    imported("csv", people(tmp_path / "people.csv", 7))
    # Patients only: neither the related people, nor those of another system, were to be in it.
    write(patient("1"))
    assert isinstance(imported("fhir", path, "--complete-list").failure, CommandFailed)
    foreseen = vanished("fhir", path, "--vanished-at-most", "50", "--dry-run")
    assert foreseen == {"archived": 1, "ids": ["2"]} == vanished("fhir", path, "--vanished-at-most", "50")
    assert look(archived) == ["Given2"]


def test_inactive_patients_do_not_make_those_who_left_too_many(look: Look, tmp_path: Path) -> None:
    path = tmp_path / "patients.ndjson"
    patients: list[dict[str, Any]] = [
        {"resourceType": "Patient", "id": str(at), "name": [{"given": [f"Given{at}"]}]} for at in range(20)
    ]
    path.write_text("".join(json.dumps(each) + "\n" for each in patients), encoding="utf-8")
    imported("fhir", path)
    patients[0]["active"] = False
    path.write_text("".join(json.dumps(each) + "\n" for each in patients[:19]), encoding="utf-8")
    one_gone = {"archived": 1, "ids": ["19"]}
    assert vanished("fhir", path, "--dry-run") == one_gone == vanished("fhir", path)
    assert look(archived) == ["Given0", "Given19"]


def test_numbers_of_a_list_are_found_again() -> None:
    numbers = Numbers()
    for value in ("1", "2", "1"):
        numbers.add(Identifier("urn:ehr", value))
    assert Identifier("urn:ehr", "1") in numbers
    assert Identifier("urn:ehr", "3") not in numbers
    assert Identifier("urn:other", "1") not in numbers
    assert numbers.systems == {"urn:ehr"}


def test_memory_does_not_grow_with_the_numbers() -> None:
    numbers = Numbers()
    tracemalloc.start()
    try:
        for at in range(20_000):
            numbers.add(Identifier("urn:ehr", f"number-{at}"))
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert Identifier("urn:ehr", "number-19999") in numbers
    # In a set they take four megabytes.
    assert grown < 200_000
