"""Decides whether the reason for a letter about documents still applies when the letter is sent. One statement each.

`document_id` is the document that the letter is about; None if it is about several.
"""

from datetime import datetime
from uuid import UUID

from clinic.database.rows import fetch
from clinic.documents.queries import CURRENT, awaits
from clinic.documents.visibility import Reader, visible_to

# The reader has signed or declined already, so they know the document.
_ANSWERED = (
    "EXISTS (SELECT 1 FROM signature k WHERE k.document_id = d.id AND k.signer_id = $1 "
    "AND (k.signed_at IS NOT NULL OR k.declined_at IS NOT NULL))"
)
# Shared since the letter was queued, or waiting for the reader's signature, which may start later than the sharing.
_NEW = (
    "(d.shared_at >= $4 OR EXISTS (SELECT 1 FROM document_recipient n WHERE n.document_id = d.id "
    f"AND n.contact_id = $1 AND n.added_at >= $4) OR {awaits('$1')} = 1)"
)


async def has_news(reader: Reader, document_id: UUID | None, since: datetime) -> bool:
    """Whether the reader can see the document and has not answered it; for several, one that is new `since` then."""
    if document_id is not None:
        return await _exists(f"NOT {_ANSWERED} AND d.id = $4", reader, document_id)
    return await _exists(f"NOT {_ANSWERED} AND {_NEW}", reader, since)


async def is_awaited(reader: Reader, document_id: UUID | None) -> bool:
    """Whether the reader can sign the document now; for several, any document."""
    if document_id is not None:
        return await _exists(f"{awaits('$1')} = 1 AND d.id = $4", reader, document_id)
    return await _exists(f"{awaits('$1')} = 1", reader)


async def sees_completed(reader: Reader, document_id: UUID | None) -> bool:
    """Whether the document has its sealed file and the reader can see it."""
    return await _exists("d.completed_at IS NOT NULL AND d.id = $4", reader, document_id)


async def _exists(condition: str, reader: Reader, *values: object) -> bool:
    visible = f"SELECT 1 FROM document d WHERE d.organization_id = $3 AND {visible_to('$1', '$2')} AND {CURRENT}"
    me = (reader.contact_id, reader.today, reader.organization_id)
    return bool(await fetch(f"{visible} AND {condition} LIMIT 1", *me, *values))
