"""What the database of a backup holds: its schema, some counts, and the files that it names."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from clinic.documents.files import document_key
from runtime.database.migrate import HISTORY

# Runs one statement in the snapshot.
Ask = Callable[[str], Awaitable[Sequence[Mapping[str, Any]]]]

_SCHEMA = f"SELECT name FROM {HISTORY} ORDER BY name"  # noqa: S608 - a constant
_COUNTED = ("organization", "contact", "document", "letter", "audit_event")
_NAMED = """
SELECT organization_id, sha256 FROM document
UNION SELECT organization_id, completed_sha256 FROM document WHERE completed_sha256 <> ''
UNION SELECT organization_id, sha256 FROM upload
"""
# Recorded before the file is stored, so there may be none yet.
_BEING_SEALED = "SELECT organization_id, sealed_sha256 AS sha256 FROM completion WHERE sealed_sha256 <> ''"


@dataclass(frozen=True)
class Contents:
    """`files` has the SHA-256 of each named file by its key; `being_sealed` those that may not be stored yet."""

    schema: list[str]
    rows: dict[str, int]
    files: dict[str, str]
    being_sealed: dict[str, str]


async def contents_of(ask: Ask) -> Contents:
    """Read the contents, all from the same snapshot."""
    counts = {table: (await ask(f"SELECT count(*) AS number FROM {table}"))[0] for table in _COUNTED}  # noqa: S608
    files = await named_files(ask)
    being_sealed = _by_key(await ask(_BEING_SEALED))
    return Contents(
        schema=[row["name"] for row in await ask(_SCHEMA)],
        rows={table: row["number"] for table, row in counts.items()},
        files=files,
        being_sealed={key: sha256 for key, sha256 in being_sealed.items() if key not in files},
    )


async def named_files(ask: Ask) -> dict[str, str]:
    """The SHA-256 of each file that the rows name, by its key in the file store."""
    return _by_key(await ask(_NAMED))


def _by_key(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {document_key(UUID(str(row["organization_id"])), row["sha256"]): row["sha256"] for row in rows}
