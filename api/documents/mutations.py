"""What staff do with documents: make them, share them, take them back."""

from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import IDEMPOTENCY, decode_id_or_none, key_given, keys_given, request_key
from api.server.fields import mutation
from api.types import enums as enums
from api.types.graph import Contact, Document, load_contact
from api.types.user_errors import (
    DocumentClosed,
    FileStoreUnavailable,
    InvalidInput,
    NotFound,
    NotPermitted,
    TooManyAttempts,
    answering,
)
from clinic.documents.actions.create import NewDocument, create_document
from clinic.documents.actions.share import share_all_documents, share_document, unshare_document
from clinic.documents.actions.withdraw import withdraw_document
from clinic.documents.models import DocumentKind
from clinic.values import errors as core
from clinic.values.limits import LONGEST_NAME
from clinic.values.problems import Problem


@strawberry.input(description="A document for a client's record: from a PDF that was sent, or from a text.")
class CreateDocumentInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose record.")
    title: str = strawberry.field(description=f"What it is called: plain text, up to {LONGEST_NAME} characters.")
    upload_id: strawberry.ID | None = strawberry.field(
        default=None, description="What POST /uploads answered; good for one document. Or give `text`."
    )
    text: str | None = strawberry.field(
        default=None,
        description="The words, in Markdown: headings, paragraphs, lists, tables of two columns; anything else, HTML "
        "among it, is plain text. Or give `uploadId`.",
    )
    signer_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list,
        description="Who signs: the client, or relatives with portal access. Empty: no signature is wanted.",
    )
    in_sequence: bool = strawberry.field(default=False, description="Whether they sign one after another.")
    kind: DocumentKind = strawberry.field(default=DocumentKind.OTHER, description="What sort of paper it is.")
    language: str | None = strawberry.field(
        default=None, description="The language of the words, as a BCP 47 tag; the client's unless told."
    )
    supersedes_id: strawberry.ID | None = strawberry.field(
        default=None, description="The document of the same client whose place it takes."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="With whom to share a document: `allAuthorized`, or `recipientIds`; one of the two.")
class ShareDocumentInput:
    document_id: strawberry.ID = strawberry.field(description="Which.")
    all_authorized: bool | None = strawberry.field(
        default=None,
        description="True: with the client and every relative with portal access, also one who gets it later.",
    )
    recipient_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="With exactly these: the client, or relatives with portal access."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="Which document nobody shall see any more.")
class UnshareDocumentInput:
    document_id: strawberry.ID = strawberry.field(description="Which.")


