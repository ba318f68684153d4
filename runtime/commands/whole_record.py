"""`vestibule export contact` and `vestibule erase contact`: a person's whole record, for the operator."""

import asyncio
import base64
import binascii
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from clinic.charts.actions import erase_contact, export_contact, exported_files
from clinic.records.models import Contact
from clinic.values.callers import SystemCaller
from clinic.values.ports import FileStoreUnavailable, Services
from runtime.commands.failures import CommandFailed
from runtime.database import open_database
from runtime.settings import read_settings
from runtime.wiring import build_services

R = TypeVar("R")

ContactId = Annotated[str, typer.Argument(metavar="ID", help="The contact's id, as the API gives it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")]

export = typer.Typer(help="What is held about a person, as files.", no_args_is_help=True)
erase = typer.Typer(help="Erase what is held about a person.", no_args_is_help=True)


# Each has one command now; the callbacks keep its name in the command line.
@export.callback()
def _export() -> None:
    """What is held about a person, as files."""


@erase.callback()
def _erase() -> None:
    """Erase what is held about a person."""


@export.command("contact")
def export_contact_command(
    contact_id: ContactId,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")],
    as_json: AsJson = False,
) -> None:
    """Write a person's whole record into a folder: JSON by kind, and their PDFs."""
    if folder.exists() and any(folder.iterdir()):
        raise CommandFailed(f"{folder} is not empty: name a new folder.")

    async def work(contact: Contact, services: Services) -> list[str]:
        await export_contact(SystemCaller(contact.organization_id, "vestibule export contact"), contact.id, services)
        written = []
        async for name, content in exported_files(contact, services):
            await asyncio.to_thread(_write, folder / name, content)
            written.append(name)
        return written

    written = _run(contact_id, work)
    if as_json:
        typer.echo(json.dumps({"files": written}))
    else:
        typer.echo(f"Wrote {len(written)} files to {folder}. They hold a whole record: keep them like one.")


@erase.command("contact")
def erase_contact_command(
    contact_id: ContactId,
    reason: Annotated[str, typer.Option(help="Why; it stays in the audit, so name nobody in it.")],
    as_json: AsJson = False,
) -> None:
    """Erase a person's record for good. Refused while something in it must be kept."""

    async def work(contact: Contact, services: Services) -> None:
        await erase_contact(
            SystemCaller(contact.organization_id, "vestibule erase contact"), contact.id, reason, services
        )

    _run(contact_id, work)
    if as_json:
        typer.echo(json.dumps({"erased": contact_id}))
    else:
        typer.echo("Erased. The worker deletes the files within the hour; backups made before still hold the record.")


def _run(contact_id: str, work: Callable[[Contact, Services], Awaitable[R]]) -> R:
    settings = read_settings()

    async def with_database() -> R:
        async with open_database(settings.database_url):
            contact = await Contact.get_or_none(id=_key(contact_id))
            if contact is None:
                raise CommandFailed("there is no contact with this id.")
            try:
                return await work(contact, build_services(settings))
            except FileStoreUnavailable as problem:
                raise CommandFailed(f"the file store failed: {problem}") from None

    return asyncio.run(with_database())


def _key(contact_id: str) -> UUID:
    """The key in an id of the API, which is `Contact:` and a UUID in base64, or in a plain UUID."""
    try:
        kind, _, key = base64.b64decode(contact_id, validate=True).decode("ascii").partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        kind, key = "Contact", contact_id
    try:
        return UUID(key if kind == "Contact" else "")
    except ValueError:
        raise CommandFailed("this is no id of a contact.") from None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
