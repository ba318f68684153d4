"""A client with relatives of every sort, and documents about them, for tests of who sees and signs what."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from clinic.documents.actions.create import NewDocument, create_document
from clinic.documents.actions.upload import receive_upload
from clinic.documents.models import Document, Signature, SignatureState
from clinic.letters.delivery import deliver_due_letters
from clinic.mail.models import Letter, LetterKind
from clinic.portal_access.models import LinkedHow, PortalAccount, PortalLink
from clinic.records.actions.relationships import create_relationship
from clinic.records.models import Contact, Relationship
from clinic.sessions.actions import open_patient_session
from clinic.sessions.models import SessionKind
from clinic.values.callers import Origin, PatientCaller, Permission, StaffCaller
from tests.clinic.portal_access.journey import password_hash
from tests.factories import Practice
from tests.factories.pdfs import sound_pdf


@dataclass
class Family:
    """Mia is the client. Leo reads for her; Rosa may, but has no account yet; Hugo, her uncle, may not."""

    practice: Practice
    desk: StaffCaller
    mia: Contact
    leo: Contact
    rosa: Contact
    hugo: Contact
    mia_signed_in: PatientCaller
    leo_signed_in: PatientCaller
    hugo_signed_in: PatientCaller
    leos_tie: Relationship
    hugos_tie: Relationship


async def family_of(practice: Practice) -> Family:
    """Everybody on record, and signed in who can."""
    people = [
        await practice.contact(name, "Park", emails=(f"{name.lower()}@example.com",))
        for name in ("Mia", "Leo", "Rosa", "Hugo")
    ]
    mia, leo, rosa, hugo = people

    async def tie(relative: Contact, kind: str, *, access: bool) -> Relationship:
        return await create_relationship(
            practice.system, mia.id, relative.id, kind, practice.services, portal_access=access
        )

    await tie(rosa, "grandmother", access=True)
    return Family(
        practice=practice,
        desk=await practice.staff(Permission.WEB_PORTAL),
        mia=mia,
        leo=leo,
        rosa=rosa,
        hugo=hugo,
        mia_signed_in=await signed_in(practice, mia),
        leo_signed_in=await signed_in(practice, leo),
        hugo_signed_in=await signed_in(practice, hugo),
        leos_tie=await tie(leo, "father", access=True),
        hugos_tie=await tie(hugo, "uncle", access=False),
    )


async def signed_in(practice: Practice, contact: Contact, language: str = "en") -> PatientCaller:
    """The contact's person, registered, linked, known and signed in; how they came is another test's subject."""
    now, here = practice.services.clock.now(), practice.organization.id
    email = f"{contact.given_name.lower()}@example.com"
    account = await PortalAccount.create(
        organization_id=here,
        email=email,
        email_normal=email,
        language=language,
        password_hash=password_hash(),
        created_at=now,
        registered_at=now,
        email_verified_at=now,
    )
    await PortalLink.create(
        organization_id=here,
        account_id=account.id,
        contact_id=contact.id,
        email=email,
        linked_at=now,
        linked_how=LinkedHow.PIN,
        identity_confirmed_at=now,
    )
    origin = Origin("203.0.113.7", "test", "request-1")
    session = await open_patient_session(here, account.id, SessionKind.API, origin, now)
    return PatientCaller(here, account.id, session.session_id, origin)


async def document_about(
    family: Family,
    contact: Contact | None = None,
    *,
    title: str = "Plan of care",
    signers: Sequence[Contact] = (),
    in_sequence: bool = False,
    supersedes: Document | None = None,
) -> Document:
    """A document made of a PDF that the desk sent, shared with nobody."""
    services = family.practice.services
    upload = (await receive_upload(family.desk, sound_pdf(1, title), services)).upload
    new = NewDocument(
        (contact or family.mia).id,
        title,
        upload_id=upload.id,
        signer_ids=[signer.id for signer in signers],
        in_sequence=in_sequence,
        supersedes_id=supersedes.id if supersedes else None,
    )
    return await create_document(family.desk, new, services)


async def now_signed(document: Document, signer: Contact) -> None:
    """As the rows are once somebody has signed; the signing itself is another test's subject."""
    at = document.created_at
    await Signature.filter(document_id=document.id, signer_id=signer.id).update(signed_at=at, remind_at=None)


async def now_completed(document: Document) -> None:
    """As the rows are once the sealed file is there: here, the same bytes."""
    await Document.filter(id=document.id).update(
        signature_state=SignatureState.COMPLETED,
        completed_at=document.created_at,
        completed_sha256=document.sha256,
    )


async def letters(kind: LetterKind = LetterKind.DOCUMENT_AWAITS) -> list[tuple[str, UUID | None]]:
    """To whom letters of this kind were queued, and about which document, in the order of the addresses."""
    return sorted((letter.to_address, letter.document_id) for letter in await Letter.filter(kind=kind))


async def deliver(practice: Practice) -> None:
    """Send what is due."""
    await deliver_due_letters(practice.services, worker_name="worker-1")
