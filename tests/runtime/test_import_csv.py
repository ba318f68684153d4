"""`vestibule import csv`: files as people really save them, and a report that can be corrected and sent again."""

import csv
import json
import stat
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clinic.organizations.actions import NewOrganization, create_organization
from clinic.records.import_files.csv_columns import columns_of
from clinic.records.import_files.csv_records import Reading, record_of
from clinic.records.import_files.csv_text import CsvForm, form_of, rows_of
from clinic.records.import_files.csv_values import DateOrder, read_date, read_instant
from clinic.records.import_files.problems import FileRefused, Unreadable
from clinic.records.models import Appointment, Contact, ContactEmail, ContactPhone, Relationship
from clinic.records.sync.records import LEFT_OUT, SyncAppointment
from runtime.cli import program
from runtime.commands.failures import CommandFailed
from runtime.settings import Settings
from runtime.wiring import build_services
from tests.runtime.commands import Answer, Look, looking_into, run

ROWS = (
    "Patient ID,First name,Last name,DOB,Email,Mobile phone\n0042,Zoë,Núñez,1980-05-04,zoe@example.com,208 555 0134\n"
)


@pytest.fixture
def look(sqlite_database: str, operator_settings: Settings) -> Look:
    """A practice in Boise, and a function that reads from its database."""
    inside = looking_into(sqlite_database)

    async def make() -> None:
        new = NewOrganization(slug="alder", name="Alder Clinic", time_zone="America/Boise")
        await create_organization(new, build_services(operator_settings), by="test")

    inside(make)
    return inside


def import_csv(*arguments: str | Path) -> Answer:
    return run(program("import"), "import", "csv", *map(str, arguments), "--organization", "alder")


def counts(*arguments: str | Path) -> dict[str, int]:
    answer = json.loads(import_csv(*arguments, "--json").output)
    return {name: answer[name] for name in ("created", "changed", "cancelled", "unchanged", "refused") if answer[name]}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (ROWS.encode(), "UTF-8"),
        (ROWS.encode("utf-8-sig"), "UTF-8 with a byte order mark"),
        (ROWS.encode("utf-16"), "UTF-16"),
        (b"\xfe\xff" + ROWS.encode("utf-16-be"), "UTF-16"),
        (ROWS.encode("cp1252"), "Windows-1252"),
        (ROWS.replace(",", ";").encode("cp1252"), "Windows-1252"),
        (ROWS.replace(",", "\t").replace("\n", "\r\n").encode("utf-16"), "UTF-16"),
        (b"sep=;\r\n" + ROWS.replace(",", ";").encode(), "UTF-8"),
    ],
)
def test_each_way_to_save_a_file_reads_the_same(tmp_path: Path, written: bytes, name: str) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(written)
    form = form_of(path)
    assert form.encoding_name == name
    assert form.headers == ("Patient ID", "First name", "Last name", "DOB", "Email", "Mobile phone")
    [row] = rows_of(path, form)
    assert row.cells == ("0042", "Zoë", "Núñez", "1980-05-04", "zoe@example.com", "208 555 0134")


@pytest.mark.parametrize("written", [b"", b"\n\n", b"a\0b\0", b"\xff\xfea", b"id,name\n\x81\x8d"])
def test_file_that_is_no_csv_is_refused_with_the_remedy(tmp_path: Path, written: bytes) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(written)
    with pytest.raises(FileRefused):
        form_of(path)


def test_quoted_cells_may_hold_separators_and_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,"a, b"\n1,"x\ny"\n\n2\n', encoding="utf-8")
    form = form_of(path)
    assert form == CsvForm("utf-8", "UTF-8", ",", ("id", "a, b"))
    assert [(row.line, row.cells) for row in rows_of(path, form)] == [(3, ("1", "x\ny")), (5, ("2", ""))]


@pytest.mark.parametrize(
    ("cell", "cancelled", "word"),
    [
        ("Arrived", False, "Arrived"),
        ("no-show", False, "no-show"),
        ("", False, None),
        ("No", False, None),
        ("Entered-in-error", True, "Entered-in-error"),
        ("anulada", True, "anulada"),
    ],
)
def test_status_of_a_row_is_a_cancellation_or_a_word(
    tmp_path: Path, cell: str, cancelled: bool, word: str | None
) -> None:
    visit = visit_of(tmp_path, "status", cell)
    assert (visit.cancelled, visit.source_status) == (cancelled, word)


