"""What a program writes to its files, call by call, and what a power cut at any moment may leave of it.

The calls are those that `strace` sees, so it is the real program on the real database library. The disk is a hard one:
until a file is synced, each write to it may be there, or be missing, or be there in parts, in any combination; until
the folder is synced, a new file may not be there, and a removed one may still be.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

SECTOR = 512
_CALLS = "pwrite64,write,fsync,fdatasync,ftruncate,unlink"
_CALL = re.compile(r"(\d+) +(\w+)\((.*?)(?:\) += (-?\d+).*| <unfinished \.\.\.>)")
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>.*\) += (-?\d+).*")
_HEX = re.compile(r'"([^"]*)"|<([^>]*)>')


@dataclass(frozen=True)
class Written:
    """Bytes at a place of a file."""

    path: Path
    offset: int
    content: bytes


@dataclass(frozen=True)
class Resized:
    """A file of another length."""

    path: Path
    size: int


@dataclass(frozen=True)
class Removed:
    """A file that is taken out of its folder."""

    path: Path


@dataclass(frozen=True)
class Synced:
    """A file or a folder whose changes before the event with this number are on disk."""

    path: Path
    before: int


@dataclass(frozen=True)
class Noted:
    """What the program said is done."""

    words: str


Event = Written | Resized | Removed | Synced | Noted


def can_trace() -> bool:
    """Whether `strace` is there and may follow a program."""
    return (
        shutil.which("strace") is not None
        and not subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, check=False).returncode
    )


def recorded(command: Sequence[str], environment: Mapping[str, str], database: Path, notes: Path) -> list[Event]:
    """Run the program to its end. It writes a line to `notes` for each thing that is done."""
    log, folder = notes.with_suffix(".calls"), database.parent
    paths = (database, database.with_name(f"{database.name}-wal"), folder, notes)
    of_these = [argument for path in paths for argument in ("-P", str(path))]
    how = ("-f", "--seccomp-bpf", "-qq", "-y", "-xx", "-s", "100000000", "-e", "signal=none", "-e", f"trace={_CALLS}")
    done = subprocess.run(
        ["strace", *how, *of_these, "-o", str(log), "--", *command],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr[-2000:]}")
    with log.open(encoding="ascii") as lines:
        return list(events_of(lines, notes))


def events_of(lines: Iterable[str], notes: Path) -> Iterator[Event]:
    """A write counts from its beginning, a sync from its end: what it covers was written before its beginning."""
    number, begun = 0, dict[str, tuple[str, int]]()
    for line in lines:
        if call := _CALL.match(line):
            task, name, arguments, result = call.groups()
            if result is None and name.endswith("sync"):
                begun[task] = (arguments, number)
                continue
            event = _event(name, arguments, number, notes) if result is None or int(result) >= 0 else None
        elif (resumed := _RESUMED.match(line)) and resumed[2].endswith("sync"):
            arguments, before = begun.pop(resumed[1])
            event = _event(resumed[2], arguments, before, notes) if int(resumed[3]) >= 0 else None
        else:
            continue
        if event is not None:
            number += 1
            yield event


def _event(name: str, arguments: str, before: int, notes: Path) -> Event:
    texts = [bytes.fromhex((one or other).replace("\\x", "")) for one, other in _HEX.findall(arguments)]
    path, last = Path(texts[0].decode()), arguments.rpartition(" ")[2]
    match name:
        case "write" if path == notes:
            return Noted(texts[1].decode())
        case "pwrite64":
            return Written(path, int(last), texts[1])
        case "ftruncate":
            return Resized(path, int(last))
        case "unlink":
            return Removed(path)
        case "fsync" | "fdatasync":
            return Synced(path, before)
    raise ValueError(f"{name}({arguments[:200]})")


@dataclass
class _File:
    """`saved` is on disk; the changes since may be. So is the entry in the folder, unless a change of it waits."""

    saved: bytearray
    there: bool
    will_be_there: bool
    changes: list[tuple[int, Written | Resized]] = field(default_factory=list)


class Disk:
    """What is on disk for sure, and what may be, after the events so far."""

    def __init__(self, database: Path, content: bytes) -> None:
        """`content` is what the database file had before the first event."""
        self._files = {database: _File(bytearray(content), there=True, will_be_there=True)}
        self._number = 0

    def take(self, event: Event) -> None:
        """One event more."""
        match event:
            case Written() | Resized():
                file = self._files.setdefault(event.path, _File(bytearray(), there=False, will_be_there=True))
                if not file.will_be_there:
                    raise ValueError(f"{event.path} was removed")
                file.changes.append((self._number, event))
            case Removed():
                self._files[event.path].will_be_there = False
            case Synced():
                self._sync(event)
            case Noted():
                pass
        self._number += 1

    def _sync(self, event: Synced) -> None:
        for path, file in self._files.items():
            if path == event.path:
                for _, change in (each for each in file.changes if each[0] < event.before):
                    _apply(file.saved, change)
                file.changes = [each for each in file.changes if each[0] >= event.before]
            elif path.parent == event.path:
                file.there = file.will_be_there

    def cut(self, chance: Random, folder: Path) -> None:
        """Write into the folder what one power cut at this moment may leave."""
        share = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))
        for path, file in self._files.items():
            target = folder / path.name
            target.unlink(missing_ok=True)
            if not (file.there if chance.random() >= share else file.will_be_there):
                continue
            content = bytearray(file.saved)
            for _, change in file.changes:
                if isinstance(change, Resized) and chance.random() < share:
                    _apply(content, change)
                elif isinstance(change, Written):
                    for part in _parts(change, chance):
                        if chance.random() < share:
                            _apply(content, part)
            target.write_bytes(content)


def _parts(change: Written, chance: Random) -> list[Written]:
    """The write as a whole, or one in three times sector by sector."""
    if chance.random() > 1 / 3:
        return [change]
    cuts = range(0, len(change.content), SECTOR)
    return [Written(change.path, change.offset + at, change.content[at : at + SECTOR]) for at in cuts]


def _apply(content: bytearray, change: Written | Resized) -> None:
    size = change.size if isinstance(change, Resized) else max(len(content), change.offset + len(change.content))
    content.extend(bytes(max(0, size - len(content))))
    if isinstance(change, Resized):
        del content[size:]
    else:
        content[change.offset : change.offset + len(change.content)] = change.content
