"""Makes records of the rows of a CSV file. An empty cell empties the field; a missing column changes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from clinic.records.external_ids import Identifier
from clinic.records.import_files.csv_columns import Columns, FileKind
from clinic.records.import_files.csv_text import CsvRow
from clinic.records.import_files.csv_values import (
    DateOrder,
    is_cancelled,
    is_not_yet,
    read_date,
    read_instant,
    read_list,
    read_mark,
    status_word,
)
from clinic.records.import_files.problems import RecordProblem, Unreadable
from clinic.records.models import ContactKind
from clinic.records.sync.records import (
    LEFT_OUT,
    LeftOut,
    SyncAppointment,
    SyncContact,
    SyncRecord,
    SyncRelationship,
)
from clinic.values.text import search_key

_LANGUAGES = {"english": "en", "ingles": "en", "spanish": "es", "espanol": "es", "castellano": "es"}
_KINDS: Mapping[str, ContactKind] = {
    **dict.fromkeys(("client", "patient", "cliente", "paciente"), ContactKind.CLIENT),
    **dict.fromkeys(("individual", "person", "persona", "relative", "familiar"), ContactKind.INDIVIDUAL),
}


@dataclass(frozen=True)
class Reading:
    """How cells are read: whose numbers they hold, the order of dates, and the zone of local times."""

    system: str
    order: DateOrder | None
    zone: ZoneInfo


def record_of(row: CsvRow, columns: Columns, width: int, reading: Reading) -> SyncRecord:
    """The record in a row. Raises `Unreadable`."""
    if len(row.cells) > width:
        raise Unreadable("row", RecordProblem.TOO_MANY_CELLS)
    cells = {name: [row.cells[place] for place in places] for name, places in columns.places.items()}
    match columns.kind:
        case FileKind.CONTACTS:
            return _contact(cells, reading)
        case FileKind.RELATIONSHIPS:
            return _relationship(cells, reading)
        case FileKind.APPOINTMENTS:
            return _appointment(cells, reading)


_Cells = Mapping[str, list[str]]


def _contact(cells: _Cells, reading: Reading) -> SyncContact:
    kind, language = _one(cells, "kind"), _one(cells, "language")
    if kind and search_key(kind) not in _KINDS:
        raise Unreadable("kind", RecordProblem.NO_KIND)
    return SyncContact(
        external_id=Identifier(reading.system, cells["id"][0]),
        kind=_KINDS[search_key(kind)] if kind else LEFT_OUT,
        given_name=_text(cells, "given_name"),
        family_name=_text(cells, "family_name"),
        date_of_birth=read_date("date_of_birth", cells["date_of_birth"][0], reading.order)
        if "date_of_birth" in cells
        else LEFT_OUT,
        emails=_several(cells, "email"),
        phones=_several(cells, "phone"),
        language=_LANGUAGES.get(search_key(language), language.lower()) if language else LEFT_OUT,
        facility=_identifier(cells, "facility", reading),
        archived=read_mark("archived", cells["archived"][0]) if "archived" in cells else None,
    )


def _relationship(cells: _Cells, reading: Reading) -> SyncRelationship:
    client, relative = cells["client"][0], cells["relative"][0]
    access = _one(cells, "portal_access")
    return SyncRelationship(
        external_id=Identifier(reading.system, _one(cells, "id") or f"{client}>{relative}"),
        client=Identifier(reading.system, client),
        relative=Identifier(reading.system, relative),
        kind=cells["relationship"][0],
        portal_access=read_mark("portal_access", access) if access else None,
        ends_on=read_date("ends_on", cells["ends_on"][0], reading.order) if "ends_on" in cells else LEFT_OUT,
    )


def _appointment(cells: _Cells, reading: Reading) -> SyncAppointment:
    status = _one(cells, "status")
    if is_not_yet(status):
        raise Unreadable("status", RecordProblem.NOT_YET, skipped=True, status=status)
    return SyncAppointment(
        external_id=Identifier(reading.system, cells["id"][0]),
        contact=Identifier(reading.system, cells["contact"][0]),
        starts_at=read_instant("starts_at", cells["starts_at"][0], reading.order, reading.zone),
        ends_at=read_instant("ends_at", cells["ends_at"][0], reading.order, reading.zone),
        facility=_identifier(cells, "facility", reading),
        staff_member=_identifier(cells, "staff_member", reading),
        source_status=status_word(status) if "status" in cells else LEFT_OUT,
        cancelled=is_cancelled(status),
    )


def _one(cells: _Cells, name: str) -> str:
    return cells[name][0] if name in cells else ""


def _text(cells: _Cells, name: str) -> str | LeftOut | None:
    return (cells[name][0] or None) if name in cells else LEFT_OUT


def _several(cells: _Cells, name: str) -> list[str] | LeftOut:
    """The values of all columns of the field, each once."""
    if name not in cells:
        return LEFT_OUT
    return list(dict.fromkeys(value for cell in cells[name] for value in read_list(cell)))


def _identifier(cells: _Cells, name: str, reading: Reading) -> Identifier | LeftOut | None:
    if name not in cells:
        return LEFT_OUT
    return Identifier(reading.system, cells[name][0]) if cells[name][0] else None
