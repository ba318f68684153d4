"""Imports files in batches: each record becomes as its file says, or is refused with the reason."""

from collections.abc import Callable, Iterator, MutableMapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from clinic.records.external_ids import Identifier
from clinic.records.import_files.entries import Entry
from clinic.records.sync.actions import sync_records
from clinic.records.sync.records import (
    SyncAppointment,
    SyncContact,
    SyncOutcome,
    SyncRecord,
    SyncRelationship,
    SyncRequest,
)
from clinic.values.callers import SystemCaller
from clinic.values.limits import MOST_RECORDS_AT_ONCE
from clinic.values.ports import Services
from runtime.commands.import_files.words import import_words, record_words, unknown_words


@dataclass(frozen=True)
class Refused:
    """A record that was refused: where it stands, its number and why."""

    file: str
    line: int
    id: str
    problem: str
    cells: tuple[str, ...] = ()


@dataclass(frozen=True)
class Incomplete:
    """An appointment that goes without a staff member or a facility, and the external id that neither has here."""

    file: str
    line: int
    id: str
    kind: str
    system: str
    value: str
    remedy: str


@dataclass
class Counts:
    """How many records had each outcome, and how many were skipped, which is no failure.

    `incomplete` is how many of them go without a staff member or facility that has no record here.
    """

    skipped: int = 0
    incomplete: int = 0
    by_outcome: dict[SyncOutcome, int] = field(default_factory=lambda: dict.fromkeys(SyncOutcome, 0))

    @property
    def total(self) -> int:
        return sum(self.by_outcome.values()) + self.skipped

    def add(self, others: "Counts") -> None:
        """Add the numbers of another file."""
        self.skipped += others.skipped
        self.incomplete += others.incomplete
        for outcome, number in others.by_outcome.items():
            self.by_outcome[outcome] += number

    @property
    def refused(self) -> int:
        return self.by_outcome[SyncOutcome.REFUSED]


async def import_entries(
    caller: SystemCaller,
    services: Services,
    path: Path,
    entries: Iterator[Entry],
    *,
    dry_run: bool,
    planned: MutableMapping[Identifier, SyncContact] | None = None,
    on_refusal: Callable[[Refused], None],
    on_incomplete: Callable[[Incomplete], None],
    on_batch: Callable[[int], None],
) -> Counts:
    """Import one file's records, a batch at a time. Safe to repeat: what is so already is left alone.

    The dry runs of several files share `planned`, so that one file may refer to the contacts of another.
    """
    counts = Counts()
    while batch := list(islice(entries, MOST_RECORDS_AT_ONCE)):
        for incomplete in _incomplete(path, batch):
            on_incomplete(incomplete)
        for refused in await _import_batch(caller, services, path, batch, counts, planned, dry_run=dry_run):
            on_refusal(refused)
        on_batch(counts.total)
    return counts


def _incomplete(path: Path, batch: Sequence[Entry]) -> Iterator[Incomplete]:
    for entry in batch:
        for place in entry.unknown:
            number = entry.record.external_id.value if entry.record else ""
            yield Incomplete(
                *(path.name, entry.line, number, place.kind, place.number.system, place.number.value),
                remedy=unknown_words(place),
            )


async def _import_batch(
    caller: SystemCaller,
    services: Services,
    path: Path,
    batch: Sequence[Entry],
    counts: Counts,
    planned: MutableMapping[Identifier, SyncContact] | None,
    *,
    dry_run: bool,
) -> list[Refused]:
    refused = [
        Refused(path.name, each.line, "", record_words(each.problem), each.cells) for each in batch if each.problem
    ]
    skipped = sum(each.skipped for each in batch)
    counts.skipped += skipped
    counts.incomplete += sum(bool(each.unknown) for each in batch)
    counts.by_outcome[SyncOutcome.REFUSED] += len(refused) - skipped
    sent = [each for each in batch if each.record is not None]
    # The results come by kind, in the order of the records.
    ordered = [each for kind in (SyncContact, SyncRelationship, SyncAppointment) for each in sent if _is(each, kind)]
    records = [each.record for each in ordered]
    request = SyncRequest(
        [each for each in records if isinstance(each, SyncContact)],
        [each for each in records if isinstance(each, SyncRelationship)],
        [each for each in records if isinstance(each, SyncAppointment)],
    )
    results = await sync_records(caller, request, services, dry_run=dry_run, planned=planned)
    for entry, result in zip(ordered, results, strict=True):
        counts.by_outcome[result.outcome] += 1
        if result.refusal is not None:
            words = import_words(result.refusal)
            refused.append(Refused(path.name, entry.line, result.external_id.value, words, entry.cells))
    return sorted(refused, key=lambda each: each.line)


def _is(entry: Entry, kind: type[SyncRecord]) -> bool:
    return isinstance(entry.record, kind)
