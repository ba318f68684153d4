"""The demo practice, seeded once a run: a database, its files, and the keys they were written under, to be copied.

Its calendars are full on the day of the seeding. A run that crosses midnight in one of the practices fills them again.
"""

import shutil
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from adapters.sealing.key import new_authority
from adapters.secrets import new_key
from clinic.values.ports import SystemClock
from dev.demo.people import PRACTICES
from dev.demo.practice import seed_demo
from runtime.database import open_database
from runtime.settings import Environment, Settings
from runtime.wiring import build_services
from tests.factories.keys import BEGAN
from tests.run import alone, migrated_sqlite, sqlite_copy

DATABASE, SECRET_KEY, SIGNING_KEY = "vestibule.sqlite3", "secret.key", "signing.p12"
DAYS = "days"


async def demo_to_copy(run_folder: Path) -> Path:
    """The folder that holds all this. The first who needs it in this run makes it."""
    template = await migrated_sqlite(run_folder)
    with alone(run_folder, "demo") as noted:
        folder = run_folder / "demo-practice"
        if not noted.exists():
            folder.mkdir()
            sqlite_copy(template, folder / DATABASE)
            (folder / SECRET_KEY).write_text(new_key())
            (folder / SIGNING_KEY).write_bytes(new_authority("Test", BEGAN))
            await fill(folder)
            noted.touch()
    return folder


async def copy_demo(demo: Path, folder: Path) -> None:
    """Copy it, with full calendars for today."""
    shutil.copytree(demo, folder, dirs_exist_ok=True)
    if (folder / DAYS).read_text() != _days(SystemClock().now()):
        await fill(folder)


async def fill(folder: Path) -> None:
    """Seed what is missing."""
    settings = Settings(
        environment=Environment.TEST,
        database_url=f"sqlite://{folder / DATABASE}?synchronous=OFF",
        files_url=f"file://{folder}/files",
        secret_keys=((folder / SECRET_KEY).read_text(),),
        signing_pkcs12=folder / SIGNING_KEY,
    )
    services = build_services(settings)
    # Noted first: midnight may come meanwhile.
    (folder / DAYS).write_text(_days(services.clock.now()))
    async with open_database(settings.database_url):
        await seed_demo(services)


def _days(now: datetime) -> str:
    """Which day it is in each of the practices."""
    return " ".join(f"{now.astimezone(ZoneInfo(practice.organization.time_zone)):%Y-%m-%d}" for practice in PRACTICES)
