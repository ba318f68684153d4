"""The entries of a file, one by one: each is a record, or says why there is none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from clinic.records.import_files.csv_columns import Columns, columns_of
from clinic.records.import_files.csv_records import Reading, record_of
from clinic.records.import_files.csv_text import CsvForm, form_of, rows_of
from clinic.records.import_files.fhir_records import FhirReading, UnknownPlace, records_of, unknown_places
from clinic.records.import_files.fhir_text import resources_of
from clinic.records.import_files.problems import Unreadable
from clinic.records.sync.records import SyncRecord


@dataclass(frozen=True)
class Entry:
    """One record of a file, or why there is none. `cells` are those of a CSV row.

    `unknown` are the FHIR resources that an appointment names and that have no record here: it goes without them.
    """

    line: int
    record: SyncRecord | None
    problem: Unreadable | None = None
    cells: tuple[str, ...] = ()
    unknown: tuple[UnknownPlace, ...] = ()

    @property
    def skipped(self) -> bool:
        """Whether it is left out without being a failure."""
        return self.problem is not None and self.problem.skipped


@dataclass(frozen=True)
class CsvFile:
    """A CSV file, how it is written, and what its columns are."""

    path: Path
    form: CsvForm
    columns: Columns

    def entries(self, reading: Reading) -> Iterator[Entry]:
        """One entry for each row. Raises `FileRefused`."""
        width = len(self.form.headers)
        for row in rows_of(self.path, self.form):
            try:
                yield Entry(row.line, record_of(row, self.columns, width, reading), cells=row.cells)
            except Unreadable as problem:
                yield Entry(row.line, None, problem, row.cells)


def csv_file(path: Path, chosen: Mapping[str, str]) -> CsvFile:
    """The file with its columns. `chosen` is the person's choice of a field by header. Raises `FileRefused`."""
    form = form_of(path)
    return CsvFile(path, form, columns_of(form.headers, chosen))


def fhir_entries(path: Path, kind: str, reading: FhirReading) -> Iterator[Entry]:
    """The entries of the file's resources of this kind; a resource may make two. Raises `FileRefused`."""
    for resource in resources_of(path):
        if resource.kind != kind:
            continue
        try:
            for record in records_of(resource, reading):
                yield Entry(resource.place, record, unknown=unknown_places(resource, reading))
        except Unreadable as problem:
            yield Entry(resource.place, None, problem)
