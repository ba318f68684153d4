"""Reading a document's words over the API: for callers who may see it, and noted as a view before they are given."""

from uuid import UUID

from api.requests.context import Context
from api.server.errors import TooComplex
from clinic.documents.actions.read import Reading, record_reading
from clinic.documents.rendered_pages import page_texts
from clinic.documents.viewing import document_to_open

# Each is a file to fetch, and at its first reading a PDF to open.
MOST_AT_ONCE = 10


async def words_of(context: Context, document_id: UUID) -> list[str] | None:
    """The words of each page; None for a caller who may not open the document."""
    context.read.add(document_id)
    if len(context.read) > MOST_AT_ONCE:
        raise TooComplex(f"Ask for the words of at most {MOST_AT_ONCE} documents at once.")
    caller = context.person
    document = await document_to_open(caller, document_id, context.now)
    if document is None:
        return None
    words = await page_texts(document, context.services)
    await record_reading(caller, document_id, Reading.VIEWED, context.services)
    return list(words)
