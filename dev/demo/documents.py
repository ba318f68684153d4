"""Creates and shares the demo practice's documents through the same actions that staff use."""

from collections.abc import Mapping
from uuid import UUID, uuid4

from clinic.documents.actions.create import NewDocument, create_document
from clinic.documents.actions.share import share_document
from clinic.documents.actions.upload import receive_upload
from clinic.documents.models import Document
from clinic.documents.written import clean_text, written_blocks
from clinic.staff.models import StaffMember
from clinic.values.callers import Origin, StaffCaller
from clinic.values.ports import Services
from clinic.values.written_document import WrittenDocument
from clinic.work.models import AuditEvent
from dev.demo.document_texts import DemoDocument


async def seed_documents(
    wanted: tuple[DemoDocument, ...], author: StaffMember, contacts: Mapping[str, UUID], services: Services, *, by: str
) -> int:
    """Create and share missing documents. Returns how many were created. An unshared document stays unshared."""
    caller = StaffCaller(author.organization_id, author.id, uuid4(), author.granted, Origin(agent=by))
    made = 0
    for draft in wanted:
        document = await Document.get_or_none(contact_id=contacts[draft.contact], title=draft.title)
        if document is None:
            document = await _create(draft, caller, contacts, services)
            made += 1
        if draft.readers != () and not await AuditEvent.exists(subject_id=document.id, action="document.shared"):
            readers = None if draft.readers is None else [contacts[name] for name in draft.readers]
            await share_document(caller, document.id, readers, services)
    return made


async def _create(
    draft: DemoDocument, caller: StaffCaller, contacts: Mapping[str, UUID], services: Services
) -> Document:
    upload_id = await _upload(draft, caller, services) if draft.from_pdf else None
    new = NewDocument(
        contact_id=contacts[draft.contact],
        title=draft.title,
        kind=draft.kind,
        upload_id=upload_id,
        text=None if draft.from_pdf else draft.text,
        signer_ids=[contacts[name] for name in draft.signers],
    )
    return await create_document(caller, new, services)


async def _upload(draft: DemoDocument, caller: StaffCaller, services: Services) -> UUID:
    """Upload the text as a PDF, as staff do with a document from elsewhere."""
    blocks = written_blocks(clean_text(draft.text))
    content = await services.pdf.written_document(WrittenDocument("Willow Creek Counseling", draft.title, "en", blocks))
    return (await receive_upload(caller, content, services)).upload.id
