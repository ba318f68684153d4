"""The preview before sharing: who would see the document now and who later, for both ways of sharing."""

from dataclasses import dataclass
from uuid import UUID

from clinic.documents.access import document_of_staff
from clinic.documents.models import Document, Signature
from clinic.documents.visibility import CircleMember, circle_of, today_at
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import NotFound
from clinic.values.ports import Services


@dataclass(frozen=True)
class Audience:
    """Who sees the document at once, and who later: after registering, or after staff grant portal access."""

    now: tuple[CircleMember, ...]
    later: tuple[CircleMember, ...]


@dataclass(frozen=True)
class SharingPreview:
    """The client and all relatives, and what each way of sharing means for them.

    Sharing with all authorized persons follows later changes: `all_authorized.later` includes relatives without portal
    access, who see the document when they get it. `chosen_recipients` are the people who may be chosen; nobody else
    will see the document. `signer_ids` are the signers, who can sign only if they see it.
    """

    document: Document
    members: tuple[CircleMember, ...]
    all_authorized: Audience
    chosen_recipients: Audience
    signer_ids: tuple[UUID, ...]


async def sharing_preview(caller: StaffCaller, document_id: UUID | None, services: Services) -> SharingPreview:
    """Who would see the document; needs WEB_PORTAL. Raises `NotPermitted`, `NotFound`. A fixed number of statements."""
    caller.require(Permission.WEB_PORTAL)
    document = await document_of_staff(caller, document_id) if document_id else None
    if document is None:
        raise NotFound("documentId")
    today = await today_at(caller.organization_id, services.clock.now())
    members = tuple(await circle_of(caller.organization_id, document.contact_id, today))
    at_once = tuple(member for member in members if member.has_access and member.has_account)
    on_registering = tuple(member for member in members if member.has_access and not member.has_account)
    on_being_given = tuple(member for member in members if not member.has_access)
    signers = await Signature.filter(document_id=document.id).order_by("position").values_list("signer_id", flat=True)
    return SharingPreview(
        document=document,
        members=members,
        all_authorized=Audience(at_once, on_registering + on_being_given),
        chosen_recipients=Audience(at_once, on_registering),
        signer_ids=tuple(UUID(str(signer_id)) for signer_id in signers),
    )
