"""People at a document: how a paper is laid before them, and what they send to sign it."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from clinic.documents.actions.sign import SigningForm, sign_document
from clinic.documents.consent import CONSENT_VERSION
from clinic.documents.files import store_document
from clinic.documents.models import Document, DocumentKind, DocumentSharing, Signature, SignatureState
from clinic.records.actions.relationships import create_relationship
from clinic.records.models import Contact, Relationship
from clinic.values.callers import Origin, PatientCaller
from tests.clinic.portal_access.ways import registered
from tests.factories import PASSWORD, Mailbox, Practice
from tests.factories.pdfs import sound_pdf

PHONE = Origin("198.51.100.20", "Phone/1.0", "request-7")


@dataclass(frozen=True)
class Person:
    """A record, and whoever is signed in as its person."""

    contact: Contact
    caller: PatientCaller
    email: str


async def person(practice: Practice, mailbox: Mailbox, given_name: str = "Omar", **more: Any) -> Person:
    """A contact who accepted the invitation and is signed in."""
    email = f"{given_name.lower()}@example.com"
    contact = await practice.contact(given_name, emails=(email,), **more)
    _, signed_in = await registered(practice, mailbox, contact)
    account = signed_in.account
    caller = PatientCaller(account.organization_id, account.id, signed_in.session.session_id, PHONE)
    return Person(contact, caller, email)


async def opened_to(
    practice: Practice, client: Contact, relative: Contact, kind: str = "mother", *, ends_on: date | None = None
) -> Relationship:
    """A relationship with portal access."""
    return await create_relationship(
        practice.system, client.id, relative.id, kind, practice.services, portal_access=True, ends_on=ends_on
    )


async def paper(practice: Practice, client: Contact, *signers: Contact, **more: Any) -> Document:
    """A document about the client, shared with all authorized, that the signers are to sign in this order or any."""
    services, now = practice.services, practice.services.clock.now()
    content = sound_pdf(2, more.pop("words", "Consent to treatment"))
    author = await practice.staff()
    facts = {
        "title": "Consent",
        "kind": DocumentKind.CONSENT,
        "language": "en",
        "sharing": DocumentSharing.ALL_AUTHORIZED,
        "shared_at": now,
        "signature_state": SignatureState.WAITING if signers else SignatureState.NOT_REQUIRED,
        **more,
    }
    document = await Document.create(
        organization_id=practice.organization.id,
        contact_id=client.id,
        sha256=await store_document(practice.organization.id, content, services),
        byte_count=len(content),
        page_count=2,
        created_at=now,
        created_by_id=author.staff_member_id,
        **facts,
    )
    for position, signer in enumerate(signers):
        await Signature.create(
            organization_id=practice.organization.id, document_id=document.id, signer_id=signer.id, position=position
        )
    return document


def form(document: Document, **changes: Any) -> SigningForm:
    """What somebody sends who was shown the document, agrees, and knows the password."""
    filled = SigningForm(
        document_id=document.id,
        sha256=document.sha256,
        typed_name="Omar Reyes",
        password=PASSWORD,
        consent_version=CONSENT_VERSION,
        language="en",
    )
    return replace(filled, **changes)


async def sign(practice: Practice, who: Person, document: Document, **changes: Any) -> Document:
    return await sign_document(who.caller, form(document, **changes), practice.services)
