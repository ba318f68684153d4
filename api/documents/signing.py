"""What patients do with documents: sign them, or say no, and take back the agreement to sign electronically."""

from typing import Annotated

import strawberry
from strawberry import union

from api.requests.context import Info
from api.requests.inputs import decode_id_or_none
from api.server.fields import mutation
from api.types.graph import Document, PortalAccount, own_portal_account
from api.types.user_errors import (
    AlreadySigned,
    DocumentChanged,
    DocumentClosed,
    FileStoreUnavailable,
    InvalidInput,
    NotASigner,
    NotFound,
    NotShared,
    NotYourTurn,
    TooManyAttempts,
    WrongCredentials,
    answering,
)
from clinic.documents.actions.consent import withdraw_consent
from clinic.documents.actions.decline import decline_document
from clinic.documents.actions.sign import SigningForm, sign_document


@strawberry.input(description="What a person gives to sign a document they were shown.")
class SignDocumentInput:
    document_id: strawberry.ID = strawberry.field(description="Which.")
    sha256: str = strawberry.field(
        description="SHA-256 of the bytes that were shown, in hexadecimal, in small letters."
    )
    typed_name: str = strawberry.field(description="Your name, as you type it to sign.")
    password: str = strawberry.field(description="Your portal password; wrong ones count as in signing in.")
    consent_version: str = strawberry.field(
        description="`signingConsent.version` of the words that were shown; empty where none were, because of `given`."
    )
    language: str = strawberry.field(default="en", description="`signingConsent.language` of those words.")


@strawberry.input(description="What you will not sign, and why.")
class DeclineDocumentInput:
    document_id: strawberry.ID = strawberry.field(description="Which.")
    reason: str = strawberry.field(description="Why, in one line; the practice reads it.")


@strawberry.input(description="Which agreement to take back.")
class WithdrawSigningConsentInput:
    consent_version: str | None = strawberry.field(
        default=None, description="Only the agreement to these words; whichever stands, unless told."
    )


@strawberry.type(description="You have signed; the last signature puts the sealed PDF on its way.")
class SignDocumentSuccess:
    document: Document = strawberry.field(description="The document, with its signatures.")


@strawberry.type(description="You have said no, and nobody can sign it any more.")
class DeclineDocumentSuccess:
    document: Document = strawberry.field(description="The document.")


@strawberry.type(description="You are asked to agree again before the next signature; what was signed stays signed.")
class WithdrawSigningConsentSuccess:
    account: PortalAccount = strawberry.field(description="Your account.")


SignDocumentResult = Annotated[
    SignDocumentSuccess
    | NotFound
    | InvalidInput
    | NotShared
    | NotASigner
    | NotYourTurn
    | AlreadySigned
    | DocumentChanged
    | DocumentClosed
    | WrongCredentials
    | TooManyAttempts
    | FileStoreUnavailable,
    union("SignDocumentResult", description="The signed document, or what stands in the way."),
]
DeclineDocumentResult = Annotated[
    DeclineDocumentSuccess
    | NotFound
    | InvalidInput
    | NotShared
    | NotASigner
    | NotYourTurn
    | AlreadySigned
    | DocumentClosed
    | WrongCredentials,
    union("DeclineDocumentResult", description="The declined document, or what stands in the way."),
]
WithdrawSigningConsentResult = Annotated[
    WithdrawSigningConsentSuccess | InvalidInput,
    union("WithdrawSigningConsentResult", description="Your account, or what stands in the way."),
]


@strawberry.type
class SigningMutations:
    @mutation("Sign a document that is shared with you and waits for you; for patients.")
    @answering
    async def sign_document(self, info: Info, input: SignDocumentInput) -> SignDocumentResult:
        form = SigningForm(
            document_id=decode_id_or_none(input.document_id, "Document"),
            sha256=input.sha256,
            typed_name=input.typed_name,
            password=input.password,
            consent_version=input.consent_version,
            language=input.language,
        )
        document = await sign_document(info.context.patient, form, info.context.services)
        return SignDocumentSuccess(document=Document.from_model(document))

    @mutation("Say that you will not sign a document, and why; for patients.")
    @answering
    async def decline_document(self, info: Info, input: DeclineDocumentInput) -> DeclineDocumentResult:
        key = decode_id_or_none(input.document_id, "Document")
        document = await decline_document(info.context.patient, key, input.reason, info.context.services)
        return DeclineDocumentSuccess(document=Document.from_model(document))

    @mutation("Take back your agreement to sign electronically; for patients. Taken back already is no error.")
    @answering
    async def withdraw_signing_consent(
        self, info: Info, input: WithdrawSigningConsentInput
    ) -> WithdrawSigningConsentResult:
        context = info.context
        await withdraw_consent(context.patient, context.services, version=input.consent_version)
        return WithdrawSigningConsentSuccess(account=await own_portal_account(info))
