"""The plain fields of documents and signatures, and the agreement to sign electronically."""

from datetime import datetime
from typing import Self

import strawberry

from api.requests.context import Info
from api.requests.document_words import words_of
from api.requests.seal_words import seal_failure_words
from api.server.fields import field
from api.server.relay import Node, encode_id
from api.types import enums as enums
from clinic.documents import consent, models, queries
from clinic.documents.addresses import file_address
from clinic.documents.models import DocumentKind, DocumentSharing, SealLevel, SignatureState
from clinic.documents.queries import DocumentRow, SignatureRow
from clinic.documents.viewing import (
    visible_decline_reason,
    visible_relationship,
    visible_seal_failure,
    visible_withdraw_reason,
)


@strawberry.type
class DocumentFields(Node):
    row: strawberry.Private[DocumentRow]
    title: str = strawberry.field(description="What it is called; plain text.")
    kind: DocumentKind = strawberry.field(description="What sort of paper it is.")
    language: str = strawberry.field(description="The language of its words, as a BCP 47 tag.")
    sha256: str = strawberry.field(description="SHA-256 of the original bytes, in hexadecimal; signDocument takes it.")
    byte_count: int = strawberry.field(description="The size of the original.")
    page_count: int = strawberry.field(description="How many pages the original has.")
    created_at: datetime = strawberry.field(description="When staff put it on record.")
    sharing: DocumentSharing = strawberry.field(description="Who sees it: the colour of its globe.")
    shared_at: datetime | None = strawberry.field(description="Since when it is shared; null: with nobody.")
    signature_state: SignatureState = strawberry.field(description="Where the signing stands.")
    in_sequence: bool = strawberry.field(description="Whether the signers sign one after another.")
    awaits_you: bool = strawberry.field(description="Whether you are asked to sign it, and it is your turn.")
    withdrawn_at: datetime | None = strawberry.field(description="When staff took it back, if they did.")
    completed_at: datetime | None = strawberry.field(description="When the sealed PDF was there, with every signature.")

    @classmethod
    def from_row(cls, row: DocumentRow) -> Self:
        return cls(
            id=strawberry.ID(encode_id("Document", row.id)),
            row=row,
            title=row.title,
            kind=row.kind,
            language=row.language,
            sha256=row.sha256,
            byte_count=row.byte_count,
            page_count=row.page_count,
            created_at=row.created_at,
            sharing=row.sharing,
            shared_at=row.shared_at,
            signature_state=row.signature_state,
            in_sequence=row.in_sequence,
            awaits_you=row.awaits_reader,
            withdrawn_at=row.withdrawn_at,
            completed_at=row.completed_at,
        )

    @classmethod
    def from_model(cls, model: models.Document) -> Self:
        """What an action answers: right after it, nothing awaits the caller."""
        return cls.from_row(queries.row_of(model))

    @field(
        "The original PDF's address: it works for ten minutes, while the session that asked lasts and its person may "
        "see the document; staff need WEB_PORTAL to open it. Opening is audited."
    )
    def url(self, info: Info) -> str:
        return self._address(info, completed=False)

    @field("The sealed PDF's address, likewise; null until everybody has signed.")
    def completed_url(self, info: Info) -> str | None:
        return self._address(info, completed=True) if self.row.completed_at else None

    @field("What the seal of the sealed PDF proves; null until there is one.")
    async def seal_level(self, info: Info) -> SealLevel | None:
        row = await info.context.loaders.documents.completion.load(self.row.id)
        return row.level if row else None

    @field(
        "Why there is no sealed PDF yet although everybody has signed, after a try that failed, in English or Spanish "
        "as Accept-Language asks. It is tried again by itself, and nobody has to sign again. Null for patients."
    )
    async def completion_problem(self, info: Info) -> str | None:
        row = await info.context.loaders.documents.completion.load(self.row.id)
        failure = visible_seal_failure(info.context.viewer, row)
        return seal_failure_words(failure, info.context.origin.language) if failure else None

    @field(
        "The words of each page, of the sealed PDF once there is one; empty where a page is a picture. Null for staff "
        "without WEB_PORTAL. Asking is audited as a view; at most ten documents at once."
    )
    async def page_texts(self, info: Info) -> list[str] | None:
        return await words_of(info.context, self.row.id)

    def _address(self, info: Info, *, completed: bool) -> str:
        context = info.context
        return file_address(
            context.person, self.row.id, completed=completed, services=context.services, now=context.now
        )

    @field("Why staff took it back; null for patients.")
    def withdraw_reason(self, info: Info) -> str | None:
        return visible_withdraw_reason(info.context.viewer, self.row) or None


@strawberry.type
class SignatureFields(Node):
    row: strawberry.Private[SignatureRow]
    signed_at: datetime | None = strawberry.field(description="When it was signed; null while it was not.")
    declined_at: datetime | None = strawberry.field(description="When it was declined, if it was.")
    document_sha256: str = strawberry.field(description="SHA-256 of the bytes that are signed.")
    position: int = strawberry.field(description="The place in the order of signers, from 1.")

    @classmethod
    def from_row(cls, row: SignatureRow) -> Self:
        return cls(
            id=strawberry.ID(encode_id("Signature", row.id)),
            row=row,
            signed_at=row.signed_at,
            declined_at=row.declined_at,
            document_sha256=row.document_sha256,
            position=row.position,
        )

    @field("Why it was declined; to the practice and to the signer only.")
    async def decline_reason(self, info: Info) -> str | None:
        return await visible_decline_reason(info.context.viewer, self.row) or None

    @field("What the signer is to the client, such as mother; null where the client signs, and for patients.")
    def relationship(self, info: Info) -> str | None:
        return visible_relationship(info.context.viewer, self.row) or None


@strawberry.type(description="The agreement to sign electronically: show it before the first signature.")
class SigningConsent:
    version: str = strawberry.field(description="Which words; signDocument takes it.")
    language: str = strawberry.field(description="The language of the words; signDocument takes it, too.")
    text: str = strawberry.field(description="The words, as they must be shown.")
    given: bool = strawberry.field(description="Whether you have agreed to these words, and not taken it back.")

    @classmethod
    def from_core(cls, offer: consent.ConsentOffer) -> "SigningConsent":
        return cls(version=offer.version, language=offer.language, text=offer.text, given=offer.given)
