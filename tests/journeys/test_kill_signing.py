"""No signature is lost when API and worker are killed without warning; `bench/kill_signing.py` does it at length."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from tortoise.context import TortoiseContext

from bench.kill_signing import run
from bench.signing_losses import count_losses
from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.models import Completion, Document
from clinic.mail.models import Letter, LetterKind
from tests.clinic.documents.signing import Person, paper, person, sign
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services, open_practice
from tests.factories.sealing import WaxSealer
from tests.journeys.forked_child import ForkedChild


async def test_killing_api_and_worker_while_people_sign_loses_no_signature_and_seals_nothing_twice(
    database_url: str, tmp_path: Path
) -> None:
    count, turmoil = await run(database_url, tmp_path, documents=6, kills=3, seed=11, child=ForkedChild)

    assert count.broken == []
    # What a kill cuts off is up to the moment. Of many kills one must hit something: the long run says so.
    assert turmoil.killed == ["api", "worker", "api"]
    assert count.acknowledged == 6 - turmoil.given_up
    assert count.acknowledged <= count.signed == count.completed == count.authentic


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def practice(database: TortoiseContext, clock: FixedClock, mailbox: Mailbox) -> Practice:
    return await open_practice(replace(make_services(clock, mailbox), sealer=WaxSealer()))


@pytest.fixture
async def omar(practice: Practice, mailbox: Mailbox) -> Person:
    return await person(practice, mailbox)


@pytest.fixture
async def completed(practice: Practice, omar: Person) -> Document:
    document = await sign(practice, omar, await paper(practice, omar.contact, omar.contact))
    await complete_due_documents(practice.services, worker_name="worker-1")
    return document


async def broken(practice: Practice, *acknowledged: Document) -> list[str]:
    ids = [document.id for document in acknowledged]
    return (await count_losses(practice.organization.id, ids, practice.services)).broken


async def test_signed_and_sealed_document_counts_as_whole(practice: Practice, completed: Document) -> None:
    count = await count_losses(practice.organization.id, [completed.id], practice.services)

    assert (count.broken, count.acknowledged, count.signed, count.completed, count.authentic) == ([], 1, 1, 1, 1)


async def test_acknowledged_signature_that_is_missing_is_noticed(practice: Practice) -> None:
    count = await count_losses(practice.organization.id, [uuid4()], practice.services)

    assert count.broken == ["1 acknowledged signatures are not there"]


async def test_signed_document_that_nobody_seals_is_noticed(practice: Practice, omar: Person) -> None:
    document = await sign(practice, omar, await paper(practice, omar.contact, omar.contact))
    await Completion.all().delete()

    assert await broken(practice, document) == [
        "1 signed documents are not completed",
        "1 signed documents that nobody is to seal",
    ]


async def test_sealed_file_that_is_gone_is_noticed(practice: Practice, completed: Document) -> None:
    await Document.filter(id=completed.id).update(completed_sha256="0" * 64)

    assert await broken(practice, completed) == [
        "1 documents completed without their completion",
        "a completed document has no file",
    ]


async def test_document_sealed_twice_is_noticed(practice: Practice, completed: Document) -> None:
    letter = await Letter.get(kind=LetterKind.DOCUMENT_COMPLETED)
    letter.id, letter.message_id = uuid4(), "another"
    await letter.save(force_create=True)

    assert await broken(practice, completed) == ["1 signers who were not told once of the sealed file"]


async def test_file_that_nothing_names_is_noticed(practice: Practice, completed: Document, tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    (store / ("0" * 64)).write_bytes(b"sealed twice")

    count = await count_losses(practice.organization.id, [completed.id], practice.services, store)

    assert count.broken == ["1 files that no document names"]
