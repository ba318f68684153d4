"""`python -m bench.importing`: `vestibule import csv` with `--contacts N`, and the same file again, on either database.

Prints time, contacts a second and the peak of the command's memory; docs/scaling.md has the figures.
"""

import argparse
import asyncio
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from bench.practice import found_and_fill
from bench.stage import KINDS, ROOT, Deployment, migrated_database, run_until_term, scratch_folder
from runtime.database.config import sqlite_path

# Between two looks at the memory of the command.
_LOOK = 0.2


@dataclass(frozen=True)
class Imported:
    """One run of the command: its counts, its seconds, and the most bytes that it held."""

    created: int
    unchanged: int
    seconds: float
    peak: int


def write_people(path: Path, contacts: int) -> None:
    """A file of made-up people, each with a date of birth, an address and a number."""
    with path.open("w", encoding="utf-8") as file:
        file.write("id,first name,last name,dob,email,phone\n")
        for number in range(contacts):
            born = f"{1930 + number % 90}-{1 + number % 12:02}-{1 + number % 28:02}"
            phone = f"208 555 {number % 10_000:04}"
            file.write(f"i{number},Given{number},Family{number % 997},{born},import{number}@example.com,{phone}\n")


def import_file(path: Path, slug: str, deployment: Deployment) -> Imported:
    """Run the command. Raises `CalledProcessError` if a row was refused."""
    command = [sys.executable, "-c", "from runtime.cli import main; main()"]
    command += ["import", "csv", str(path), "--organization", slug, "--json"]
    began, peak = monotonic(), 0
    with subprocess.Popen(command, env=deployment.environment, cwd=ROOT, stdout=subprocess.PIPE) as running:
        while running.poll() is None:
            peak = max(peak, _peak(running.pid))
            try:
                running.wait(_LOOK)
            except subprocess.TimeoutExpired:
                continue
        said = running.stdout.read() if running.stdout else b""
    if running.returncode:
        raise subprocess.CalledProcessError(running.returncode, command, said)
    counts = json.loads(said)
    return Imported(counts["created"], counts["unchanged"], monotonic() - began, peak)


def _peak(process: int) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(found[0]) * 1024 if found else 0


def _forget_statistics(database_url: str) -> None:
    """Loading has SQLite look at its tables, as nothing of the product does: it would take them for small."""
    path = sqlite_path(database_url)
    if path is not None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("DELETE FROM sqlite_stat1")


async def _report(kinds: list[str], contacts: int) -> None:
    for kind in kinds:
        async with scratch_folder() as folder, migrated_database(kind, folder) as url:
            deployment = Deployment(url, folder)
            founded = await found_and_fill(deployment, 10)
            _forget_statistics(url)
            path = folder / "people.csv"
            write_people(path, contacts)
            for what in ("new", "the same file again"):
                done = await asyncio.to_thread(import_file, path, founded.organization.slug, deployment)
                print(
                    f"{kind:<9} {what:<20} {done.created} new, {done.unchanged} the same: {done.seconds:.0f} s, "
                    f"{contacts / done.seconds:.0f} a second, at most {done.peak / 1_000_000:.0f} MB",
                    flush=True,
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--database", choices=KINDS, action="append")
    asked = parser.parse_args()
    run_until_term(_report(asked.database or list(KINDS), asked.contacts))
