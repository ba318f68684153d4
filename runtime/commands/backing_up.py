"""`vestibule backup` and `vestibule restore`."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from clinic.values.ports import FileStoreUnavailable, Services
from runtime.backup.checking import missing_keys, problems_of
from runtime.backup.making import Made, Progress, make_backup
from runtime.backup.manifest import Backup, latest_in
from runtime.backup.removing import remove_older
from runtime.backup.restoring import Verified, restore_database, restore_files, verify_restored
from runtime.commands.failures import CommandFailed
from runtime.commands.records import bring_up_to_date
from runtime.database import open_database, schema_version_problem
from runtime.settings import Settings, read_settings
from runtime.wiring import build_services

AsJson = Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")]


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where backups are kept; made if it is missing.")],
    keep: Annotated[
        int | None,
        typer.Option(min=1, help="Then remove all but the newest so many, with the files that only they had."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy database and files as one consistent set, also while in use. Files that DIR has are not copied again."""
    made = asyncio.run(_backup(folder))
    manifest = made.backup.manifest
    # A backup that lacks a file replaces no whole one.
    removed = remove_older(folder, keep) if keep and not manifest.missing else 0
    if as_json:
        typer.echo(json.dumps(_made_object(made) | {"removed": removed}))
    else:
        typer.echo(
            f"{made.backup.folder}: {manifest.rows['contact']} contacts, {len(manifest.files)} files, "
            f"{made.copied} of them new."
        )
        keys = ", ".join(manifest.secret_keys)
        typer.echo(
            f"It holds no key. Keep these apart from it: secret keys {keys}; seal key {manifest.seal_key or 'none'}."
        )
        if removed:
            typer.echo(f"Removed {removed} older backups.")
        for key in manifest.missing:
            typer.echo(f"FAIL  {key} is not in the file store, or was changed there", err=True)
    if manifest.missing:
        raise typer.Exit(1)


async def _backup(folder: Path) -> Made:
    settings = read_settings()
    services = build_services(settings)
    async with open_database(settings.database_url):
        problem = await schema_version_problem()
    if problem:
        raise CommandFailed(f"{problem} Or make the backup with the release that the database is of.")
    with _Shown("copying files") as progress:
        try:
            return await make_backup(settings, services, folder, progress)
        except FileStoreUnavailable as trouble:
            raise CommandFailed(f"the file store, or the backup's folder, failed: {trouble}") from None


def _made_object(made: Made) -> dict[str, object]:
    manifest = made.backup.manifest
    return {
        "backup": made.backup.folder.name,
        "madeAt": manifest.made_at,
        "rows": manifest.rows,
        "files": len(manifest.files),
        "copied": made.copied,
        "missing": manifest.missing,
        "secretKeys": manifest.secret_keys,
        "sealKey": manifest.seal_key,
    }


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder that `vestibule backup` wrote to.")],
    verify: Annotated[bool, typer.Option("--verify", help="Only check the backup; restore nothing.")] = False,
    name: Annotated[
        str | None, typer.Option("--backup", help="Which one, by its folder's name; the newest if left out.")
    ] = None,
    without_seal_key: Annotated[
        bool, typer.Option("--without-seal-key", help="Go on although the seal key is lost or was replaced.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Restore database and files into an empty database, which then sends nothing until `vestibule resume`."""
    chosen = latest_in(folder, name)
    settings = read_settings()
    done = asyncio.run(_restore(chosen, settings, verify_only=verify, seal_key=not without_seal_key))
    if as_json:
        typer.echo(json.dumps(_restored_object(chosen, done, restored=not verify)))
    else:
        _print_restored(chosen, done, restored=not verify)
    if done.problems:
        raise typer.Exit(1)


async def _restore(chosen: Backup, settings: Settings, *, verify_only: bool, seal_key: bool) -> Verified:
    services = build_services(settings)
    keys = await missing_keys(chosen, settings, services, seal_key=seal_key)
    with _Shown("checking files") as progress:
        problems = await problems_of(chosen, progress)
    if verify_only:
        return Verified(0, 0, len(chosen.manifest.files), [*keys, *problems])
    # A file that the store had lost before is no reason to lose the rest.
    blocking = [*keys, *(one for one in problems if one.split(" ")[0] not in chosen.manifest.missing)]
    if blocking:
        more = f" (and {len(blocking) - 1} more: --verify lists them)" if len(blocking) > 1 else ""
        raise CommandFailed(f"nothing was restored: {blocking[0]}{more}.")
    return await _restore_and_verify(chosen, settings, services)


async def _restore_and_verify(chosen: Backup, settings: Settings, services: Services) -> Verified:
    try:
        await restore_database(chosen, settings, services)
        with _Shown("restoring files") as progress:
            await restore_files(chosen, services.files, progress)
        await bring_up_to_date(settings)
        return await verify_restored(chosen, settings, services)
    except FileStoreUnavailable as trouble:
        raise CommandFailed(
            f"the file store failed, and the restore is not complete: {trouble}. Empty the database and run it again."
        ) from None


def _print_restored(chosen: Backup, done: Verified, *, restored: bool) -> None:
    for problem in done.problems:
        typer.echo(f"FAIL  {problem}")
    if not restored:
        if not done.problems:
            typer.echo(
                f"ok    {chosen.folder}: database and {done.files} files are as they were written; the keys are here"
            )
        return
    typer.echo(f"Restored the backup of {chosen.manifest.moment:%Y-%m-%d %H:%M} UTC.")
    typer.echo(f"Verified {done.events} audit events, {done.signatures} signatures and {done.files} files.")
    for key in chosen.manifest.missing:
        typer.echo(f"The file store had lost {key} before the backup: it is not here either.")
    typer.echo("It is held: letters and webhooks wait until you run vestibule resume (see vestibule resume --help).")


def _restored_object(chosen: Backup, done: Verified, *, restored: bool) -> dict[str, object]:
    return {
        "backup": chosen.folder.name,
        "restored": restored,
        "held": restored,
        "events": done.events,
        "signatures": done.signatures,
        "files": done.files,
        "missing": chosen.manifest.missing,
        "problems": done.problems,
    }


class _Shown:
    """Shows how far long work is, on a terminal only."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._watched = sys.stderr.isatty()

    def __enter__(self) -> Progress:
        return self._tell

    def __exit__(self, *_: object) -> None:
        if self._watched:
            typer.echo("\r\x1b[K", nl=False, err=True)

    def _tell(self, number: int, of: int) -> None:
        if self._watched and (number % 50 == 0 or number == of):
            typer.echo(f"\r{self._what}: {number} of {of} ", nl=False, err=True)