@strawberry.input(description="Whose documents to share with them.")
class ShareAllDocumentsInput:
    contact_id: strawberry.ID = strawberry.field(description="Whose.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY)


@strawberry.input(description="Which document to take back.")
class WithdrawDocumentInput:
    document_id: strawberry.ID = strawberry.field(description="Which.")
    reason: str = strawberry.field(default="", description="Why, in one line; for staff.")


@strawberry.type(description="The document is on record, shared with nobody yet.")
class CreateDocumentSuccess:
    document: Document = strawberry.field(description="The document.")


@strawberry.type(description="It is shared; whoever sees it only now gets a letter, which does not name it.")
class ShareDocumentSuccess:
    document: Document = strawberry.field(description="The document, with its new readers.")


@strawberry.type(description="Nobody but the practice sees it from now on.")
class UnshareDocumentSuccess:
    document: Document = strawberry.field(description="The document.")


@strawberry.type(description="Every document that nobody saw yet is shared with the client, and only with them.")
class ShareAllDocumentsSuccess:
    contact: Contact = strawberry.field(description="The client.")
    shared_count: int = strawberry.field(description="How many are shared by this.")


@strawberry.type(description="It is taken back: nobody sees or signs it any more.")
class WithdrawDocumentSuccess:
    document: Document = strawberry.field(description="The document.")


CreateDocumentResult = Annotated[
    CreateDocumentSuccess
    | NotPermitted
    | NotFound
    | InvalidInput
    | DocumentClosed
    | TooManyAttempts
    | FileStoreUnavailable,
    union("CreateDocumentResult", description="The document, or what stands in the way."),
]
ShareDocumentResult = Annotated[
    ShareDocumentSuccess | NotPermitted | NotFound | InvalidInput | DocumentClosed,
    union("ShareDocumentResult", description="The document, or what stands in the way."),
]
UnshareDocumentResult = Annotated[
    UnshareDocumentSuccess | NotPermitted | NotFound,
    union("UnshareDocumentResult", description="The document, or what stands in the way."),
]
ShareAllDocumentsResult = Annotated[
    ShareAllDocumentsSuccess | NotPermitted | NotFound | InvalidInput,
    union("ShareAllDocumentsResult", description="How many, or what stands in the way."),
]
WithdrawDocumentResult = Annotated[
    WithdrawDocumentSuccess | NotPermitted | NotFound | InvalidInput | DocumentClosed,
    union("WithdrawDocumentResult", description="The document, or what stands in the way."),
]


@strawberry.type
class DocumentMutations:
    @mutation("Put a document on a client's record; needs WEB_PORTAL.")
    @answering
    async def create_document(self, info: Info, input: CreateDocumentInput) -> CreateDocumentResult:
        new = NewDocument(
            contact_id=decode_id_or_none(input.contact_id, "Contact"),
            title=input.title,
            kind=input.kind,
            language=input.language,
            upload_id=key_given(input.upload_id, "Upload"),
            text=input.text,
            signer_ids=keys_given(input.signer_ids, "Contact"),
            in_sequence=input.in_sequence,
            supersedes_id=key_given(input.supersedes_id, "Document"),
        )
        services = info.context.services
        document = await create_document(
            info.context.staff, new, services, request_key=request_key("createDocument", input)
        )
        return CreateDocumentSuccess(document=Document.from_model(document))

    @mutation("Say who sees a document, instead of whoever did; needs WEB_PORTAL. The same again changes nothing.")
    @answering
    async def share_document(self, info: Info, input: ShareDocumentInput) -> ShareDocumentResult:
        document = await share_document(
            info.context.staff,
            decode_id_or_none(input.document_id, "Document"),
            _recipients(input),
            info.context.services,
            request_key=request_key("shareDocument", input),
        )
        return ShareDocumentSuccess(document=Document.from_model(document))

    @mutation("End the sharing of a document at once; needs WEB_PORTAL. What was signed stays signed.")
    @answering
    async def unshare_document(self, info: Info, input: UnshareDocumentInput) -> UnshareDocumentResult:
        key = decode_id_or_none(input.document_id, "Document")
        document = await unshare_document(info.context.staff, key, info.context.services)
        return UnshareDocumentSuccess(document=Document.from_model(document))

    @mutation("Share all of a client's documents that nobody sees yet with the client alone; needs WEB_PORTAL.")
    @answering
    async def share_all_documents(self, info: Info, input: ShareAllDocumentsInput) -> ShareAllDocumentsResult:
        key = decode_id_or_none(input.contact_id, "Contact")
        shared = await share_all_documents(
            info.context.staff, key, info.context.services, request_key=request_key("shareAllDocuments", input)
        )
        if key is None:  # the action has refused what names nobody
            raise core.NotFound("contactId")
        return ShareAllDocumentsSuccess(contact=await load_contact(info, key), shared_count=shared)

    @mutation("Take a document back for good, before anybody has signed it; needs WEB_PORTAL.")
    @answering
    async def withdraw_document(self, info: Info, input: WithdrawDocumentInput) -> WithdrawDocumentResult:
        key = decode_id_or_none(input.document_id, "Document")
        document = await withdraw_document(info.context.staff, key, input.reason, info.context.services)
        return WithdrawDocumentSuccess(document=Document.from_model(document))


def _recipients(given: ShareDocumentInput) -> list[UUID] | None:
    """Whom `share_document` takes: None for all authorized. Raises `InvalidInput` unless just one way was chosen."""
    everybody, chosen = bool(given.all_authorized), given.recipient_ids
    if everybody == (chosen is not None):
        raise core.InvalidInput.one("allAuthorized", Problem.NO_WAY_OF_SHARING)
    return None if chosen is None else keys_given(chosen, "Contact")
