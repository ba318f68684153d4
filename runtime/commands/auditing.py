"""`vestibule audit`: verifies the audit chains and exports their heads for safekeeping."""

import asyncio
import json
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from adapters.secrets import KeyringSecrets
from clinic.organizations.models import Organization
from clinic.upkeep.audit_verification import ChainReport, Fault, Head, audited_organizations, chain_heads, verify_chain
from clinic.values.ports import Secrets
from clinic.values.text import trimmed
from runtime.commands.failures import CommandFailed
from runtime.database import open_database
from runtime.settings import read_settings

audit = typer.Typer(help="The audit chains: one for each practice.", no_args_is_help=True)

Slug = Annotated[str | None, typer.Option("--organization", help="One practice's slug; all of them unless given.")]

FAULT_TEXTS = {
    Fault.EVENT_MISSING: "the event is missing: it was removed, or moved to another place",
    Fault.EVENT_OUT_OF_LINE: "the event does not follow the one before it: one of the two was changed or put there",
    Fault.EVENT_CHANGED: "the event was changed after it was written",
    Fault.END_DIFFERS: "the chain does not end where its recorded end says: events were cut off, or put there",
    Fault.EXPORTED_HEAD_DIFFERS: "the chain is not the one whose head was exported: it was cut off, or written anew",
    Fault.EVIDENCE_MISSING: "the evidence of the signature that the event tells of is gone",
    Fault.EVIDENCE_CHANGED: "the evidence of the signature is not the one that the event tells of",
    Fault.EVIDENCE_UNKNOWN: "evidence of a signature that no event tells of",
    Fault.SIGNATURE_CHANGED: "the signature, or its document, is not what the evidence proves",
    Fault.SIGNATURE_UNPROVEN: "a signature without evidence",
    Fault.ERASED_TOO_EARLY: "a signed document was erased that the practice's rule still kept",
    Fault.COMPLETION_UNKNOWN: "a completed document whose sealed file no event tells of",
    Fault.NOT_VOUCHED: "the event has no MAC, and there is no voucher: run vestibule migrate, once, after an upgrade",
    Fault.EVENT_UNPROVEN: "this program did not write the event: its MAC is missing or wrong, or its key is not set",
    Fault.END_UNPROVEN: "this program did not write the recorded end: its MAC is missing or wrong",
    Fault.EVIDENCE_UNPROVEN: "this program did not write the signature or its evidence: the MAC is missing or wrong",
}


@dataclass(frozen=True)
class CheckedChain:
    """The result for one practice. There is no report if the practice was deleted."""

    slug: str
    report: ChainReport | None

    @property
    def whole(self) -> bool:
        return self.report is not None and self.report.broken is None


@audit.command("verify")
def verify(
    organization: Slug = None,
    head: Annotated[
        Path | None, typer.Option(help="A file of what `audit head` printed earlier, to find what was cut off since.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON array.")] = False,
) -> None:
    """Check the chains and the evidence of signatures. Exit 1 if anything is broken, naming the first broken row."""
    exported = _exported(head) if head else {}
    checked = asyncio.run(_check(organization, exported))
    if as_json:
        typer.echo(json.dumps([_as_object(one) for one in checked], ensure_ascii=False))
    else:
        for one in checked:
            typer.echo(_as_text(one))
    if not all(one.whole for one in checked):
        raise typer.Exit(1)


@audit.command("head")
def head(organization: Slug = None) -> None:
    """Print where each chain ends now, a JSON object a line. Keep the lines where nobody can change them."""

    async def work() -> list[str]:
        async with open_database(read_settings().database_url):
            practices = await _practices(organization)
            ends = await chain_heads([practice.id for practice in practices])
        return [_line(practice, end) for practice, end in zip(practices, ends, strict=True)]

    for line in asyncio.run(work()):
        typer.echo(line)


def _line(practice: Organization, end: Head) -> str:
    return json.dumps(
        {"organization": practice.slug, "id": str(practice.id), "sequence": end.sequence, "hash": end.hash}
    )


async def _check(slug: str | None, exported: Mapping[UUID, tuple[str, list[Head]]]) -> list[CheckedChain]:
    settings = read_settings()
    secrets = KeyringSecrets(settings.secret_keys)
    async with open_database(settings.database_url):
        practices = await _practices(slug)
        checked = []
        for practice in practices:
            _, heads = exported.get(practice.id, ("", []))
            checked.append(CheckedChain(practice.slug, await _verify_with_progress(practice, secrets, heads)))
    if slug is None:
        there = {practice.id for practice in practices}
        checked += [CheckedChain(name, None) for gone, (name, _) in exported.items() if gone not in there]
    return checked


async def _verify_with_progress(practice: Organization, secrets: Secrets, heads: Collection[Head]) -> ChainReport:
    watched = sys.stderr.isatty()

    def tell(events: int) -> None:
        if watched:
            typer.echo(f"\r{practice.slug}: {events} events ", nl=False, err=True)

    report = await verify_chain(practice.id, secrets, heads, on_page=tell)
    if watched:
        typer.echo("\r\x1b[K", nl=False, err=True)
    return report


async def _practices(slug: str | None) -> list[Organization]:
    practices = await audited_organizations(trimmed(slug) if slug else slug)
    if slug and not practices:
        raise CommandFailed(f"there is no practice {slug}.")
    return practices


def _exported(file: Path) -> dict[UUID, tuple[str, list[Head]]]:
    """The exported heads by organization, with its slug. The file may contain several exports."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise CommandFailed(f"{file} can't be read: {problem}.") from None
    heads: dict[UUID, tuple[str, list[Head]]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            said: dict[str, Any] = json.loads(line)
            end = Head(UUID(said["id"]), int(said["sequence"]), str(said["hash"]))
            heads.setdefault(end.organization_id, (str(said["organization"]), []))[1].append(end)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise CommandFailed(f"line {number} of {file} is none that `vestibule audit head` prints.") from None
    if not heads:
        raise CommandFailed(f"{file} holds no line that `vestibule audit head` prints.")
    return heads


def _as_object(one: CheckedChain) -> dict[str, Any]:
    if one.report is None:
        return {"organization": one.slug, "events": 0, "signatures": 0, "head": None, "broken": {"fault": "GONE"}}
    broken, end = one.report.broken, one.report.head
    return {
        "organization": one.slug,
        "events": one.report.events,
        "signatures": one.report.signatures,
        "head": {"sequence": end.sequence, "hash": end.hash},
        "broken": broken
        and {
            "fault": broken.fault.value,
            "sequence": broken.sequence,
            "rowId": str(broken.row_id) if broken.row_id else None,
        },
    }


def _as_text(one: CheckedChain) -> str:
    if one.report is None:
        return f"FAIL  {one.slug}: the practice is gone, and its chain with it"
    report, broken = one.report, one.report.broken
    if broken is None:
        end = report.head.hash[:16]
        return f"ok    {one.slug}: {report.events} events, {report.signatures} signatures; ends with {end}"
    event = f"event {broken.sequence}" if broken.sequence else ""
    row = f"row {broken.row_id}" if broken.row_id else ""
    return f"FAIL  {one.slug}: {', '.join(part for part in (event, row) if part)}: {FAULT_TEXTS[broken.fault]}"