def test_file_without_a_status_leaves_the_word(tmp_path: Path) -> None:
    assert visit_of(tmp_path, "note", "-").source_status is LEFT_OUT


@pytest.mark.parametrize("cell", ["proposed", "Pending", "waitlist", "lista de espera"])
def test_row_that_is_not_in_the_calendar_yet_is_skipped_with_the_reason(tmp_path: Path, cell: str) -> None:
    with pytest.raises(Unreadable, match="NOT_YET") as reason:
        visit_of(tmp_path, "status", cell)
    assert (reason.value.skipped, reason.value.values) == (True, {"status": cell})


def visit_of(directory: Path, header: str, cell: str) -> SyncAppointment:
    """The appointment in a row of which one column is given."""
    path = directory / "visits.csv"
    path.write_text(f"id,patient,start,end,{header}\n1,2,2026-03-02 9:00,2026-03-02 10:00,{cell}\n", encoding="utf-8")
    form = form_of(path)
    [row] = rows_of(path, form)
    found = record_of(row, columns_of(form.headers, {}), 5, Reading("urn:ehr", None, ZoneInfo("America/Boise")))
    assert isinstance(found, SyncAppointment)
    return found


@pytest.mark.parametrize(
    ("cell", "order", "expected"),
    [
        ("1980-05-04", None, date(1980, 5, 4)),
        ("04/05/1980", DateOrder.DMY, date(1980, 5, 4)),
        ("04/05/1980", DateOrder.MDY, date(1980, 4, 5)),
        ("25.12.1980", None, date(1980, 12, 25)),
        ("5/5/1980", None, date(1980, 5, 5)),
        ("1980-05-04T00:00:00", None, date(1980, 5, 4)),
        ("1980", None, None),
        ("", DateOrder.DMY, None),
    ],
)
def test_date_is_read_by_the_stated_order(cell: str, order: DateOrder | None, expected: date | None) -> None:
    assert read_date("date_of_birth", cell, order) == expected


@pytest.mark.parametrize(
    ("cell", "order"),
    [
        ("04/05/1980", None),
        ("04/05/80", DateOrder.DMY),
        ("05/25/1980", DateOrder.DMY),
        ("04/05/1980", DateOrder.YMD),
        ("1980-02-30", None),
        ("31/31/1980", None),
        ("1980-05-04T13:00:00Z", None),
        ("May 4th", None),
    ],
)
def test_date_that_may_be_another_is_refused(cell: str, order: DateOrder | None) -> None:
    with pytest.raises(Unreadable):
        read_date("date_of_birth", cell, order)


def test_local_times_are_the_practices_and_a_skipped_hour_is_refused() -> None:
    boise = ZoneInfo("America/Boise")
    nine = datetime(2026, 3, 2, 16, tzinfo=UTC)
    for cell in ("2026-03-02 09:00", "2026-03-02T09:00:00", "2026-03-02T17:00:00+01:00", "2026-03-02 9:00 am"):
        assert read_instant("starts_at", cell, None, boise) == nine
    assert read_instant("starts_at", "02/03/2026 09:00", DateOrder.DMY, boise) == nine
    for cell in ("2026-03-08 02:30", "2026-03-02", "tomorrow", "2026-03-02 25:00"):
        with pytest.raises(Unreadable):
            read_instant("starts_at", cell, None, boise)


