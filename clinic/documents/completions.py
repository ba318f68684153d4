"""Where a document's sealed file stands: how strong its seal is, or why there is none although everybody has signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from clinic.database.rows import fetch_as
from clinic.documents.models import SealLevel


@dataclass(frozen=True, slots=True)
class CompletionRow:
    """`level` is None until there is a sealed file. `problem` is what the last try to make one met, for staff."""

    document_id: UUID
    level: SealLevel | None
    problem: str


# A seal without its timestamp is whole; that none could be had yet is told by the level.
_COMPLETIONS = """
SELECT document_id, level, CASE WHEN sealed_at IS NULL THEN failure ELSE '' END AS problem
FROM completion
WHERE document_id {in_1} AND organization_id = $2
"""


async def completions_of(organization_id: UUID, document_ids: Sequence[UUID]) -> dict[UUID, CompletionRow]:
    """Of those of the documents that everybody has signed. One statement. The documents are the caller's to see."""
    rows = await fetch_as(CompletionRow, _COMPLETIONS, list(document_ids), organization_id)
    return {row.document_id: row for row in rows}
