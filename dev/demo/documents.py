"""Puts the demo practice's documents on record, through the actions that staff use."""

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
from dev.demo.papers import Paper


async def seed_documents(
    papers: tuple[Paper, ...], author: StaffMember, contacts: Mapping[str, UUID], services: Services, *, by: str
) -> int:
    """Make and share what is missing. Returns how many were made now. What somebody un-shared stays so."""
    caller = StaffCaller(author.organization_id, author.id, uuid4(), author.granted, Origin(agent=by))
    made = 0
    for paper in papers:
        document = await Document.get_or_none(contact_id=contacts[paper.about], title=paper.title)
        if document is None:
            document = await _made(paper, caller, contacts, services)
            made += 1
        if paper.readers != () and not await AuditEvent.exists(subject_id=document.id, action="document.shared"):
            readers = None if paper.readers is None else [contacts[name] for name in paper.readers]
            await share_document(caller, document.id, readers, services)
    return made


async def _made(paper: Paper, caller: StaffCaller, contacts: Mapping[str, UUID], services: Services) -> Document:
    upload_id = await _sent(paper, caller, services) if paper.sent else None
    new = NewDocument(
        contact_id=contacts[paper.about],
        title=paper.title,
        kind=paper.kind,
        upload_id=upload_id,
        text=None if paper.sent else paper.text,
        signer_ids=[contacts[name] for name in paper.signers],
    )
    return await create_document(caller, new, services)


async def _sent(paper: Paper, caller: StaffCaller, services: Services) -> UUID:
    """The paper as a PDF from somewhere else, which staff upload."""
    blocks = written_blocks(clean_text(paper.text))
    content = await services.pdf.written_document(WrittenDocument("Willow Creek Counseling", paper.title, "en", blocks))
    return (await receive_upload(caller, content, services)).id