def test_spanish_files_in_any_order_and_again_change_nothing(look: Look, tmp_path: Path) -> None:
    soon = datetime.now(UTC).replace(microsecond=0).isoformat()
    visits, people, kin = tmp_path / "citas.csv", tmp_path / "personas.csv", tmp_path / "familia.csv"
    people.write_text(
        "Nº de expediente;Nombre;Apellidos;Fecha de nacimiento;Correo electrónico;Correo 2;Teléfono;Idioma;Notas\n"
        "0042;Zoë;Núñez;4/5/1980;zoe@example.com;z@example.org|zz@example.org;;Español;secreto\n"
        "0043;Ana;Núñez;;;;208 555 0134;es;\n",
        encoding="cp1252",
    )
    kin.write_text("cliente;familiar;parentesco;acceso al portal\n0043;0042;madre;no\n", encoding="utf-8-sig")
    visits.write_text(
        f"id cita,id paciente,inicio,fin\nv1,0042,{soon},{soon[:11]}23:59:59.5+00:00\n", encoding="utf-16"
    )
    columns = ("--map", "Nº de expediente=id", "--dates", "DMY")
    foreseen = import_csv(people, "--dry-run", *columns)
    assert foreseen.output.splitlines() == [
        "personas.csv (contacts, Windows-1252): 2 new, 0 changed, 0 cancelled, 0 the same, 0 refused; "
        "not imported: Notas",
        "Nothing was changed.",
    ]
    assert look(lambda: Contact.all().count()) == 0
    assert counts(visits, kin, people, *columns, "--dry-run") == {"created": 4}
    assert counts(visits, kin, people, *columns) == {"created": 4}
    assert counts(visits, kin, people, *columns) == {"unchanged": 4}

    async def read() -> tuple[list[Any], list[Any], list[Any]]:
        contact = await Contact.get(given_name="Zoë")
        emails = await ContactEmail.filter(contact_id=contact.id).order_by("position").values_list("address", flat=True)
        return (
            [contact.date_of_birth, contact.language],
            list(emails),
            [await Relationship.get(), await Appointment.get()],
        )

    facts, emails, _ = look(read)
    assert facts == [date(1980, 5, 4), "es"]
    assert emails == ["zoe@example.com", "z@example.org", "zz@example.org"]
    people.write_text("nº de expediente;Nombre\n0042;Zoila\n", encoding="utf-8")
    assert counts(people, *columns) == {"changed": 1}
    assert look(lambda: ContactPhone.all().count()) == 1, "a column that is not there changes nothing"


def test_refused_rows_come_back_in_a_report_that_no_spreadsheet_runs(look: Look, tmp_path: Path) -> None:
    people, report = tmp_path / "people.csv", tmp_path / "report.csv"
    people.write_text(
        "id,first name,email,dob\n1,Nora,nora@example.com,\n2,=1+1,nobody,\n3,Ana,,04/05/1980\n4,Leo,,,,extra\n",
        encoding="utf-8",
    )
    done = import_csv(people, "--report", report)
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "people.csv (contacts, UTF-8): 1 new, 0 changed, 0 cancelled, 0 the same, 3 refused",
        "people.csv, line 3: emails.0: This is no email address.",
        "people.csv, line 4: date_of_birth: This may be two dates. Say which comes first: --dates DMY or --dates MDY.",
        "people.csv, line 5: row: The row has more cells than the first line has headers. Put quotes around commas.",
    ]
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    with report.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["id", "first name", "email", "dob", "vestibule problem"]
    assert rows[1][:4] == ["2", "'=1+1", "nobody", ""]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert isinstance(import_csv(people, "--report", report).failure, CommandFailed), "a report is never written over"
    # Corrected, the report goes through; the names are as they were.
    report.write_text(
        report.read_text(encoding="utf-8-sig").replace("nobody", "").replace("extra", ""), encoding="utf-8-sig"
    )
    assert counts(report, "--dates", "DMY") == {"created": 2, "refused": 1}
    assert look(lambda: Contact.filter(given_name="=1+1").count()) == 1


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ("name,email", "no column is known as id"),
        ("id,first name,given name", "both mean given_name"),
        ("id,start,end", "no column is known as contact"),
    ],
)
def test_columns_that_are_missing_or_said_twice_are_named(look: Look, tmp_path: Path, headers: str, said: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(f"{headers}\n1,2,3\n", encoding="utf-8")
    failure = import_csv(path).failure
    assert isinstance(failure, CommandFailed)
    assert said in str(failure)
    assert look(lambda: Contact.all().count()) == 0


def test_unknown_field_or_practice_is_said(look: Look, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(ROWS, encoding="utf-8")
    wrong = import_csv(path, "--map", "DOB=birthday")
    assert isinstance(wrong.failure, CommandFailed)
    nowhere = run(program("import"), "import", "csv", str(path), "--organization", "birch")
    assert "there is no practice birch" in str(nowhere.failure)
    assert look(lambda: Contact.all().count()) == 0
