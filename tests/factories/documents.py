"""Documents on record, written straight into the tables: for tests of reading, in any number."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from clinic.documents.actions.upload import receive_upload
from clinic.documents.files import document_key, sha256_of
from clinic.documents.models import (
    Document,
    DocumentKind,
    DocumentRecipient,
    DocumentSharing,
    Signature,
    SignatureState,
    Upload,
)
from clinic.organizations.logos import LOGO_UPLOAD_LIFETIME
from clinic.organizations.models import LogoUpload
from clinic.records.models import Contact
from clinic.staff.models import StaffMember
from clinic.values.callers import StaffCaller
from tests.factories import Practice
from tests.factories.pdfs import sound_pdf


async def author_of(practice: Practice) -> UUID:
    """A staff member who can have made documents."""
    caller = await practice.staff()
    return (await StaffMember.get(id=caller.staff_member_id)).id


async def put_document(
    practice: Practice,
    contact: Contact,
    title: str = "Plan of care",
    *,
    sharing: DocumentSharing = DocumentSharing.NOT_SHARED,
    recipients: Sequence[Contact] = (),
    signers: Sequence[Contact] = (),
    in_sequence: bool = False,
    minutes_ago: int = 0,
    content: bytes | None = None,
    **more: Any,
) -> Document:
    """A document with its bytes in the store; shared since it was made, if it is shared."""
    content = sound_pdf(words=title.encode("ascii", "replace").decode()) if content is None else content
    sha256 = sha256_of(content)
    await practice.services.files.put(document_key(practice.organization.id, sha256), content)
    made = practice.services.clock.now() - timedelta(minutes=minutes_ago)
    document = await Document.create(
        **columns(practice, contact.id, await author_of(practice), title, made),
        sharing=sharing,
        shared_at=None if sharing is DocumentSharing.NOT_SHARED else made,
        signature_state=SignatureState.WAITING if signers else SignatureState.NOT_REQUIRED,
        in_sequence=in_sequence,
        **{"sha256": sha256, "byte_count": len(content), **more},
    )
    here = practice.organization.id
    for recipient in recipients:
        await DocumentRecipient.create(
            organization_id=here, document_id=document.id, contact_id=recipient.id, added_at=made
        )
    for position, signer in enumerate(signers, 1):
        await Signature.create(organization_id=here, document_id=document.id, signer_id=signer.id, position=position)
    return document


async def put_signed_long_ago(practice: Practice, contact: Contact) -> Document:
    """A document that the contact signed in 2010, and that somebody else declined. There is no evidence of it."""
    signed_at = datetime(2010, 3, 2, 12, tzinfo=UTC)
    document = await put_document(practice, contact, "Consent", signers=[contact])
    await Signature.filter(document_id=document.id).update(signed_at=signed_at)
    await Document.filter(id=document.id).update(last_signed_at=signed_at, signature_state=SignatureState.DECLINED)
    return document


async def put_upload(practice: Practice, caller: StaffCaller, content: bytes | None = None) -> Upload:
    """A PDF that waits to become a document."""
    return (await receive_upload(caller, sound_pdf() if content is None else content, practice.services)).upload


async def put_logo_upload(practice: Practice) -> LogoUpload:
    """A picture that waits to become the logo. It was never drawn."""
    now = practice.services.clock.now()
    return await LogoUpload.create(
        organization_id=practice.organization.id,
        png=b"screen",
        print_png=b"print",
        icon_png=b"icon",
        sha256="0" * 64,
        uploaded_by=uuid4(),
        created_at=now,
        expires_at=now + LOGO_UPLOAD_LIFETIME,
    )


def columns(practice: Practice, contact_id: UUID, author: UUID, title: str, made: datetime) -> dict[str, Any]:
    """What every document has."""
    return {
        "id": uuid4(),
        "organization_id": practice.organization.id,
        "contact_id": contact_id,
        "title": title,
        "kind": DocumentKind.PLAN,
        "language": "en",
        "page_count": 1,
        "created_at": made,
        "created_by_id": author,
    }
