"""`vestibule import`: records of other systems, from files. Safe to run twice."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from clinic.organizations.models import Organization
from clinic.records.external_ids import identifiers_of_places
from clinic.records.import_files.csv_columns import FileKind
from clinic.records.import_files.csv_records import Reading
from clinic.records.import_files.csv_values import DateOrder
from clinic.records.import_files.entries import Entry, csv_file, fhir_entries
from clinic.records.import_files.fhir_records import IMPORTED, FhirReading, Numbers
from clinic.records.import_files.fhir_text import resources_of
from clinic.records.import_files.problems import FileRefused
from clinic.records.sync.vanished import MOST_VANISHED_PERCENT
from clinic.values.callers import SystemCaller
from clinic.values.ports import Services
from clinic.values.text import trimmed
from runtime.commands.failures import CommandFailed
from runtime.commands.import_files.columns import chosen_fields
from runtime.commands.import_files.complete import MOST_KEPT, Vanished, WholeList
from runtime.commands.import_files.planned import PlannedContacts
from runtime.commands.import_files.report import Report
from runtime.commands.import_files.run import Counts, Incomplete, Refused, import_entries
from runtime.commands.import_files.words import file_words
from runtime.commands.records import print_json
from runtime.database import open_database
from runtime.settings import read_settings
from runtime.wiring import build_services

# So many refusals are printed, and so many appointments that go without somebody.
MOST_PRINTED = 20

imports = typer.Typer(help="Records of other systems, from files.", no_args_is_help=True)

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, readable=True, help="The files.")
]
Slug = Annotated[str, typer.Option("--organization", help="The practice's slug.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")]
Complete = Annotated[
    bool,
    typer.Option("--complete-list", help="The files hold all contacts of their system. Archive those not in them."),
]
AtMost = Annotated[
    int | None,
    typer.Option(
        "--vanished-at-most",
        metavar="PERCENT",
        min=0,
        max=100,
        help=f"So many contacts of 100 may be archived by --complete-list; {MOST_VANISHED_PERCENT} unless given.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")]


@dataclass
class _Imported:
    """What became of all files."""

    files: list[dict[str, object]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    incomplete: list[Incomplete] = field(default_factory=list)
    unknown: int = 0
    counts: Counts = field(default_factory=Counts)
    vanished: Vanished | None = None

    def note(self, incomplete: Incomplete) -> None:
        """Count it, and keep it if it is one of the first."""
        self.unknown += 1
        if len(self.incomplete) < MOST_KEPT:
            self.incomplete.append(incomplete)

    def add(self, about: Mapping[str, object], counts: Counts) -> None:
        self.files.append({**about, **_numbers(counts)})
        self.counts.add(counts)


@imports.command("csv")
def import_csv(
    files: Files,
    organization: Slug,
    system: Annotated[
        str, typer.Option(help="Whose numbers the files hold, as an absolute URI. Always use the same one.")
    ] = "urn:vestibule:import",
    dates: Annotated[DateOrder | None, typer.Option(help="The order of day, month and year.")] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--map", metavar="HEADER=FIELD", help="What a column is; may be given again.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="A new CSV file for the refused rows, with the reason.")] = None,
    complete_list: Complete = False,
    vanished_at_most: AtMost = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import contacts, relationships and appointments from CSV files; exit 1 if a row was refused."""
    chosen, whole = chosen_fields(columns or []), _whole_list(vanished_at_most, complete=complete_list)
    found = []
    for path in files:
        with _told(path):
            found.append(csv_file(path, chosen))
    # Contacts come first, because the other files name them.
    found.sort(key=lambda each: list(FileKind).index(each.columns.kind))

    async def work(practice: Organization, services: Services, report_file: Report | None) -> _Imported:
        caller = SystemCaller(practice.id, "vestibule import csv")
        reading = Reading(system, dates, ZoneInfo(practice.time_zone))
        done = _Imported()
        planned = PlannedContacts()
        if whole is not None:
            await _learn(whole, caller, [(each.path, each.entries(reading)) for each in found])
        for each in found:
            about = {
                "file": each.path.name,
                "records": each.columns.kind.value,
                "encoding": each.form.encoding_name,
                "ignored_columns": list(each.columns.ignored),
            }
            on_refusal = _taker(done, report_file, each.form.headers)
            tell = _progress(each.path.name)
            with _told(each.path):
                counts = await import_entries(
                    caller,
                    services,
                    each.path,
                    each.entries(reading),
                    dry_run=dry_run,
                    planned=planned,
                    on_refusal=on_refusal,
                    on_incomplete=done.note,
                    on_batch=tell,
                )
            done.add(about, counts)
        if whole is not None:
            done.vanished = await whole.archive(caller, services, done.counts.refused, dry_run=dry_run)
        return done

    _finish(_run(organization, work, report), dry_run=dry_run, as_json=as_json)


