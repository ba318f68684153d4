"""People with papers before them: accounts that are signed in, each with documents to sign."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from clinic.documents.files import store_document
from clinic.documents.models import Document, DocumentKind, DocumentSharing, Signature, SignatureState
from clinic.organizations.models import Organization
from clinic.portal_access.models import LinkedHow, PortalAccount, PortalLink
from clinic.records.actions.contacts import ContactFacts, create_contact
from clinic.records.models import Contact
from clinic.sessions.actions import ABSOLUTE_LIFETIME, open_patient_session
from clinic.sessions.models import PatientSession, SessionKind
from clinic.staff.models import StaffMember
from clinic.values.callers import Origin, SystemCaller
from clinic.values.passwords import hash_password
from clinic.values.ports import Services
from tests.factories.pdfs import sound_pdf

PASSWORD = "nine copper bells ring"


@dataclass(frozen=True)
class Paper:
    """A document that awaits its only signer; `place` is the network address it is signed from."""

    document_id: UUID
    sha256: str
    place: str


@dataclass(frozen=True)
class Signer:
    """A person's session, which lasts as long as a run, and what they have to sign."""

    name: str
    access_token: str = field(repr=False)
    password: str = field(repr=False)
    papers: tuple[Paper, ...]


def one_line(number: int) -> bytes:
    """A page that says little: for runs in which the file is not what is measured."""
    return sound_pdf(1, f"Paper {number}")


async def lay_out(
    organization: Organization,
    services: Services,
    *,
    signers: int,
    documents: int,
    session: SessionKind = SessionKind.API,
    file_of: Callable[[int], bytes] = one_line,
) -> list[Signer]:
    """So many people, and the documents divided among them, in the open database."""
    password_hash = await hash_password(PASSWORD)
    people = [await _person(organization, services, number, password_hash, session) for number in range(signers)]
    papers: list[list[Paper]] = [[] for _ in people]
    for number in range(documents):
        contact, _ = people[number % signers]
        papers[number % signers].append(await _paper(contact, services, number, file_of(number)))
    return [
        Signer(contact.display_name, token, PASSWORD, tuple(papers[number]))
        for number, (contact, token) in enumerate(people)
    ]


async def _person(
    organization: Organization, services: Services, number: int, password_hash: str, kind: SessionKind
) -> tuple[Contact, str]:
    email, now = f"signer.{number}@example.com", services.clock.now()
    facts = ContactFacts("Ada", f"Signer {number}", emails=(email,), date_of_birth=date(1980, 5, 4))
    contact = await create_contact(SystemCaller(organization.id, "bench"), facts, services)
    account = await PortalAccount.create(
        organization_id=organization.id,
        email=email,
        email_normal=email,
        password_hash=password_hash,
        created_at=now,
        registered_at=now,
        email_verified_at=now,
    )
    await PortalLink.create(
        organization_id=organization.id,
        account_id=account.id,
        contact_id=contact.id,
        email=email,
        linked_at=now,
        linked_how=LinkedHow.PIN,
        identity_confirmed_at=now,
    )
    session = await open_patient_session(organization.id, account.id, kind, Origin("127.0.0.1"), now)
    await PatientSession.filter(id=session.session_id).update(access_expires_at=now + ABSOLUTE_LIFETIME)
    return contact, session.access_token


async def _paper(contact: Contact, services: Services, number: int, content: bytes) -> Paper:
    now = services.clock.now()
    author = await StaffMember.filter(organization_id=contact.organization_id).first()
    assert author is not None
    document = await Document.create(
        organization_id=contact.organization_id,
        contact_id=contact.id,
        title=f"Paper {number}",
        kind=DocumentKind.CONSENT,
        language="en",
        sha256=await store_document(contact.organization_id, content, services),
        byte_count=len(content),
        page_count=1,
        created_at=now,
        created_by_id=author.id,
        sharing=DocumentSharing.ALL_AUTHORIZED,
        shared_at=now,
        signature_state=SignatureState.WAITING,
    )
    await Signature.create(
        organization_id=contact.organization_id, document_id=document.id, signer_id=contact.id, position=1
    )
    return Paper(document.id, document.sha256, f"198.18.{number // 250}.{number % 250 + 1}")
