"""Who would see a document, said before it is shared: now and later, for either way of sharing (product §4)."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry

from api.requests.context import Info
from api.server.fields import field
from api.server.relay import decode_id
from api.types.graph import Contact, Document, load_contact
from clinic.documents import preview
from clinic.documents.visibility import CircleMember
from clinic.values.errors import NotFound

DocumentId = Annotated[strawberry.ID, strawberry.argument(description="Which document.")]


@strawberry.type(description="The client, or a relative, and how far they are from reading it.")
class SharingMember:
    contact_id: strawberry.Private[UUID]
    relationship: str | None = strawberry.field(description="What they are to the client; null for the client.")
    has_access: bool = strawberry.field(description="Whether they have portal access, and so may be chosen.")
    has_account: bool = strawberry.field(description="Whether they have an account, and so read it at once.")
    ends_on: date | None = strawberry.field(description="The last day of a relative's access, if it ends.")

    @classmethod
    def from_core(cls, member: CircleMember) -> "SharingMember":
        return cls(
            contact_id=member.contact_id,
            relationship=member.kind or None,
            has_access=member.has_access,
            has_account=member.has_account,
            ends_on=member.ends_on,
        )

    @field("Who it is.")
    async def contact(self, info: Info) -> Contact:
        return await load_contact(info, self.contact_id)


@strawberry.type(description="Who sees a document that is shared in one way.")
class SharingAudience:
    now: list[SharingMember] = strawberry.field(description="At once.")
    later: list[SharingMember] = strawberry.field(description="On registering, or when staff give them portal access.")

    @classmethod
    def from_core(cls, audience: preview.Audience) -> "SharingAudience":
        return cls(now=_members(audience.now), later=_members(audience.later))


@strawberry.type(description="What either way of sharing a document would mean; show it before the choice is made.")
class SharingPreview:
    signer_ids: strawberry.Private[tuple[UUID, ...]]
    document: Document = strawberry.field(description="The document.")
    members: list[SharingMember] = strawberry.field(description="The client first, then every relative.")
    all_authorized: SharingAudience = strawberry.field(
        description="Of sharing with all authorized: whoever is given portal access later sees it too."
    )
    chosen_recipients: SharingAudience = strawberry.field(
        description="Of choosing all who may be chosen: never anybody but those who are."
    )

    @classmethod
    def from_core(cls, found: preview.SharingPreview) -> "SharingPreview":
        return cls(
            signer_ids=found.signer_ids,
            document=Document.from_model(found.document),
            members=_members(found.members),
            all_authorized=SharingAudience.from_core(found.all_authorized),
            chosen_recipients=SharingAudience.from_core(found.chosen_recipients),
        )

    @field("Whoever is asked to sign it, and can't unless they see it.")
    async def signers(self, info: Info) -> list[Contact]:
        rows = await info.context.loaders.contact.load_many(self.signer_ids)
        return [Contact.from_row(row) for row in rows if row]


@strawberry.type
class SharingQueries:
    @field("Who would see a document, now and later; needs WEB_PORTAL. Null for one that is not there.")
    async def sharing_preview(self, info: Info, document_id: DocumentId) -> SharingPreview | None:
        key = decode_id(document_id, "Document", argument="documentId")
        try:
            found = await preview.sharing_preview(info.context.staff, key, info.context.services)
        except NotFound:
            return None
        return SharingPreview.from_core(found)


def _members(members: Iterable[CircleMember]) -> list[SharingMember]:
    return [SharingMember.from_core(member) for member in members]
