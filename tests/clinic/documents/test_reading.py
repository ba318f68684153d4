"""Readings are noted, and pages are those of the very bytes that were stored."""

import asyncio
import io
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast
from uuid import uuid4

import pytest
from PIL import Image

from clinic.documents.actions.read import Reading, record_reading
from clinic.documents.actions.share import share_document, unshare_document
from clinic.documents.files import document_key, page_key, read_document, store_document, texts_key
from clinic.documents.models import Document
from clinic.documents.rendered_pages import completed_of, original_of, page_count_of, page_image, page_texts
from clinic.values.errors import NotFound
from clinic.values.pdf_check import PAGE_WIDTHS
from clinic.values.ports import AcceptedPdf, FileMissing, FileStore, PdfReader, Services
from clinic.work.models import AuditEvent
from tests.clinic.documents.family import Family, document_about, now_signed
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.chains import verify_chain
from tests.factories.contents import nothing_changes
from tests.factories.pdfs import sound_pdf


async def noted(document: Document) -> list[tuple[str, object]]:
    """Who read it and how, in order."""
    readings = [reading.value for reading in Reading]
    events = await AuditEvent.filter(subject_id=document.id, action__in=readings).order_by("sequence")
    return [(event.action, event.actor_id) for event in events]


async def shared(family: Family) -> Document:
    document = await document_about(family)
    return await share_document(family.desk, document.id, None, family.practice.services)


async def test_each_print_and_download_is_noted_and_a_view_once_an_hour(family: Family, clock: FixedClock) -> None:
    document, services = await shared(family), family.practice.services
    leo, mia, desk = family.leo_signed_in, family.mia_signed_in, family.desk
    for reading in (Reading.VIEWED, Reading.VIEWED, Reading.DOWNLOADED, Reading.DOWNLOADED, Reading.PRINTED):
        await record_reading(leo, document.id, reading, services)
    await record_reading(mia, document.id, Reading.VIEWED, services)
    await record_reading(desk, document.id, Reading.VIEWED, services)
    clock.advance(timedelta(hours=1))
    await record_reading(leo, document.id, Reading.VIEWED, services)
    assert await noted(document) == [
        ("document.viewed", leo.account_id),
        ("document.downloaded", leo.account_id),
        ("document.downloaded", leo.account_id),
        ("document.printed", leo.account_id),
        ("document.viewed", mia.account_id),
        ("document.viewed", desk.staff_member_id),
        ("document.viewed", leo.account_id),
    ]
    event = await AuditEvent.filter(action="document.viewed").order_by("sequence").first()
    assert event is not None
    assert (event.subject_kind, event.address, event.agent) == ("Document", "203.0.113.7", "test")


async def test_opening_on_five_screens_at_once_is_one_view(family: Family) -> None:
    document, services = await shared(family), family.practice.services
    for caller in (family.leo_signed_in, family.desk):
        await asyncio.gather(*(record_reading(caller, document.id, Reading.VIEWED, services) for _ in range(5)))
    assert await AuditEvent.filter(action="document.viewed").count() == 2
    assert (await verify_chain(family.practice.organization.id)).broken_at is None


async def test_what_one_may_not_see_is_not_noted(family: Family, other_practice: Practice) -> None:
    document, services = await shared(family), family.practice.services
    abroad = await other_practice.staff()
    await unshare_document(family.desk, document.id, services)
    async with nothing_changes():
        for caller in (family.leo_signed_in, family.hugo_signed_in, abroad):
            for document_id in (document.id, uuid4(), None):
                with pytest.raises(NotFound):
                    await record_reading(caller, document_id, Reading.DOWNLOADED, services)


@dataclass
class CountingReader:
    """The real reader, and what it was asked."""

    real: PdfReader
    asked: list[str] = field(default_factory=list)

    def slot(self) -> AbstractAsyncContextManager[None]:
        return self.real.slot()

    async def inspect(self, content: bytes) -> int:
        return await self.real.inspect(content)

    async def accept(self, content: bytes) -> AcceptedPdf:
        return await self.real.accept(content)

    async def differing_pages(self, shown: bytes, made: bytes) -> tuple[int, ...]:
        return await self.real.differing_pages(shown, made)

    async def page_image(self, content: bytes, page: int, width: int) -> bytes:
        self.asked.append(f"image {page}@{width}")
        return await self.real.page_image(content, page, width)

    async def page_texts(self, content: bytes) -> tuple[str, ...]:
        self.asked.append("texts")
        return await self.real.page_texts(content)


@pytest.fixture
def reader(services: Services) -> CountingReader:
    return CountingReader(services.reader)


async def test_page_is_drawn_once_and_then_kept(family: Family, reader: CountingReader) -> None:
    document, services = await document_about(family), replace(family.practice.services, reader=reader)
    first = await page_image(document, 1, 800, services)
    assert await page_image(document, 1, 800, services) == first
    assert reader.asked == ["image 1@800"]
    with Image.open(io.BytesIO(first)) as picture:
        assert (picture.format, picture.width) == ("PNG", 800)
    # What lies in the store is a picture, too, with our mark behind it.
    with Image.open(io.BytesIO(await services.files.get(_key(document)))) as picture:
        assert (picture.format, picture.width) == ("PNG", 800)
    assert await page_texts(document, services) == await page_texts(document, services) == ("Plan of care 1",)
    assert reader.asked == ["image 1@800", "texts"]


