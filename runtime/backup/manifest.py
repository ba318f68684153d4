"""What a backup holds: its manifest, and where its parts lie in the folder.

A folder may hold several backups. Each has a folder of its own with the database and the manifest; they share `files/`,
where a file lies under its key in the file store. The manifest is written last: without one there is no backup.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from adapters.files import FOLDER_SCHEME, StoredFiles
from clinic.values.ports import Secrets
from runtime.backup.errors import BackupFailed

FORMAT = 1
MANIFEST = "manifest.json"
_FILES = "files"
_PURPOSE = "backup manifest"
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """`files` has the SHA-256 of each file by its key. `missing` are files that the store had lost.

    `secret_keys` and `seal_key` are fingerprints of the keys that the backup is useless without; None: there was no
    usable seal key. `rows` counts the rows of some tables. `schema` lists the applied migrations.
    """

    format: int
    version: str
    made_at: str
    kind: str
    database: str
    database_sha256: str
    schema: list[str]
    rows: dict[str, int]
    files: dict[str, str]
    missing: list[str]
    secret_keys: list[str]
    seal_key: str | None
    mac: str = ""

    @property
    def moment(self) -> datetime:
        """When the database was read. Every row in the backup is older."""
        return datetime.fromisoformat(self.made_at)

    def text(self) -> str:
        """What the MAC covers."""
        return json.dumps(asdict(self) | {"mac": ""}, sort_keys=True, separators=(",", ":"))

    def made_mac(self, secrets: Secrets) -> str:
        return secrets.mac(_PURPOSE, hashlib.sha256(self.text().encode()).hexdigest())

    def is_proven(self, secrets: Secrets) -> bool:
        """Whether the program wrote the manifest, with one of these keys."""
        return secrets.is_mac(_PURPOSE, hashlib.sha256(self.text().encode()).hexdigest(), self.mac)


@dataclass(frozen=True)
class Backup:
    """One backup in its folder."""

    folder: Path
    manifest: Manifest

    @property
    def database(self) -> Path:
        return self.folder / self.manifest.database

    @property
    def files(self) -> StoredFiles:
        return files_in(self.folder.parent)


def files_in(top: Path) -> StoredFiles:
    """The files of all backups in the folder, as a file store."""
    return StoredFiles.at(f"{FOLDER_SCHEME}{top.absolute() / _FILES}")


def stored_in(top: Path) -> Iterator[tuple[str, Path]]:
    """Each file of the backups in the folder, with its key."""
    files = top / _FILES
    for path in sorted(files.rglob("*")):
        if path.is_file():
            yield path.relative_to(files).as_posix(), path


def all_in(top: Path) -> list[Backup]:
    """The backups in the folder, oldest first. Raises `BackupFailed` if one's manifest can't be read."""
    return [_read(folder) for folder in _folders(top)]


def latest_in(top: Path, name: str | None = None) -> Backup:
    """The newest backup in the folder, or the one of this name. Raises `BackupFailed`."""
    found = _folders(top)
    chosen = [folder for folder in found if name is None or folder.name == name]
    if not chosen:
        names = ", ".join(folder.name for folder in found)
        raise BackupFailed(f"{top} holds no {'such ' if names else ''}backup{f'; it holds {names}' if names else ''}.")
    return _read(chosen[-1])


def _folders(top: Path) -> list[Path]:
    return sorted(path.parent for path in top.glob(f"*/{MANIFEST}"))


def _read(folder: Path) -> Backup:
    path = folder / MANIFEST
    try:
        said: Mapping[str, object] = json.loads(path.read_text(encoding="utf-8"))
        if said.get("format") != FORMAT:
            raise BackupFailed(f"{path} is of a format that this release does not know: use the release that made it.")
        manifest = Manifest(**said)  # type: ignore[arg-type]
        datetime.fromisoformat(manifest.made_at)
    except (ValueError, TypeError, AttributeError):
        raise BackupFailed(f"{path} was changed: it is no manifest of a backup. Use another backup.") from None
    return Backup(folder, manifest)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write it whole or not at all, and wait until it is on disk."""
    part = folder / f"{MANIFEST}.part"
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file, indent=1, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    part.replace(folder / MANIFEST)
    for path in (folder, folder.parent):
        flush(path)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file that may be larger than the memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def flush(path: Path) -> None:
    """Wait until a file or a folder is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
