"""Checks a backup without restoring it: each byte of it, and whether the keys that it needs are here."""

import asyncio

from adapters.secrets import KeyringSecrets
from clinic.documents.files import sha256_of
from clinic.values.ports import FileMissing, Services
from runtime.backup import postgres_dump, sqlite_copy
from runtime.backup.making import Progress, seal_key_of
from runtime.backup.manifest import Backup, digest_of
from runtime.database.migrate import unknown_migrations
from runtime.settings import Settings


async def problems_of(backup: Backup, progress: Progress) -> list[str]:
    """What is wrong with the bytes of the backup; empty if they are as they were written."""
    manifest = backup.manifest
    problems = [f"{key} was missing in the file store when the backup was made" for key in manifest.missing]
    problems += await _problems_of_database(backup)
    for number, (key, sha256) in enumerate(sorted(manifest.files.items()), start=1):
        progress(number, len(manifest.files))
        try:
            content = await backup.files.get(key)
        except FileMissing:
            problems.append(f"{key} is missing in the backup")
            continue
        if await asyncio.to_thread(sha256_of, content) != sha256:
            problems.append(f"{key} was changed in the backup")
    return problems


async def _problems_of_database(backup: Backup) -> list[str]:
    name = backup.manifest.database
    if name not in (postgres_dump.NAME, sqlite_copy.NAME) or not backup.database.is_file():
        return [f"{name} is missing"]
    if await asyncio.to_thread(digest_of, backup.database) != backup.manifest.database_sha256:
        return [f"{name} was changed"]
    inside = postgres_dump.problem_of if name == postgres_dump.NAME else sqlite_copy.problem_of
    problem = await inside(backup.database)
    return [f"{name} is broken inside: {problem}"] if problem else []


async def missing_keys(backup: Backup, settings: Settings, services: Services, *, seal_key: bool = True) -> list[str]:
    """What keeps the backup from being of use here: keys by their fingerprints, with the setting to put them into.

    Without `seal_key` nothing is said of the seal key.
    """
    manifest = backup.manifest
    there = KeyringSecrets(settings.secret_keys).key_ids
    problems = [
        f"the secret key {key} is not among VESTIBULE_SECRET_KEYS" for key in manifest.secret_keys if key not in there
    ]
    if not problems and not manifest.is_proven(services.secrets):
        problems.append("the manifest was changed, or was written by somebody without the secret keys")
    if seal_key and manifest.seal_key not in (None, await seal_key_of(services)):
        problems.append(
            f"VESTIBULE_SIGNING_PKCS12 is not the seal key {manifest.seal_key} (if it is lost or was replaced: "
            "--without-seal-key)"
        )
    if newer := unknown_migrations(manifest.schema):
        problems.append(f"it was made by a newer release ({manifest.version}, with {newer[0]}): install that one")
    return problems
