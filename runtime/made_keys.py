"""Keys for demos and development: created at the first start and stored beside the database."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from adapters.sealing.key import SigningKeyFile, new_authority
from adapters.secrets import new_key
from runtime.new_files import write_new

FILE_NAME = "secret-key"
SIGNING_FILE_NAME = "signing.p12"
DEMO_SEAL_NAME = "Vestibule demo"


def load_or_create_key(folder: Path) -> str:
    """The secret key in `folder`, created if missing. Concurrent processes get the same key."""
    path = folder / FILE_NAME
    if not path.exists():
        _make(path, f"{new_key()}\n".encode())
    return path.read_text(encoding="ascii").strip()


def load_or_create_signing_key(folder: Path) -> Path:
    """The signing key file in `folder`, created if missing. The certificate of its authority is in `signing.pem`.

    Concurrent processes get the same key.
    """
    path = folder / SIGNING_FILE_NAME
    if not path.exists():
        _make(path, new_authority(DEMO_SEAL_NAME, datetime.now(UTC)))
    authority = path.with_suffix(".pem")
    if not authority.exists():
        _make(authority, SigningKeyFile(path).read().authority_pem)
    return path


def _make(path: Path, content: bytes) -> None:
    # If another process was first, that process's key is used.
    with suppress(FileExistsError):
        write_new(path, content)
