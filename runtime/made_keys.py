"""The secret key a demo or a developer never has to think about: made at the first start, kept beside the database."""

import os
from pathlib import Path
from uuid import uuid4

from adapters.secrets import new_key

FILE_NAME = "secret-key"


def key_kept_in(folder: Path) -> str:
    """The key kept in `folder`, made if there is none. Processes that start together all get the same one."""
    path = folder / FILE_NAME
    if not path.exists():
        _make(path)
    return path.read_text(encoding="ascii").strip()


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{os.getpid()}-{uuid4().hex}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(new_key() + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        # A link appears whole or not at all, and fails where another process was first: then its key counts.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
