"""Documents that were shared with people, for tests of the pages that show them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from clinic.documents.actions.create import NewDocument, create_document
from clinic.documents.actions.share import share_document
from clinic.documents.actions.upload import receive_upload
from clinic.documents.files import store_document
from clinic.documents.models import Document, DocumentKind, DocumentSharing, Signature, SignatureState
from clinic.records.actions.contacts import ContactFacts
from clinic.records.actions.relationships import create_relationship
from clinic.records.models import Contact
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission, StaffCaller
from tests.factories.pdfs import sound_pdf
from tests.patient_portal.people import staff_member
from tests.patient_portal.practice import PASSWORD, Page, Practice, Visitor

# A title as long as titles get, with markup and with marks that turn the reading direction.
LONGEST = ("<b>Agreement</b> about \u202ewhat we\u202c share & with whom – Wolfeschlegelsteinhausenbergerdorff " * 4)[
    :200
]

NAME = "Nora Gray"


async def author(practice: Practice) -> StaffCaller:
    """The staff member who writes the practice's documents; one for each practice."""
    member = await StaffMember.get_or_none(organization_id=practice.organization.id)
    if member is None:
        return await staff_member(practice)
    return StaffCaller(
        practice.organization.id, member.id, member.id, frozenset({Permission.WEB_PORTAL, Permission.VIEW_CONTACTS})
    )


async def shared_row(
    practice: Practice,
    title: str = "Consent to treatment",
    *,
    about: Contact | None = None,
    signers: tuple[Contact, ...] = (),
    days_ago: int = 0,
    sharing: DocumentSharing = DocumentSharing.ALL_AUTHORIZED,
    **more: Any,
) -> Document:
    """A document in the state a test needs, as a row; its bytes are one sound page."""
    caller = await author(practice)
    content = sound_pdf()
    now = practice.clock.now() - timedelta(days=days_ago)
    document = await Document.create(
        organization_id=practice.organization.id,
        contact_id=(about or practice.contact).id,
        **{
            "title": title,
            "kind": DocumentKind.CONSENT,
            "language": "en",
            "sha256": await store_document(practice.organization.id, content, practice.services),
            "byte_count": len(content),
            "page_count": 1,
            "created_at": now,
            "created_by_id": caller.staff_member_id,
            "sharing": sharing,
            "shared_at": now,
            "signature_state": SignatureState.WAITING if signers else SignatureState.NOT_REQUIRED,
            **more,
        },
    )
    for position, signer in enumerate(signers, start=1):
        await Signature.create(
            organization_id=practice.organization.id, document_id=document.id, signer_id=signer.id, position=position
        )
    return document


async def shared(
    practice: Practice,
    title: str = "Consent to treatment",
    *,
    about: Contact | None = None,
    pages: int = 1,
    text: str | None = None,
    **more: Any,
) -> Document:
    """A document as staff make and share one, with all authorized; of a PDF with so many pages, or of a text."""
    caller, services = await author(practice), practice.services
    signers = more.pop("signers", ())
    upload = None if text else (await receive_upload(caller, sound_pdf(pages), services)).upload
    new = NewDocument(
        contact_id=(about or practice.contact).id,
        title=title,
        text=text,
        upload_id=upload.id if upload else None,
        signer_ids=[signer.id for signer in signers],
        **{"kind": DocumentKind.CONSENT, "language": "en", **more},
    )
    made = await create_document(caller, new, services)
    return await share_document(caller, made.id, None, services)


async def signed_row(document: Document, signer: Contact, practice: Practice) -> None:
    """The signer's place as it is after signing."""
    await Signature.filter(document_id=document.id, signer_id=signer.id).update(signed_at=practice.clock.now())


async def child_of(
    practice: Practice, kind: str = "parent", given_name: str = "Mia", family_name: str = "Park"
) -> Contact:
    """A child whose portal opens to the practice's contact."""
    child = await practice.add_contact(ContactFacts(given_name, family_name))
    await create_relationship(
        practice.caller, child.id, practice.contact.id, kind, practice.services, portal_access=True
    )
    return child


def path_of(document: Document | UUID, room: str = "", slug: str = "willow-creek") -> str:
    """The address of a document's page, or of a room behind it."""
    document_id = document if isinstance(document, UUID) else document.id
    return f"/{slug}/documents/{document_id}" + (f"/{room}" if room else "")


async def sign(visitor: Visitor, document: Document, **typed: str) -> Page:
    """Fill in the form and press its button."""
    return await visitor.fill(path_of(document, "sign"), **{"typed_name": NAME, "password": PASSWORD, **typed})
