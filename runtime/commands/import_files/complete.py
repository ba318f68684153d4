"""The complete list of an import: its numbers are read first, and who is not in it is archived last (decision 0094)."""

import sqlite3
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field

from clinic.records.external_ids import Identifier, stored_form
from clinic.records.import_files.entries import Entry
from clinic.records.sync.records import SyncContact
from clinic.records.sync.vanished import CompleteList, archive_vanished, refuse_if_too_many
from clinic.values.callers import SystemCaller
from clinic.values.errors import ClinicError
from clinic.values.ports import Services
from runtime.commands.failures import CommandFailed
from runtime.commands.import_files.words import import_words, list_words

# So many of each are kept for --json. The report has all refused rows of CSV files.
MOST_KEPT = 1000


class Numbers(Container[Identifier]):
    """External ids in a file that only this process has and that SQLite removes: so many would fill the memory."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.execute(
            "CREATE TABLE listed (system TEXT, value TEXT, PRIMARY KEY (system, value)) WITHOUT ROWID"
        )
        self.systems: set[str] = set()

    def add(self, number: Identifier) -> None:
        """Add it; one that is there already stays."""
        self._database.execute("INSERT OR IGNORE INTO listed VALUES (?, ?)", (number.system, number.value))
        self.systems.add(number.system)

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, Identifier):
            return False
        sql = "SELECT 1 FROM listed WHERE system = ? AND value = ?"
        return self._database.execute(sql, (number.system, number.value)).fetchone() is not None


@dataclass
class Vanished:
    """Who was not in the list: how many were archived or could not be, and the first of each.

    `problem` says why nobody was archived, if the list can't be used.
    """

    archived: int = 0
    refused: int = 0
    ids: list[str] = field(default_factory=list)
    refusals: list[dict[str, str]] = field(default_factory=list)
    problem: str = ""

    @property
    def failed(self) -> bool:
        return bool(self.problem or self.refused)

    def lines(self, most: int, *, dry_run: bool) -> Iterator[str]:
        """What the operator is told, with at most so many external ids."""
        if self.problem:
            yield f"Nobody {'would be' if dry_run else 'was'} archived: {self.problem}"
            return
        more = f" and {self.archived - most} more" if self.archived > most else ""
        who = f" ({', '.join(self.ids[:most])}{more})" if self.ids else ""
        kept = f", {self.refused} refused" if self.refused else ""
        yield f"Not in the list: {self.archived} {'to be ' if dry_run else ''}archived{who}{kept}"
        for each in self.refusals[:most]:
            yield f"not in the list, {each['id']}: {each['problem']}"


class WholeList:
    """The numbers of the contacts in all files of an import."""

    def __init__(self, most_percent: int) -> None:
        self._most_percent = most_percent
        self._numbers = Numbers()
        self._unreadable = 0
        self._before: dict[str, int] = {}

    def learn(self, entries: Iterable[Entry]) -> None:
        """Remember the contacts of a file. Raises `FileRefused`."""
        for entry in entries:
            if entry.problem is not None and not entry.skipped:
                self._unreadable += 1
            if isinstance(entry.record, SyncContact) and (number := stored_form(entry.record.external_id)):
                self._numbers.add(number)

    async def refuse_if_too_many(self, caller: SystemCaller) -> None:
        """Raises `CommandFailed` if too many of those on record would go. Call it before anything is imported.

        Otherwise the contacts that a wrong file adds would make those who are not in it a smaller part. With a record
        that can't be read the number is not known: the others are imported then, and nobody is archived.
        """
        if self._unreadable:
            return
        try:
            self._before = await refuse_if_too_many(caller.organization_id, self._as_list(0))
        except ClinicError as refusal:
            raise CommandFailed(f"{list_words(refusal)} Nothing was changed.") from None

    async def archive(self, caller: SystemCaller, services: Services, refused: int, *, dry_run: bool) -> Vanished:
        """Archive those who are not in the list, after the import, of whose records so many were refused."""
        done = Vanished()
        try:
            async for result in archive_vanished(caller, self._as_list(refused), services, dry_run=dry_run):
                number = result.external_id.value
                if result.refusal is None:
                    done.archived += 1
                    done.ids += [number] if len(done.ids) < MOST_KEPT else []
                else:
                    done.refused += 1
                    why = {"id": number, "problem": import_words(result.refusal)}
                    done.refusals += [why] if len(done.refusals) < MOST_KEPT else []
        except ClinicError as refusal:
            done.problem = list_words(refusal)
        return done

    def _as_list(self, refused: int) -> CompleteList:
        return CompleteList(self._numbers.systems, self._numbers, self._most_percent, refused, self._before)
