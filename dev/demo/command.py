"""`vestibule demo`: prepares settings, database and practice, then runs all parts in one terminal until Ctrl-C."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from clinic.upkeep.vouching import vouch_for_older_rows
from dev.demo.page import page
from dev.demo.ports import HOST, Ports, choose_ports
from dev.demo.practice import seed_demo
from dev.demo.supervisor import Part, run_together
from runtime.commands.failures import CommandFailed
from runtime.database import migrate, open_database
from runtime.made_keys import load_or_create_key, load_or_create_signing_key
from runtime.settings import PREFIX, Settings, load_settings
from runtime.wiring import build_services


def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo keeps what it stores.")] = Path("var/demo"),
) -> None:
    """The whole product on this machine, with a made-up practice. Ctrl-C ends it; the next start keeps the data."""
    with _exclusive_lock(folder):
        choice = choose_ports()
        for note in choice.notes:
            typer.echo(note)
        environment = demo_environment(folder, choice.ports)
        settings = _read(environment)
        typer.echo("Preparing the demo practice …")
        asyncio.run(_prepare(settings))
        typer.echo("Starting …")
        asyncio.run(
            run_together(
                demo_parts(folder, choice.ports),
                environment,
                folder / "logs",
                lambda: typer.echo(page(choice.ports, folder)),
            )
        )
        typer.echo("Ended. What the demo stored is kept; make demo-reset forgets it.")


def demo_environment(folder: Path, ports: Ports) -> dict[str, str]:
    """This process's environment with all our settings replaced, so that the demo can't touch a real deployment."""
    ours = {
        "ENVIRONMENT": "demo",
        "DATABASE_URL": f"sqlite://{folder}/vestibule.sqlite3",
        "FILES_URL": f"file://{folder}/files",
        "API_URL": f"http://{HOST}:{ports.api}",
        "PORTAL_URL": f"http://{HOST}:{ports.portal}",
        "SMTP_URL": f"smtp://{HOST}:{ports.smtp}",
        "MAIL_FROM": "no-reply@portal.example",
        "SECRET_KEYS": load_or_create_key(folder),
        "SIGNING_PKCS12": str(load_or_create_signing_key(folder)),
    }
    others = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return others | {f"{PREFIX}{name}": value for name, value in ours.items()}


def demo_parts(folder: Path, ports: Ports) -> list[Part]:
    """The parts in the order in which they start."""
    letters = ("--smtp-port", str(ports.smtp), "--port", str(ports.letters), "--folder", str(folder / "letters"))
    return [
        Part("mail catcher", ("mail-catcher", *letters), f"http://{HOST}:{ports.letters}/"),
        Part("API", ("api", "--port", str(ports.api)), f"http://{HOST}:{ports.api}/healthz"),
        Part("portal", ("portal", "--port", str(ports.portal)), f"http://{HOST}:{ports.portal}/healthz"),
        Part("worker", ("worker",)),
    ]


def _read(environment: dict[str, str]) -> Settings:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    os.environ.update({name: value for name, value in environment.items() if name.startswith(PREFIX)})
    return load_settings()


async def _prepare(settings: Settings) -> None:
    await migrate(settings.database_url)
    services = build_services(settings)
    async with open_database(settings.database_url):
        await vouch_for_older_rows(services)
        for sentence in await seed_demo(services):
            typer.echo(f"  {sentence}")


@contextmanager
def _exclusive_lock(folder: Path) -> Iterator[None]:
    """Two demos in one folder would send each other's letters. The system releases the lock when the process ends."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandFailed(f"a demo runs already in {folder}: end it first, or choose another --folder.") from None
        yield
