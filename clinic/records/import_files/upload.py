"""The reading of a file that staff send, by the reader of the command. It changes nothing (product §7)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from clinic.organizations.models import Organization
from clinic.records.external_ids import identifiers_of_places
from clinic.records.import_files.csv_columns import field_of_header
from clinic.records.import_files.csv_records import Reading
from clinic.records.import_files.csv_text import form_of
from clinic.records.import_files.csv_values import DateOrder
from clinic.records.import_files.entries import CsvFile, Entry, csv_file, fhir_entries
from clinic.records.import_files.fhir_records import IMPORTED, FhirReading, Numbers
from clinic.records.import_files.fhir_text import resources_of
from clinic.throttling.throttle import UPLOADS_PER_STAFF, count_attempt
from clinic.values.callers import Permission, StaffCaller
from clinic.values.ports import Services


@dataclass(frozen=True)
class Asked:
    """What staff say of the file. `system` is whose numbers it holds; None stands for the kind of file's usual one."""

    fhir: bool
    system: str | None = None
    dates: DateOrder | None = None
    chosen: Mapping[str, str] = field(default_factory=dict)


class ImportReading:
    """What a file is read with. Its methods read the file: call them in a thread. They raise `FileRefused`."""

    def __init__(self, csv: Reading, fhir: FhirReading, asked: Asked) -> None:
        self._csv = csv
        self._fhir = fhir
        self._asked = asked

    def csv(self, path: Path) -> CsvFile:
        return csv_file(path, self._asked.chosen)

    def headers(self, path: Path) -> list[tuple[str, str | None]]:
        """The columns of a CSV file, and what each of them seems to be by its header alone."""
        return [(header, self._asked.chosen.get(header) or field_of_header(header)) for header in form_of(path).headers]

    def csv_entries(self, file: CsvFile) -> Iterator[Entry]:
        return file.entries(self._csv)

    def fhir_entries(self, path: Path) -> Iterator[Entry]:
        """Patients first, because the others refer to them."""
        for resource in resources_of(path):
            self._fhir.numbers.learn(resource)
        for kind in IMPORTED:
            yield from fhir_entries(path, kind, self._fhir)


def require_import(caller: StaffCaller) -> None:
    """Raises `NotPermitted` for staff who may not import: it needs what `syncRecords` needs."""
    caller.require(Permission.MANAGE_CONTACTS)


async def reading_for(caller: StaffCaller, asked: Asked, services: Services) -> ImportReading:
    """What a file of the caller's practice is read with. Raises `NotPermitted`, `TooManyAttempts`."""
    require_import(caller)
    await count_attempt(UPLOADS_PER_STAFF, str(caller.staff_member_id), services.clock)
    practice = await Organization.get(id=caller.organization_id)
    numbers = Numbers(asked.system or "urn:vestibule:fhir", await identifiers_of_places(practice.id))
    csv = Reading(asked.system or "urn:vestibule:import", asked.dates, ZoneInfo(practice.time_zone))
    return ImportReading(csv, FhirReading(numbers, services.clock.now()), asked)
