"""`vestibule check`: whether this machine can run the product, with one line for each dependency."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

import typer
from tortoise.connection import get_connection

from adapters.files import StoredFiles
from adapters.sandbox_report import what_the_box_leaves_open
from adapters.secrets import KeyringSecrets
from adapters.smtp import SmtpSender
from clinic.upkeep.audit_verification import heads_without_key
from clinic.upkeep.state_verification import compare_states
from clinic.values.ports import FileStoreUnavailable, MailRefused, MailUnavailable, SealUnavailable, SystemClock
from clinic.work.held import is_held
from runtime.commands.clocks import require_same_clock
from runtime.commands.failures import CommandFailed, in_one_line, is_expected
from runtime.commands.power_cuts import require_kept_commits
from runtime.commands.production_checks import require_own_seal, require_public_addresses, require_real_mail_server
from runtime.database import open_database, program_role_problem, schema_version_problem
from runtime.database.config import CONNECTION, sqlite_path
from runtime.database.pooler import pooler_problems
from runtime.settings import Settings, SettingsInvalid, read_settings
from runtime.signing import expiry_warning
from runtime.wiring import build_sealer, build_services

_DATABASE_SECONDS = 15.0
# How many contacts with a wrong state are named by id.
_MOST_NAMED = 5


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    what: str
    ok: bool
    detail: str


def check(
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON array.")] = False,
    deep: Annotated[
        bool, typer.Option("--deep", help="Also compare the stored portal state of every contact.")
    ] = False,
    mend: Annotated[bool, typer.Option("--mend", help="Like --deep, and store anew what is wrong.")] = False,
) -> None:
    """Check settings, addresses, database, clock, schema, mail server, file store, signing key and PDF box.

    Exit 1 if anything fails.
    """
    findings = asyncio.run(_all_findings(deep=deep, mend=mend))
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        print_findings(findings)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def print_findings(findings: Sequence[Finding]) -> None:
    """A line for each."""
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.what:<12}  {finding.detail}")


async def _all_findings(*, deep: bool, mend: bool) -> list[Finding]:
    try:
        settings = read_settings()
    except SettingsInvalid as invalid:
        return [Finding("settings", False, f"{variable}: {text}") for variable, text in invalid.problems.items()]
    found = await findings_with(settings)
    if (deep or mend) and all(finding.ok for finding in found if finding.what in ("database", "schema")):
        found.append(await _finding("portal states", lambda: _portal_states(settings, mend=mend)))
    return found


async def findings_with(settings: Settings) -> list[Finding]:
    """What works and what does not, with these settings."""
    return [
        Finding("settings", True, f"{settings.environment.value}, portal {settings.portal_url}"),
        await _finding("addresses", lambda: _addresses(settings)),
        *await _database(settings),
        await _finding("mail server", lambda: _mail(settings)),
        await _finding("file store", lambda: _files(settings)),
        await _finding("signing key", lambda: _signing(settings)),
        Finding("PDF box", True, await _box()),
    ]


async def _database(settings: Settings) -> list[Finding]:
    found: list[Finding] = []

    async def reachable() -> str:
        async with open_database(settings.database_url):
            # Opening connects to nothing. A question does, and meets a wrong password or a closed port.
            async with asyncio.timeout(_DATABASE_SECONDS):
                await get_connection(CONNECTION).execute_query("SELECT 1")
            if pooler := await _pooler(settings):
                found.append(pooler)
            found.append(await _finding("clock", lambda: require_same_clock(SystemClock())))
            found.append(await _finding("power cut", lambda: _power_cut(settings)))
            found.append(await _finding("schema", _schema))
            found.append(await _finding("role", lambda: _role(settings)))
            if all(finding.ok for finding in found if finding.what == "schema"):
                found.append(await _finding("secret keys", lambda: _keys(settings)))
                found.append(await _finding("sending", _sending))
        return f"{urlsplit(settings.database_url).scheme} answers"

    return [await _finding("database", reachable), *found]


async def _pooler(settings: Settings) -> Finding | None:
    """A line only where a connection pooler is between."""
    if sqlite_path(settings.database_url) is not None:
        return None
    problems = await pooler_problems(settings.database_url, settings.session_database_url)
    if problems is None:
        return None
    return Finding("pooler", not problems, "; ".join(problems) or "statements go through it, live changes past it")


async def _addresses(settings: Settings) -> str:
    return require_public_addresses(settings)


async def _power_cut(settings: Settings) -> str:
    return await require_kept_commits(in_production=settings.in_production)


async def _schema() -> str:
    problem = await schema_version_problem()
    if problem:
        raise CommandFailed(problem)
    return "current"


async def _role(settings: Settings) -> str:
    if sqlite_path(settings.database_url) is not None:
        return "SQLite has none: whoever can write to the file can change it, and audit verify finds that"
    problem = await program_role_problem()
    if problem and settings.in_production:
        raise CommandFailed(problem)
    return problem or "owns nothing"


async def _portal_states(settings: Settings, *, mend: bool) -> str:
    async with open_database(settings.database_url):
        report = await compare_states(build_services(settings), mend=mend)
    if not report.wrong:
        return f"those of {report.contacts} contacts are right"
    if mend:
        return f"{len(report.wrong)} of {report.contacts} were wrong and are right now"
    first = ", ".join(str(contact_id) for contact_id in report.wrong[:_MOST_NAMED])
    raise CommandFailed(
        f"{len(report.wrong)} of {report.contacts} are wrong, so lists and counts are ({first}): "
        "run vestibule check --mend"
    )


async def _keys(settings: Settings) -> str:
    unknown = await heads_without_key(KeyringSecrets(settings.secret_keys))
    if unknown:
        raise CommandFailed(
            f"VESTIBULE_SECRET_KEYS lacks the key of {unknown} audit chains, so nothing can be changed there: "
            "add the key that was used before (docs/operations.md, Secret keys)"
        )
    return "fit the audit"


async def _sending() -> str:
    if await is_held():
        raise CommandFailed("held: this is a restored copy, which sends nothing until you run vestibule resume")
    return "not held"


async def _mail(settings: Settings) -> str:
    if settings.smtp_url is None:
        return "none: letters wait until VESTIBULE_SMTP_URL is set"
    await SmtpSender(settings.smtp_url).probe(settings.sender_address)
    await require_real_mail_server(settings)
    return "answers"


async def _files(settings: Settings) -> str:
    await StoredFiles.at(settings.files_url).probe()
    return f"{settings.files_url} takes files, gives them back and deletes them"


async def _signing(settings: Settings) -> str:
    key = await build_sealer(settings).probe()
    require_own_seal(settings, key)
    warning = expiry_warning(key, datetime.now(UTC))
    return f"{key.subject} signs{f', but {warning}' if warning else f', until {key.expires_at.date().isoformat()}'}"


async def _box() -> str:
    """Never a failure: not every system has all walls, and everything works without them."""
    left = await what_the_box_leaves_open()
    return f"this system can't close it: {', '.join(left)}" if left else "no other files, no network, no processes"


async def _finding(what: str, test: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(what, True, await test())
    except (MailRefused, MailUnavailable, FileStoreUnavailable, SealUnavailable) as problem:
        return Finding(what, False, str(problem))
    except Exception as problem:
        if not is_expected(problem):
            raise
        return Finding(what, False, in_one_line(problem))
