"""`vestibule import csv` ended without warning, at any row: run again, it ends as if nothing had happened."""

import asyncio
import json
import time
import tracemalloc
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from clinic.organizations.actions import NewOrganization, create_organization
from clinic.records.import_files.csv_records import Reading
from clinic.records.import_files.entries import csv_file
from clinic.records.models import Contact, ContactEmail, ExternalId
from clinic.values.ports import SystemClock
from clinic.work.models import AuditEvent
from runtime.database import open_database
from runtime.settings import Environment
from tests.factories import SECRET_KEY, make_services
from tests.processes import Program

ROWS = 120
_BEGINS_WITHIN = 60.0


def people(path: Path, rows: int = ROWS) -> Path:
    lines = [f"{number},Given{number},Family,1980-05-04,p{number}@example.com\n" for number in range(rows)]
    path.write_text("".join(["id,first name,last name,dob,email\n", *lines]), encoding="utf-8")
    return path


def environment_of(database_url: str, directory: Path) -> dict[str, str]:
    return {
        "VESTIBULE_ENVIRONMENT": Environment.TEST.value,
        "VESTIBULE_DATABASE_URL": database_url,
        "VESTIBULE_FILES_URL": f"file://{directory}/files",
        "VESTIBULE_SECRET_KEYS": SECRET_KEY,
    }


@pytest.mark.processes
async def test_import_killed_midway_and_run_again_ends_the_same(database_url: str, tmp_path: Path) -> None:
    path = people(tmp_path / "people.csv")
    environment = environment_of(database_url, tmp_path)
    arguments = ("import", "csv", str(path), "--organization", "alder")
    first = Program(arguments, environment, tmp_path / "log")
    async with open_database(database_url):
        await create_organization(
            NewOrganization(slug="alder", name="Alder Clinic"), make_services(SystemClock()), by="test"
        )
        await asyncio.to_thread(first.start)
        try:
            until = time.monotonic() + _BEGINS_WITHIN
            while not await Contact.exists():
                assert time.monotonic() < until, first.log.read_text()
        finally:
            await asyncio.to_thread(first.kill)
        made = await Contact.all().count()
        assert 0 < made < ROWS, "it was killed in the middle"
        again = Program((*arguments, "--json"), environment)
        done = json.loads(await asyncio.to_thread(again.run))
        assert (done["created"], done["unchanged"], done["refused"]) == (ROWS - made, made, 0)
        numbers = await ExternalId.all().values_list("value", flat=True)
        assert sorted(map(str, numbers)) == sorted(map(str, range(ROWS)))
        for rows in (Contact.all(), ContactEmail.all(), AuditEvent.filter(action="contact.created")):
            assert await rows.count() == ROWS


@pytest.mark.processes
async def test_complete_list_killed_while_it_archives_and_run_again_ends_the_same(
    database_url: str, tmp_path: Path
) -> None:
    environment = environment_of(database_url, tmp_path)
    arguments = ("import", "csv", str(tmp_path / "people.csv"), "--organization", "alder", "--json")
    complete = (*arguments, "--complete-list", "--vanished-at-most", "100")
    async with open_database(database_url):
        await create_organization(
            NewOrganization(slug="alder", name="Alder Clinic"), make_services(SystemClock()), by="test"
        )
        people(tmp_path / "people.csv")
        await asyncio.to_thread(Program(arguments, environment).run)
        people(tmp_path / "people.csv", 1)
        first = Program(complete, environment, tmp_path / "log")
        await asyncio.to_thread(first.start)
        gone = Contact.filter(archived_at__not_isnull=True)
        try:
            until = time.monotonic() + _BEGINS_WITHIN
            while not await gone.exists():
                assert time.monotonic() < until, first.log.read_text()
        finally:
            await asyncio.to_thread(first.kill)
        archived = await gone.count()
        assert 0 < archived < ROWS - 1, "it was killed in the middle"
        done = json.loads(await asyncio.to_thread(Program(complete, environment).run))
        assert (done["unchanged"], done["vanished"]["archived"]) == (1, ROWS - 1 - archived)
        assert await gone.count() == ROWS - 1 == await AuditEvent.filter(action="contact.archived").count()


def test_reading_a_larger_file_takes_no_more_memory(tmp_path: Path) -> None:
    reading = Reading("urn:test", None, ZoneInfo("UTC"))

    def peak(rows: int) -> int:
        path = people(tmp_path / f"{rows}.csv", rows)
        tracemalloc.start()
        try:
            assert sum(entry.record is not None for entry in csv_file(path, {}).entries(reading)) == rows
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(10)
    assert peak(8000) - peak(800) < 1_000_000
