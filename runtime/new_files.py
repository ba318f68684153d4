"""Writes files with secrets: whole or not at all, for this user only, and never in the place of another file."""

import os
from pathlib import Path
from uuid import uuid4


def write_new(path: Path, content: bytes) -> None:
    """Write a new file with mode 0600. Raises `FileExistsError`, also if another process makes the file meanwhile."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{os.getpid()}-{uuid4().hex}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        # Creating a link is atomic, and fails if the name is taken.
        os.link(draft, path)
    finally:
        draft.unlink()
