"""A power cut at any moment takes nothing that was acknowledged on SQLite; `bench/power_cut.py` does it at length."""

from pathlib import Path
from random import Random

import pytest

from bench.disk_writes import Disk, Noted, Removed, Synced, Written, can_trace, events_of
from bench.power_cut import cut_at_random, record
from bench.stage import Deployment
from runtime.database import open_database
from runtime.database.config import sqlite_path
from tests.clock import FixedClock
from tests.factories import SECRET_KEY, make_services, open_practice

CUTS = 60


@pytest.mark.processes
@pytest.mark.skipif(not can_trace(), reason="strace is not installed, or may not follow a program")
async def test_every_acknowledged_contact_is_there_after_a_power_cut(sqlite_database: str, tmp_path: Path) -> None:
    async with open_database(sqlite_database):
        await open_practice(make_services(FixedClock()))
    # Many checkpoints: the write-ahead log is written back into the database, and begun anew, between the cuts.
    file = sqlite_path(sqlite_database)
    assert file is not None
    deployment = Deployment(f"sqlite://{file}?wal_autocheckpoint=30", tmp_path, secret_key=SECRET_KEY)
    recording = record(file, deployment.environment, contacts=6)
    left = tmp_path / "left"
    left.mkdir()

    found = cut_at_random(recording, CUTS, Random(1), left)
    without_waiting = cut_at_random(recording.without_syncs(), CUTS, Random(1), left)

    assert (found.lost, found.half_made, found.unsound, found.sentences) == (0, 0, 0, set())
    assert found.acknowledged > CUTS
    # The same cuts find losses where a program doesn't wait for the disk.
    assert without_waiting.lost > 0


def cuts_of(disk: Disk, folder: Path) -> set[bytes | None]:
    """What forty cuts leave of the file `log`."""
    left = set()
    for seed in range(40):
        disk.cut(Random(seed), folder)
        file = folder / "log"
        left.add(file.read_bytes() if file.exists() else None)
    return left


def test_what_is_not_synced_may_be_there_or_not(tmp_path: Path) -> None:
    disk, log = Disk(Path("/there/database"), b"kept"), Path("/there/log")
    disk.take(Written(log, 0, b"one"))
    assert cuts_of(disk, tmp_path) == {None, b"", b"one"}

    disk.take(Synced(log, before=1))
    assert cuts_of(disk, tmp_path) == {None, b"one"}

    disk.take(Synced(log.parent, before=2))
    assert cuts_of(disk, tmp_path) == {b"one"}

    disk.take(Written(log, 3, b"two"))
    assert cuts_of(disk, tmp_path) == {b"one", b"onetwo"}

    disk.take(Removed(log))
    assert cuts_of(disk, tmp_path) == {None, b"one", b"onetwo"}
    assert (tmp_path / "database").read_bytes() == b"kept"


def test_a_sync_covers_what_was_written_before_it_began() -> None:
    def hexed(text: str) -> str:
        return "".join(f"\\x{byte:02x}" for byte in text.encode())

    log, notes = hexed("/there/log"), hexed("/there/notes")
    lines = [
        f'7 pwrite64(3<{log}>, "{hexed("one")}", 3, 0) = 3',
        f"7 fdatasync(3<{log}> <unfinished ...>",
        f'8 pwrite64(3<{log}>, "{hexed("two")}", 3, 3 <unfinished ...>',
        "7 <... fdatasync resumed>) = 0",
        "8 <... pwrite64 resumed>) = 3",
        f'7 pwrite64(3<{log}>, "{hexed("bad")}", 3, 9) = -1 ENOSPC (No space left on device)',
        f'7 write(4<{notes}>, "{hexed("done")}", 4) = 4',
    ]

    path = Path("/there/log")
    assert list(events_of(lines, Path("/there/notes"))) == [
        Written(path, 0, b"one"),
        Written(path, 3, b"two"),
        Synced(path, before=1),
        Noted("done"),
    ]