@imports.command("fhir")
def import_fhir(
    files: Files,
    organization: Slug,
    system: Annotated[
        str, typer.Option(help="The system of the identifiers to go by. Without it the resources' own ids count.")
    ] = "urn:vestibule:fhir",
    complete_list: Complete = False,
    vanished_at_most: AtMost = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Import patients, related persons and appointments from FHIR R4 (Bundles, NDJSON); exit 1 if one was refused."""
    whole = _whole_list(vanished_at_most, complete=complete_list)

    async def work(practice: Organization, services: Services, _: Report | None) -> _Imported:
        numbers = Numbers(system, await identifiers_of_places(practice.id))
        for path in files:
            with _told(path):
                for resource in resources_of(path):
                    numbers.learn(resource)
        reading = FhirReading(numbers, services.clock.now())
        caller = SystemCaller(practice.id, "vestibule import fhir")
        done = _Imported()
        planned = PlannedContacts()
        if whole is not None:
            every = ((path, fhir_entries(path, kind, reading)) for kind in IMPORTED for path in files)
            await _learn(whole, caller, every)
        # Each kind in all files before the next, because appointments refer to patients in other files.
        for kind in IMPORTED:
            for path in files:
                with _told(path):
                    counts = await import_entries(
                        caller,
                        services,
                        path,
                        fhir_entries(path, kind, reading),
                        dry_run=dry_run,
                        planned=planned,
                        on_refusal=_taker(done, None, ()),
                        on_incomplete=done.note,
                        on_batch=_progress(path.name),
                    )
                if counts.total:
                    done.add({"file": path.name, "records": kind}, counts)
        if whole is not None:
            done.vanished = await whole.archive(caller, services, done.counts.refused, dry_run=dry_run)
        return done

    _finish(_run(organization, work, None), dry_run=dry_run, as_json=as_json)


def _whole_list(most_percent: int | None, *, complete: bool) -> WholeList | None:
    if complete:
        return WholeList(MOST_VANISHED_PERCENT if most_percent is None else most_percent)
    if most_percent is not None:
        raise CommandFailed("--vanished-at-most says how many --complete-list may archive: name both.")
    return None


async def _learn(whole: WholeList, caller: SystemCaller, files: Iterable[tuple[Path, Iterator[Entry]]]) -> None:
    for path, entries in files:
        with _told(path):
            whole.learn(entries)
    await whole.refuse_if_too_many(caller)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turns what is wrong with the file into the command's failure."""
    try:
        yield
    except FileRefused as refused:
        raise CommandFailed(file_words(path.name, refused)) from None


def _run(
    organization: str,
    work: Callable[[Organization, Services, Report | None], Awaitable[_Imported]],
    report: Path | None,
) -> _Imported:
    settings = read_settings()

    async def with_database() -> _Imported:
        async with open_database(settings.database_url):
            practice = await Organization.get_or_none(slug=trimmed(organization))
            if practice is None:
                raise CommandFailed(f"there is no practice {organization}: see vestibule organization list.")
            with ExitStack() as stack:
                report_file = stack.enter_context(Report(report)) if report else None
                return await work(practice, build_services(settings), report_file)

    return asyncio.run(with_database())


def _taker(done: _Imported, report: Report | None, headers: tuple[str, ...]) -> Callable[[Refused], None]:
    def take(refused: Refused) -> None:
        if len(done.refused) < MOST_KEPT:
            done.refused.append(Refused(refused.file, refused.line, refused.id, refused.problem))
        if report is not None:
            report.write(refused, headers)

    return take


def _progress(name: str) -> Callable[[int], None]:
    def tell(records: int) -> None:
        if sys.stderr.isatty():
            typer.echo(f"\r{name}: {records} records ", nl=False, err=True)

    return tell


def _numbers(counts: Counts) -> dict[str, object]:
    return {
        **{outcome.value.lower(): number for outcome, number in counts.by_outcome.items()},
        "skipped": counts.skipped,
        "incomplete": counts.incomplete,
    }


def _finish(done: _Imported, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        refusals = [{name: value for name, value in asdict(each).items() if name != "cells"} for each in done.refused]
        about = {"files": done.files, **_numbers(done.counts), "refusals": refusals}
        vanished = {"vanished": asdict(done.vanished)} if done.vanished else {}
        incomplete = [asdict(each) for each in done.incomplete]
        print_json({"dry_run": dry_run, **about, "incomplete_records": incomplete, **vanished})
    else:
        for file in done.files:
            typer.echo(_about(file))
        for refused in done.refused[:MOST_PRINTED]:
            typer.echo(f"{refused.file}, line {refused.line}: {refused.problem}")
        if (more := done.counts.refused + done.counts.skipped - MOST_PRINTED) > 0:
            typer.echo(f"and {more} more: --json tells the first {MOST_KEPT:,}, and --report all rows of CSV files.")
        for each in done.incomplete[:MOST_PRINTED]:
            typer.echo(f"{each.file}, line {each.line}: Appointment {each.id}: {each.remedy}")
        if (more := done.unknown - MOST_PRINTED) > 0:
            typer.echo(f"and {more} more such appointments: --json tells the first {MOST_KEPT:,}.")
        for line in done.vanished.lines(MOST_PRINTED, dry_run=dry_run) if done.vanished else ():
            typer.echo(line)
        if dry_run:
            typer.echo("Nothing was changed.")
    if done.counts.refused or (done.vanished and done.vanished.failed):
        raise typer.Exit(1)


def _about(each: Mapping[str, object]) -> str:
    encoding = f", {each['encoding']}" if "encoding" in each else ""
    said = f"{each['file']} ({each['records']}{encoding}): {each['created']} new, {each['changed']} changed, "
    said += f"{each['cancelled']} cancelled, {each['unchanged']} the same, {each['refused']} refused"
    said += f", {each['skipped']} skipped" if each["skipped"] else ""
    if each["incomplete"]:
        said += f"; {each['incomplete']} go without a staff member or facility that has no external id here"
    ignored = each.get("ignored_columns")
    return f"{said}; not imported: {', '.join(ignored)}" if isinstance(ignored, list) and ignored else said
