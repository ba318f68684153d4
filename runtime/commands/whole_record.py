"""`vestibule export contact`, `vestibule erase contact` and `vestibule erase document`, for the operator."""

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
from clinic.documents.actions.erase import erase_document
from clinic.documents.models import Document
from clinic.records.models import Contact
from clinic.values.callers import SystemCaller
from clinic.values.ports import FileStoreUnavailable, Services
from runtime.commands.failures import CommandFailed
from runtime.database import open_database
from runtime.settings import read_settings
from runtime.wiring import build_services

R = TypeVar("R")

ContactId = Annotated[str, typer.Argument(metavar="ID", help="The contact's id, as the API gives it.")]
DocumentId = Annotated[str, typer.Argument(metavar="ID", help="The document's id, as the API or the list gives it.")]
Reason = Annotated[str, typer.Option(help="Why; it stays in the audit, so name nobody in it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")]

export = typer.Typer(help="What is held about a person, as files.", no_args_is_help=True)
erase = typer.Typer(help="Erase a person's record, or a signed document.", no_args_is_help=True)


# It has one command now; the callback keeps its name in the command line.
@export.callback()
def _export() -> None:
    """What is held about a person, as files."""


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
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Erase a person's record for good. Refused while something in it must be kept."""

    async def work(contact: Contact, services: Services) -> None:
        await erase_contact(
            SystemCaller(contact.organization_id, "vestibule erase contact"), contact.id, reason, services
        )

    _run(contact_id, work)
    _say_erased(contact_id, "the record", as_json=as_json)


@erase.command("document")
def erase_document_command(document_id: DocumentId, reason: Reason, as_json: AsJson = False) -> None:
    """Erase a signed document and its evidence for good. Refused until the practice's retention rule has passed."""
    settings = read_settings()

    async def work() -> None:
        async with open_database(settings.database_url):
            document = await Document.get_or_none(id=key_of(document_id, "Document"))
            if document is None:
                raise CommandFailed("there is no document with this id.")
            caller = SystemCaller(document.organization_id, "vestibule erase document")
            await erase_document(caller, document.id, reason, build_services(settings))

    asyncio.run(work())
    _say_erased(document_id, "the document", as_json=as_json)


def _say_erased(erased_id: str, what: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"erased": erased_id}))
    else:
        typer.echo(f"Erased. The worker deletes the files within the hour; backups made before still hold {what}.")


def _run(contact_id: str, work: Callable[[Contact, Services], Awaitable[R]]) -> R:
    settings = read_settings()

    async def with_database() -> R:
        async with open_database(settings.database_url):
            contact = await Contact.get_or_none(id=key_of(contact_id, "Contact"))
            if contact is None:
                raise CommandFailed("there is no contact with this id.")
            try:
                return await work(contact, build_services(settings))
            except FileStoreUnavailable as problem:
                raise CommandFailed(f"the file store failed: {problem}") from None

    return asyncio.run(with_database())


def key_of(given: str, wanted: str) -> UUID:
    """The key in an id of the API, which is the kind of record and a UUID in base64, or in a plain UUID."""
    try:
        kind, _, key = base64.b64decode(given, validate=True).decode("ascii").partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        kind, key = wanted, given
    try:
        return UUID(key if kind == wanted else "")
    except ValueError:
        raise CommandFailed(f"this is no id of a {wanted.lower()}.") from None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
