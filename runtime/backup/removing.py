"""Removes old backups from a folder, with the files that none of the others needs.

So the files of an erased record leave the folder when the last backup that names them does.
"""

import shutil
from pathlib import Path

from runtime.backup.manifest import MANIFEST, all_in, stored_in


def remove_older(top: Path, keep: int) -> int:
    """Keep the newest `keep` backups, and return how many were removed.

    A manifest goes before its files, so an interrupted removal leaves no backup that lacks some. Don't run it while
    another backup is made into the same folder: its files may not be named yet.
    """
    found = all_in(top)
    old, kept = found[:-keep], found[-keep:]
    for backup in old:
        (backup.folder / MANIFEST).unlink()
        shutil.rmtree(backup.folder)
    needed = {key for backup in kept for key in backup.manifest.files}
    for key, path in stored_in(top):
        if key not in needed:
            path.unlink()
    return len(old)
