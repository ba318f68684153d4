"""Several staff members at the same documents at the same moment: each change whole, in some order."""

import asyncio
import random
from collections.abc import Awaitable

import pytest

from clinic.documents.actions.create import NewDocument, create_document
from clinic.documents.actions.share import share_all_documents, share_document, unshare_document
from clinic.documents.actions.withdraw import withdraw_document
from clinic.documents.errors import DocumentClosed
from clinic.documents.models import Document, DocumentRecipient, DocumentSharing, Signature
from clinic.work.models import AuditEvent
from tests.clinic.documents.family import Family, document_about
from tests.factories.chains import verify_chain


async def agrees_with_itself(document: Document) -> None:
    """What must hold of a document's rows whatever was done to it in whatever order."""
    chosen = await DocumentRecipient.filter(document_id=document.id).count()
    assert (chosen > 0) == (document.sharing is DocumentSharing.CHOSEN_RECIPIENTS)
    assert (document.shared_at is None) == (document.sharing is DocumentSharing.NOT_SHARED)
    assert document.withdrawn_at is None or document.superseded_by_id is None
    over = document.withdrawn_at or document.superseded_by_id or document.sharing is DocumentSharing.NOT_SHARED
    awaited = await Signature.filter(document_id=document.id, remind_at__not_isnull=True).count()
    assert awaited == (0 if over else 2)


@pytest.mark.parametrize("seed", range(3))
async def test_everything_at_once_leaves_rows_that_agree(family: Family, seed: int) -> None:
    services, desk, order = family.practice.services, family.desk, random.Random(seed)
    documents = [
        await document_about(family, title=f"Plan {number}", signers=[family.leo, family.mia]) for number in range(3)
    ]
    work: list[Awaitable[object]] = [share_all_documents(desk, family.mia.id, services) for _ in range(2)]
    for document in documents:
        new = NewDocument(family.mia.id, f"{document.title}, corrected", text="x", supersedes_id=document.id)
        work += [
            share_document(desk, document.id, None, services),
            share_document(desk, document.id, [family.leo.id, family.mia.id], services),
            share_document(desk, document.id, [family.rosa.id], services),
            unshare_document(desk, document.id, services),
            withdraw_document(desk, document.id, "A mistake", services),
            create_document(desk, new, services),
        ]
    order.shuffle(work)

    outcomes = await asyncio.gather(*work, return_exceptions=True)

    failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert {type(failure) for failure in failures} <= {DocumentClosed}
    stored = await Document.all()
    for document in stored:
        if document.id in {each.id for each in documents}:
            await agrees_with_itself(document)
            assert bool(document.withdrawn_at) != bool(document.superseded_by_id)
    replaced = [document for document in stored if document.superseded_by_id]
    assert len(stored) == 3 + len(replaced)
    assert await AuditEvent.filter(action="document.superseded").count() == len(replaced)
    assert await AuditEvent.filter(action="document.withdrawn").count() == 3 - len(replaced)
    assert (await verify_chain(family.practice.organization.id)).broken_at is None
