"""Reads the status of sealed files: the level of the seal, or why there is no file although everybody has signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from clinic.database.rows import fetch_as
from clinic.documents.models import SealLevel


@dataclass(frozen=True, slots=True)
class CompletionRow:
    """`level` is None until there is a sealed file. `problem` is the last error in making it, as stored."""

    document_id: UUID
    level: SealLevel | None
    problem: str


# A seal without a timestamp is complete, so a missing timestamp is no problem; the level shows it.
_COMPLETIONS = """
SELECT document_id, level, CASE WHEN sealed_at IS NULL THEN failure ELSE '' END AS problem
FROM completion
WHERE document_id {in_1} AND organization_id = $2
"""


async def completions_of(organization_id: UUID, document_ids: Sequence[UUID]) -> dict[UUID, CompletionRow]:
    """The status of each of these documents that everybody has signed. One statement.

    Checks no permission: call it only with documents that the caller may see.
    """
    rows = await fetch_as(CompletionRow, _COMPLETIONS, list(document_ids), organization_id)
    return {row.document_id: row for row in rows}
