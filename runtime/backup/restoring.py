"""Restores a backup into an empty database, marks it as held, and verifies what was restored."""

import asyncio
from dataclasses import dataclass

from clinic.documents.files import sha256_of
from clinic.upkeep.audit_verification import audited_organizations, verify_chain
from clinic.values.ports import FileMissing, FileStore, Services
from runtime.backup import postgres_dump, sqlite_copy
from runtime.backup.errors import BackupFailed
from runtime.backup.making import Progress
from runtime.backup.manifest import Backup
from runtime.database import migration_lock, open_database
from runtime.database.config import make_folder, sqlite_path
from runtime.settings import Settings


@dataclass(frozen=True)
class Verified:
    """What was verified after a restore: numbers, and what is wrong."""

    events: int
    signatures: int
    files: int
    problems: list[str]


async def restore_database(backup: Backup, settings: Settings, services: Services) -> None:
    """Fill the empty database of the settings, held. Raises `BackupFailed` if it is not empty, or of another kind."""
    url, manifest = settings.owner_database_url, backup.manifest
    path = sqlite_path(settings.database_url)
    kind = "postgres" if path is None else "sqlite"
    if manifest.kind != kind:
        raise BackupFailed(f"the backup is of {manifest.kind}, and VESTIBULE_DATABASE_URL is of {kind}.")
    make_folder(url)
    async with migration_lock(url):
        if not await (postgres_dump.is_empty(url) if path is None else sqlite_copy.is_empty(path)):
            raise BackupFailed(
                "the database of VESTIBULE_DATABASE_URL is not empty. Nothing was changed. Name one without tables, "
                "or another file."
            )
        now = services.clock.now()
        if path is None:
            await postgres_dump.restore(backup.database, url, manifest.moment, now)
        else:
            await sqlite_copy.restore(backup.database, path, manifest.moment, now)


async def restore_files(backup: Backup, store: FileStore, progress: Progress) -> None:
    """Put each file of the backup into the store. Files that are there already stay."""
    for number, key in enumerate(sorted(backup.manifest.files), start=1):
        progress(number, len(backup.manifest.files))
        await store.put(key, await backup.files.get(key))


async def verify_restored(backup: Backup, settings: Settings, services: Services) -> Verified:
    """Verify every audit chain with its signatures, and read back every file from the store."""
    events = signatures = 0
    problems = []
    async with open_database(settings.database_url):
        for organization in await audited_organizations():
            report = await verify_chain(organization.id, services.secrets)
            events, signatures = events + report.events, signatures + report.signatures
            if report.broken:
                problems.append(f"the audit chain of {organization.slug} is broken: vestibule audit verify says where")
    for key, sha256 in sorted(backup.manifest.files.items()):
        try:
            content = await services.files.get(key)
        except FileMissing:
            problems.append(f"{key} is not in the file store")
            continue
        if await asyncio.to_thread(sha256_of, content) != sha256:
            problems.append(f"{key} was changed in the file store")
    return Verified(events, signatures, len(backup.manifest.files), problems)
