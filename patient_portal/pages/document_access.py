"""Access to one document: a person may read only what is shared with them now.

The answer is the same for documents of others or of another practice, unshared ones, and ids that never existed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from uuid import UUID

from starlette.responses import Response

from clinic.documents.access import document_of_patient
from clinic.documents.actions.read import was_withdrawn
from clinic.documents.errors import NotShared
from clinic.documents.models import Document
from clinic.documents.queries import DocumentRow, documents_by_id, signatures_of
from clinic.documents.visibility import Reader
from clinic.values.errors import NotFound
from patient_portal.pages.signing_progress import SigningView, relative_in_words, signing_of
from patient_portal.web.dates import moment_in_words
from patient_portal.web.sent_twice import answer_once
from patient_portal.web.visit import Endpoint, Visit, identity_confirmed


@dataclass(frozen=True)
class OpenDocument:
    """A document and the reader who may see it."""

    document: Document
    reader: Reader

    @property
    def own(self) -> bool:
        """Whether it is about the reader."""
        return self.document.contact_id == self.reader.contact_id


@dataclass(frozen=True)
class DocumentView:
    """An opened document with what its pages say about it."""

    row: DocumentRow
    signing: SigningView


DocumentHandler = Callable[[Visit, OpenDocument], Awaitable[Response]]


def of_document(handler: DocumentHandler) -> Endpoint:
    """Serve a handler to people who may read the document in the address now."""

    @wraps(handler)
    async def guarded(visit: Visit) -> Response:
        document_id = _id(visit.request.path_params["id"])
        now = visit.services.clock.now()
        found = await document_of_patient(visit.caller, document_id, now)
        if found is None or document_id is None:
            return await _no_document(visit, document_id)
        try:
            return await handler(visit, OpenDocument(*found))
        except (NotFound, NotShared):
            # The document was unshared or withdrawn, or the account unlinked, a moment ago; or there is no such page.
            return await _no_document(visit, document_id)

    return identity_confirmed(guarded)


def document_by_method(get: DocumentHandler, post: DocumentHandler) -> DocumentHandler:
    """Call `get` for a GET request, and `post` once for a form that is sent."""

    @wraps(get)
    async def either(visit: Visit, opened: OpenDocument) -> Response:
        if visit.request.method != "POST":
            return await get(visit, opened)
        return await answer_once(visit, lambda: post(visit, opened))

    return either


async def _no_document(visit: Visit, document_id: UUID | None) -> Response:
    """The page for no document. Only people who saw it before learn that the practice withdrew it."""
    now = visit.services.clock.now()
    if document_id is not None and await was_withdrawn(visit.caller, document_id, now):
        return visit.page("document_taken_back.html", 410)
    return visit.page("no_document.html", 404)


async def document_view(visit: Visit, opened: OpenDocument) -> DocumentView:
    """Read what else the pages need, in three statements. Raises `NotFound` if the reader has lost access meanwhile."""
    document, reader = opened.document, opened.reader
    row = (await documents_by_id(visit.caller, [document.id], visit.services.clock.now())).get(document.id)
    if row is None:
        raise NotFound("documentId")
    signatures = (await signatures_of(reader.organization_id, [document.id]))[document.id]
    return DocumentView(row, signing_of(row, signatures, reader.contact_id))


@dataclass(frozen=True)
class SignerInWords:
    """A signer: as what ("mother"; empty for the client), and when they signed or declined, empty until then."""

    name: str
    kind: str
    signed: str
    declined: str
    reader: bool


def signers_in_words(visit: Visit, view: DocumentView) -> list[SignerInWords]:
    """The signers in their order."""
    return [
        SignerInWords(
            name=one.signer_name,
            kind=relative_in_words(one.relationship, visit.gettext),
            signed=_moment(visit, one.signed_at),
            declined=_moment(visit, one.declined_at),
            reader=one is view.signing.own,
        )
        for one in view.signing.signatures
    ]


def own_kind_in_words(visit: Visit, view: DocumentView) -> str:
    """What the reader, who signs for somebody else, is to them."""
    own = view.signing.own
    return relative_in_words(own.relationship, visit.gettext) if own else ""


def _moment(visit: Visit, moment: datetime | None) -> str:
    return moment_in_words(moment, visit.organization.time_zone, visit.language) if moment else ""


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
