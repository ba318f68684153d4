"""What is asked before reading, sharing and signing."""

from typing import Annotated

import strawberry

from api.requests.context import Info
from api.server.fields import field
from api.types.documents import SigningConsent
from api.types.graph import DocumentShelf
from clinic.documents.consent import consent_offer
from clinic.documents.queries import shelves_of
from clinic.organizations.queries import organization_by_id
from clinic.portal_access.queries import own_account

Language = Annotated[
    str | None,
    strawberry.argument(description="The language the person reads, as a BCP 47 tag; your account's unless told."),
]


@strawberry.type
class DocumentQueries:
    @field(
        "Whose documents you may look at: your own first, then those of each person whose portal opens to you; for "
        "patients. Empty until you have shown who you are."
    )
    async def document_shelves(self, info: Info) -> list[DocumentShelf]:
        reader = await info.context.patient_viewer.reader()
        return [DocumentShelf.from_core(shelf) for shelf in await shelves_of(reader)] if reader else []

    @field("The agreement to sign electronically, to be shown before a signature unless `given`; for patients.")
    async def signing_consent(self, info: Info, language: Language = None) -> SigningConsent:
        caller = info.context.patient
        organization = await organization_by_id(caller.organization_id)
        spoken = language or (await own_account(caller)).language
        return SigningConsent.from_core(await consent_offer(caller.account_id, organization.name, spoken))