@dataclass
class Crowded:
    """A file store that tells how many papers are in hand, and a reader that has turns for two of them."""

    files: FileStore
    in_hand: int = 0
    most: int = 0
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))

    async def get(self, key: str) -> bytes:
        content = await self.files.get(key)
        self.in_hand += 1
        self.most = max(self.most, self.in_hand)
        return content

    async def put(self, key: str, content: bytes) -> None:
        await self.files.put(key, content)

    def slot(self) -> AbstractAsyncContextManager[None]:
        return self.turns

    async def page_image(self, content: bytes, page: int, width: int) -> bytes:
        for _ in range(20):
            await asyncio.sleep(0)
        self.in_hand -= 1
        return b"a picture"


async def test_whoever_waits_for_a_page_holds_no_paper_in_memory(family: Family) -> None:
    crowded = Crowded(family.practice.services.files)
    services = replace(family.practice.services, files=cast(FileStore, crowded), reader=cast(PdfReader, crowded))
    document = await document_about(family)
    document.page_count = 8
    pictures = await asyncio.gather(*(page_image(document, page, 800, services) for page in range(1, 9)))
    assert pictures == [b"a picture"] * 8
    assert crowded.most == 2


async def test_large_paper_is_compared_without_holding_up_others(family: Family) -> None:
    content, services = bytes(50_000_000), family.practice.services
    sha256 = await store_document(family.practice.organization.id, content, services)
    in_memory = replace(services, files=cast(FileStore, InMemory(content)))
    reading = asyncio.create_task(read_document(family.practice.organization.id, sha256, in_memory))
    others = 0
    while not reading.done():
        await asyncio.sleep(0)
        others += 1
    assert await reading == content
    assert others > 50


@dataclass
class InMemory:
    """A file store that answers at once."""

    content: bytes

    async def get(self, key: str) -> bytes:
        return self.content


def _key(document: Document, page: int = 1) -> str:
    return page_key(document.organization_id, document.sha256, page, 800)


async def test_page_put_into_the_store_by_somebody_else_is_never_shown(family: Family, reader: CountingReader) -> None:
    document, services = await document_about(family), replace(family.practice.services, reader=reader)
    other = await document_about(family, title="Something else")
    false_page = await page_image(other, 1, 800, services)
    false_with_its_mark = await services.files.get(_key(other))
    for forged in (false_page, false_with_its_mark, false_page + b"0" * 64, b""):
        fresh = await document_about(family, title=f"Plan {len(forged)}")
        await services.files.put(_key(fresh), forged)
        await services.files.put(texts_key(fresh.organization_id, fresh.sha256), b'["Something else"]' + b"0" * 64)
        assert await page_image(fresh, 1, 800, services) not in (false_page, forged)
        assert await page_texts(fresh, services) == (f"Plan {len(forged)} 1",)
    assert await original_of(document, services) == sound_pdf(1, "Plan of care")


async def test_pages_and_widths_that_do_not_exist_are_not_drawn(family: Family, reader: CountingReader) -> None:
    document, services = await document_about(family), replace(family.practice.services, reader=reader)
    for page, width in ((0, 800), (2, 800), (-1, 800), (1, 801), (1, 0), (1, 10**9)):
        with pytest.raises(NotFound):
            await page_image(document, page, width, services)
    assert reader.asked == []
    for width in PAGE_WIDTHS:
        assert await page_image(document, 1, width, services)


async def test_completed_document_shows_the_sealed_file_with_its_certificate(family: Family) -> None:
    services = family.practice.services
    document = await document_about(family, signers=[family.leo])
    with pytest.raises(NotFound):
        await completed_of(document, services)
    sealed = sound_pdf(2, "Sealed")
    await now_signed(document, family.leo)
    # As the row is once it is complete; sealing is another test's subject.
    document.completed_sha256 = await store_document(document.organization_id, sealed, services)
    assert await completed_of(document, services) == sealed
    assert await original_of(document, services) == sound_pdf(1, "Plan of care")
    assert await page_count_of(document, services) == 2
    assert await page_texts(document, services) == ("Sealed 1", "Sealed 2")
    assert await page_image(document, 2, 800, services) != await page_image(document, 1, 800, services)
    with pytest.raises(NotFound):
        await page_image(document, 3, 800, services)


async def test_changed_bytes_are_neither_given_out_nor_drawn(family: Family) -> None:
    document, services = await document_about(family), family.practice.services
    document.sha256 = "0" * 64
    await services.files.put(document_key(document.organization_id, document.sha256), sound_pdf(1, "False"))
    for read in (original_of(document, services), page_image(document, 1, 800, services)):
        with pytest.raises(FileMissing):
            await read
    with pytest.raises(FileMissing):
        await page_texts(document, services)
