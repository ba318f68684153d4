"""The demo practice, seeded once a run: a database, its files, and the keys they were written under, to be copied."""

from pathlib import Path

from adapters.sealing.key import new_authority
from adapters.secrets import new_key
from dev.demo.practice import seed_demo
from runtime.database import open_database
from runtime.settings import Environment, Settings
from runtime.wiring import build_services
from tests.factories.keys import BEGAN
from tests.run import alone, migrated_sqlite, sqlite_copy

DATABASE, SECRET_KEY, SIGNING_KEY = "vestibule.sqlite3", "secret.key", "signing.p12"


async def demo_to_copy(run_folder: Path) -> Path:
    """The folder that holds all this. The first who needs it in this run makes it."""
    template = await migrated_sqlite(run_folder)
    with alone(run_folder, "demo") as noted:
        folder = run_folder / "demo-practice"
        if not noted.exists():
            folder.mkdir()
            url = sqlite_copy(template, folder / DATABASE)
            (folder / SECRET_KEY).write_text(new_key())
            (folder / SIGNING_KEY).write_bytes(new_authority("Test", BEGAN))
            settings = Settings(
                environment=Environment.TEST,
                database_url=url,
                files_url=f"file://{folder}/files",
                secret_keys=((folder / SECRET_KEY).read_text(),),
                signing_pkcs12=folder / SIGNING_KEY,
            )
            async with open_database(url):
                await seed_demo(build_services(settings))
            noted.touch()
    return folder
