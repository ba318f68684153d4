"""`python -m bench.power_cut [--contacts N] [--cuts N] [--seed S]`: does a power cut take what was acknowledged?

A program makes contacts on SQLite, and every write it makes to the disk is recorded (`bench.disk_writes`). Then the
power is cut at random moments between two writes, and the database that may be left is opened: is it sound, is every
contact there that was acknowledged, is none half made? Then the same with the syncs left out, as if SQLite did not wait
for the disk: losses must be found there, or the proof proves nothing. Exit 1 if either is not so. Needs `strace`.
"""

import argparse
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from bench.disk_writes import Disk, Event, Noted, Synced, Written, recorded
from bench.practice import found
from bench.stage import Deployment, migrated_database, run_until_term, scratch_folder

_HALF_MADE = {
    "contacts without an audit event": "SELECT count(*) FROM contact c WHERE NOT EXISTS "
    "(SELECT 1 FROM audit_event e WHERE e.subject_id = c.id AND e.action = 'contact.created')",
    "contacts without an address": "SELECT count(*) FROM contact c WHERE NOT EXISTS "
    "(SELECT 1 FROM contact_email e WHERE e.contact_id = c.id)",
    "audit events without their contact": "SELECT count(*) FROM audit_event e WHERE e.action = 'contact.created' "
    "AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.id = e.subject_id)",
    "ends of the audit that are not its last event": "SELECT count(*) FROM audit_head h WHERE h.sequence <> "
    "(SELECT max(e.sequence) FROM audit_event e WHERE e.organization_id = h.organization_id)",
}


@dataclass
class Found:
    """What the cuts left, counted over all of them."""

    cuts: int = 0
    acknowledged: int = 0
    lost: int = 0
    unacknowledged: int = 0
    unsound: int = 0
    half_made: int = 0
    sentences: set[str] = field(default_factory=set)

    @property
    def violations(self) -> int:
        return self.lost + self.unsound + self.half_made

    def look_at(self, database: Path, acknowledged: set[str]) -> None:
        """Open what one cut left, as the next start of the program would."""
        self.cuts += 1
        self.acknowledged += len(acknowledged)
        connection = sqlite3.connect(database)
        try:
            if (answer := connection.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                raise sqlite3.DatabaseError(answer)
            there = {row[0] for row in connection.execute("SELECT id FROM contact")}
            half = {what: connection.execute(sql).fetchone()[0] for what, sql in _HALF_MADE.items()}
        except sqlite3.DatabaseError as problem:
            self.unsound += 1
            self.sentences.add(f"unsound: {str(problem)[:100]}")
            return
        finally:
            connection.close()
        self.lost += len(acknowledged - there)
        self.unacknowledged += len(there - acknowledged)
        self.half_made += sum(half.values())
        self.sentences |= {f"{number} {what}" for what, number in half.items() if number}


@dataclass(frozen=True)
class Recording:
    """A database file as it was, and everything that a program then did to it."""

    database: Path
    before: bytes
    events: Sequence[Event]

    def without_syncs(self) -> "Recording":
        """The same writes by a program that doesn't wait for the disk."""
        return replace(self, events=[event for event in self.events if not isinstance(event, Synced)])

    def count(self, kind: type[Event]) -> int:
        return sum(isinstance(event, kind) for event in self.events)


def record(database: Path, environment: Mapping[str, str], contacts: int) -> Recording:
    """Every write and sync of the program that makes so many contacts in the practice of this closed database."""
    if database.with_name(f"{database.name}-wal").exists():
        raise ValueError("the database is open")
    notes, before = database.with_name("notes"), database.read_bytes()
    command = (sys.executable, "-m", "bench.acknowledging", str(notes), str(contacts))
    return Recording(database, before, recorded(command, environment, database, notes))


def cut_at_random(recording: Recording, cuts: int, chance: Random, folder: Path) -> Found:
    """Cut so many times, each time after another event, and look at what is left in the folder."""
    found, acknowledged = Found(), set[str]()
    disk = Disk(recording.database, recording.before)
    moments = set(chance.sample(range(len(recording.events)), min(cuts, len(recording.events))))
    for number, event in enumerate(recording.events):
        disk.take(event)
        if isinstance(event, Noted):
            acknowledged |= set(event.words.split())
        if number in moments:
            disk.cut(chance, folder)
            found.look_at(folder / recording.database.name, acknowledged)
    return found


def in_words(name: str, found: Found) -> str:
    """The counts, and a few of the sentences that say what is wrong."""
    lines = [
        f"{name}: {found.cuts} power cuts, {found.acknowledged} acknowledged contacts looked for",
        f"  {found.lost} lost, {found.half_made} half made, {found.unsound} databases unsound",
        f"  {found.unacknowledged} there that were not acknowledged yet",
    ]
    return "\n".join([*lines, *(f"  such as: {sentence.splitlines()[0]}" for sentence in sorted(found.sentences)[:3])])


async def main(contacts: int, cuts: int, seed: int) -> int:
    async with scratch_folder() as folder, migrated_database("sqlite", folder) as url:
        deployment = Deployment(url, folder)
        await found(deployment)
        recording = record(folder / "vestibule.sqlite3", deployment.environment, contacts)
        print(f"{contacts} contacts: {recording.count(Written)} writes, {recording.count(Synced)} syncs")
        left = folder / "left"
        left.mkdir()
        kept = cut_at_random(recording, cuts, Random(seed), left)
        print(in_words("as it is", kept))
        planted = cut_at_random(recording.without_syncs(), cuts // 4, Random(seed), left)
        print(in_words("with the syncs left out, where losses must be found", planted))
    return 1 if kept.violations or not planted.lost else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=200)
    parser.add_argument("--cuts", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=2026)
    given = parser.parse_args()
    sys.exit(run_until_term(main(given.contacts, given.cuts, given.seed)))
