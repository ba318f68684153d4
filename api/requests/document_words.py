"""Reading a document's words over the API: for whoever may see it, and noted as a view before they are given."""

from uuid import UUID

from api.requests.context import Context
from api.server.errors import TooComplex
from clinic.documents.access import document_of_patient, document_of_staff
from clinic.documents.actions.read import Reading, note_reading
from clinic.documents.models import Document
from clinic.documents.rendered_pages import page_texts
from clinic.values.callers import PatientCaller, Permission, StaffCaller

# Each is a file to fetch, and at its first reading a PDF to open.
MOST_AT_ONCE = 10


async def words_of(context: Context, document_id: UUID) -> list[str] | None:
    """The words of each page; None for whoever may not open the document."""
    context.read.add(document_id)
    if len(context.read) > MOST_AT_ONCE:
        raise TooComplex(f"Ask for the words of at most {MOST_AT_ONCE} documents at once.")
    caller = context.person
    document = await _opened(context, caller, document_id)
    if document is None:
        return None
    words = await page_texts(document, context.services)
    await note_reading(caller, document_id, Reading.VIEWED, context.services)
    return list(words)


async def _opened(context: Context, caller: StaffCaller | PatientCaller, document_id: UUID) -> Document | None:
    if isinstance(caller, StaffCaller):
        return await document_of_staff(caller, document_id) if caller.may(Permission.WEB_PORTAL) else None
    found = await document_of_patient(caller, document_id, context.now)
    return found[0] if found else None
