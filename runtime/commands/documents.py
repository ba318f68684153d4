"""`vestibule documents`: compares documents with what people were shown, and lists those that may be erased."""

import asyncio
import json
import sys
from typing import Annotated

import typer

from clinic.charts.erasable import ErasableRow, erasable_key, erasable_page
from clinic.documents.recheck import Finding, Rechecked, recheck_documents
from clinic.upkeep.audit_verification import audited_organizations
from clinic.values.callers import SystemCaller
from clinic.values.paging import PageRequest
from clinic.values.ports import Services
from runtime.commands.at_practice import AsJson, Slug, print_json, run_at_practice
from runtime.commands.failures import CommandFailed
from runtime.database import open_database
from runtime.settings import read_settings
from runtime.wiring import build_services

documents = typer.Typer(help="The documents of all practices.", no_args_is_help=True)

# How many documents are read at once.
PAGE = 500
FINDING_TEXTS = {
    Finding.SEALED_DIFFERS: "the sealed file does not show what was signed",
    Finding.NOT_STATIC: "form fields, notes or layers may look different in other programs",
    Finding.FILE_MISSING: "a file is not in the store, or was changed there",
    Finding.UNREADABLE: "a file could not be read",
}


@documents.callback()
def group() -> None:
    """The documents of all practices."""


@documents.command("recheck")
def recheck(
    organization: Annotated[str | None, typer.Option(help="One practice's slug; all of them unless given.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON array.")] = False,
) -> None:
    """Compare every sealed document, and every one that waits for signatures, with what was shown.

    Lists those with a finding; exit 1 if there is one. Changes nothing. Takes a second or two for each document.
    """
    found = asyncio.run(_recheck(organization))
    wrong = [(slug, one) for slug, one in found if one.findings]
    if as_json:
        typer.echo(json.dumps([_as_object(slug, one) for slug, one in wrong]))
    else:
        for slug, one in wrong:
            typer.echo(_as_text(slug, one))
        typer.echo(f"{len(found)} documents compared, {len(wrong)} with a finding")
    if wrong:
        raise typer.Exit(1)


async def _recheck(slug: str | None) -> list[tuple[str, Rechecked]]:
    settings = read_settings()
    found = []
    async with open_database(settings.database_url):
        services = build_services(settings)
        practices = await audited_organizations(slug)
        if slug and not practices:
            raise CommandFailed(f"there is no practice {slug}.")
        for practice in practices:
            async for one in recheck_documents(practice.id, services):
                found.append((practice.slug, one))
                if sys.stderr.isatty():
                    typer.echo(f"\r{practice.slug}: {len(found)} documents ", nl=False, err=True)
    if sys.stderr.isatty():
        typer.echo("\r\x1b[K", nl=False, err=True)
    return found


def _as_object(slug: str, one: Rechecked) -> dict[str, object]:
    return {
        "organization": slug,
        "documentId": str(one.document_id),
        "sealed": one.sealed,
        "findings": [finding.value for finding in one.findings],
        "pages": list(one.pages),
    }


def _as_text(slug: str, one: Rechecked) -> str:
    words = "; ".join(FINDING_TEXTS[finding] for finding in one.findings)
    pages = f" (page {', '.join(map(str, one.pages))})" if one.pages else ""
    state = "sealed" if one.sealed else "waits for signatures"
    return f"FAIL  {slug}: document {one.document_id}, {state}: {words}{pages}"


@documents.command("erasable")
def erasable(organization_slug: Slug, as_json: AsJson = False) -> None:
    """Signed documents that the practice's retention rule lets be erased today, the longest kept first.

    Erase one with vestibule erase document.
    """
    found = run_at_practice(organization_slug, "documents erasable", _erasable)
    if as_json:
        print_json({"documents": [_erasable_object(row) for row in found]})
        return
    for row in found:
        typer.echo(f"{row.document.id}  since {row.kept_until}  {row.document.title}")
    typer.echo(f"{len(found)} documents may be erased")


async def _erasable(caller: SystemCaller, services: Services) -> list[ErasableRow]:
    now, rows = services.clock.now(), list[ErasableRow]()
    request, more = PageRequest(limit=PAGE), True
    while more:
        page = await erasable_page(caller, request, now)
        rows += page.rows
        more = page.has_next
        request = PageRequest(limit=PAGE, after=erasable_key(rows[-1])) if rows else request
    return rows


def _erasable_object(row: ErasableRow) -> dict[str, object]:
    return {
        "id": str(row.document.id),
        "title": row.document.title,
        "contactId": str(row.document.contact_id),
        "lastSignedAt": row.last_signed_at.isoformat(),
        "keptUntil": row.kept_until.isoformat(),
    }
