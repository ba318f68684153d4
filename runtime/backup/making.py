"""Makes a backup while the product is in use: first a snapshot of the database, then the files that it names."""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from adapters.secrets import KeyringSecrets
from clinic.documents.files import sha256_of
from clinic.upkeep.vouching import DONE_KEY
from clinic.values.ports import FileMissing, FileStore, SealUnavailable, Services
from runtime.backup import postgres_dump, sqlite_copy
from runtime.backup.contents import Ask, Contents, contents_of, named_files
from runtime.backup.errors import BackupFailed
from runtime.backup.manifest import FORMAT, Backup, Manifest, digest_of, files_in, write_manifest
from runtime.database.config import sqlite_path
from runtime.settings import Settings

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Made:
    """A finished backup, and how many files were new in the folder."""

    backup: Backup
    copied: int


@dataclass(frozen=True)
class _Database:
    """The database's part: the file's name, what is in it, and when it was read."""

    name: str
    contents: Contents
    made_at: datetime


async def make_backup(settings: Settings, services: Services, top: Path, progress: Progress) -> Made:
    """Write a backup into a new folder in `top`. Files that are there already are not copied again.

    A backup of which a file is missing in the store is finished, and names it. Raises `BackupFailed`.
    """
    folder = _new_folder(top, services.clock.now())
    try:
        database = await _read_database(settings, services, folder)
        files, missing, copied = await _copy_files(database.contents, settings, services.files, top, progress)
        manifest = await _manifest(database, files, missing, settings, services, folder)
        await asyncio.to_thread(write_manifest, folder, manifest)
    except BaseException:
        # Also when interrupted: what has no manifest is no backup. The files stay for the next one.
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Made(Backup(folder, manifest), copied)


def _new_folder(top: Path, now: datetime) -> Path:
    """A folder named for the moment, which only its owner can open."""
    if top.exists() and not top.is_dir():
        raise BackupFailed(f"{top} is a file: name a folder.")
    folder = top / f"{now:%Y%m%dT%H%M%S}.{now.microsecond // 1000:03}Z"
    top.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise BackupFailed(f"{folder} exists already: try again.") from None
    return folder


async def _read_database(settings: Settings, services: Services, folder: Path) -> _Database:
    """The moment is taken after the snapshot began, so that no row in it is newer."""
    path = sqlite_path(settings.database_url)
    if path is None:
        async with postgres_dump.snapshot(settings.owner_database_url) as (snapshot_id, ask):
            made_at = services.clock.now()
            contents = await contents_of(ask)
            await postgres_dump.dump_to(settings.owner_database_url, snapshot_id, folder / postgres_dump.NAME)
        return _Database(postgres_dump.NAME, contents, made_at)
    copy = folder / sqlite_copy.NAME
    await sqlite_copy.copy_to(path, copy)
    made_at = services.clock.now()
    async with sqlite_copy.asking(copy) as ask:
        return _Database(sqlite_copy.NAME, await contents_of(ask), made_at)


async def _copy_files(
    contents: Contents, settings: Settings, store: FileStore, top: Path, progress: Progress
) -> tuple[dict[str, str], list[str], int]:
    """Copy what is not there yet. Returns the files of the backup, those that are missing, and how many were copied."""
    kept = files_in(top)
    wanted = contents.files | contents.being_sealed
    files: dict[str, str] = {}
    gone: list[str] = []
    copied = 0
    for number, (key, sha256) in enumerate(sorted(wanted.items()), start=1):
        progress(number, len(wanted))
        if not await kept.exists(key):
            content = await _sound(store, key, sha256)
            if content is None:
                gone.append(key)
                continue
            await kept.put(key, content)
            copied += 1
        files[key] = sha256
    try:
        mark = await store.get(DONE_KEY)
    except FileMissing:
        pass
    else:
        await kept.put(DONE_KEY, mark)
        files[DONE_KEY] = sha256_of(mark)
    return files, await _really_missing(gone, contents, settings), copied


async def _sound(store: FileStore, key: str, sha256: str) -> bytes | None:
    """The file, or None if it is missing or is not what it was."""
    try:
        content = await store.get(key)
    except FileMissing:
        return None
    return content if await asyncio.to_thread(sha256_of, content) == sha256 else None


async def _really_missing(gone: list[str], contents: Contents, settings: Settings) -> list[str]:
    """Without those that may not be stored yet, and those whose record was erased since the snapshot."""
    named = [key for key in gone if key in contents.files]
    if not named:
        return []
    async with _asking(settings) as ask:
        still = await named_files(ask)
    return [key for key in named if key in still]


def _asking(settings: Settings) -> AbstractAsyncContextManager[Ask]:
    path = sqlite_path(settings.database_url)
    return postgres_dump.asking(settings.owner_database_url) if path is None else sqlite_copy.asking(path)


async def _manifest(
    database: _Database, files: dict[str, str], missing: list[str], settings: Settings, services: Services, folder: Path
) -> Manifest:
    unproven = Manifest(
        format=FORMAT,
        version=version("vestibule-portal"),
        made_at=database.made_at.astimezone(UTC).isoformat(),
        kind="postgres" if database.name == postgres_dump.NAME else "sqlite",
        database=database.name,
        database_sha256=await asyncio.to_thread(digest_of, folder / database.name),
        schema=database.contents.schema,
        rows=database.contents.rows,
        files=files,
        missing=missing,
        secret_keys=KeyringSecrets(settings.secret_keys).key_ids,
        seal_key=await seal_key_of(services),
    )
    return Manifest(**(vars(unproven) | {"mac": unproven.made_mac(services.secrets)}))


async def seal_key_of(services: Services) -> str | None:
    """The fingerprint of the seal key's certificate, or None without a usable key."""
    try:
        return (await services.sealer.probe()).fingerprint
    except SealUnavailable:
        return None
