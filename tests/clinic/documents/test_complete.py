"""The sealed file: one, with everything in it, visible together with the status, whatever breaks on the way."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from tortoise.exceptions import DBConnectionError

from clinic.documents.actions.claims import LEASE
from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.errors import AlreadySigned
from clinic.documents.evidence import attached
from clinic.documents.files import document_key, read_document, store_document
from clinic.documents.models import Completion, Document, DocumentSharing, SealLevel, SignatureState
from clinic.mail.models import Letter, LetterKind
from clinic.values.ports import FileStoreUnavailable, Sealed, SealUnavailable, Services
from clinic.work.models import AuditEvent
from tests.clinic.documents.signing import Person, opened_to, paper, person, sign
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice
from tests.factories.chains import verify_chain
from tests.factories.contents import nothing_changes
from tests.factories.pdfs import sound_pdf
from tests.factories.sealing import WaxSealer


async def signed(practice: Practice, who: Person, **more: object) -> Document:
    return await sign(practice, who, await paper(practice, who.contact, who.contact, **more))


async def complete(services: Services, worker_name: str = "worker-1") -> int:
    return await complete_due_documents(services, worker_name=worker_name)


@dataclass
class Shaken:
    """The file store, with something that happens before each file is put."""

    services: Services
    before_put: Callable[[], Awaitable[None]]

    async def put(self, key: str, content: bytes) -> None:
        await self.before_put()
        await self.services.files.put(key, content)

    async def get(self, key: str) -> bytes:
        return await self.services.files.get(key)

    async def exists(self, key: str) -> bool:
        return await self.services.files.exists(key)

    async def delete(self, key: str) -> None:
        await self.services.files.delete(key)

    async def probe(self) -> None:
        await self.services.files.probe()


async def test_status_file_letters_and_audit_come_together(
    practice: Practice, omar: Person, sealer: WaxSealer, clock: FixedClock
) -> None:
    document = await signed(practice, omar)
    clock.advance(timedelta(seconds=5))

    assert await complete(practice.services) == 1

    done = await Document.get(id=document.id)
    assert (done.signature_state, done.completed_at) == (SignatureState.COMPLETED, clock.now())
    content = await read_document(practice.organization.id, done.completed_sha256, practice.services)
    [(original, certificate, evidence)] = sealer.seals
    assert original == sound_pdf(2)
    assert certificate.startswith(b"%PDF-")
    assert [said.signer for said in attached(evidence.decode())] == ["Omar Reyes"]
    assert content == b"sealed 1\n" + original + certificate + evidence
    completion = await Completion.get()
    assert (completion.sealed_at, completion.level, completion.due_at, completion.failure) == (
        clock.now(),
        SealLevel.TIMESTAMPED,
        None,
        "",
    )
    letters = await Letter.filter(kind=LetterKind.DOCUMENT_COMPLETED)
    assert [(letter.to_address, letter.document_id) for letter in letters] == [(omar.email, document.id)]
    event = await AuditEvent.get(action="document.completed")
    assert (event.subject_id, event.actor_name) == (document.id, "worker")
    assert json.loads(event.details) == {"sha256": done.completed_sha256, "level": "TIMESTAMPED"}
    assert (await verify_chain(practice.organization.id)).broken_at is None


async def test_what_is_complete_is_done(practice: Practice, omar: Person, sealer: WaxSealer) -> None:
    document = await signed(practice, omar)
    await complete(practice.services)

    async with nothing_changes():
        assert await complete(practice.services) == 0
        with pytest.raises(AlreadySigned):
            await sign(practice, omar, document)
    assert len(sealer.seals) == 1


async def test_seal_that_an_outage_interrupts_goes_on_at_its_end_and_not_when_the_lease_ends(
    practice: Practice, omar: Person, sealer: WaxSealer, clock: FixedClock
) -> None:
    document = await signed(practice, omar)
    seal = sealer.seal

    async def interrupted(original: bytes, certificate: bytes, evidence: bytes) -> Sealed:
        sealer.seal = seal  # type: ignore[method-assign]  # once
        raise DBConnectionError("gone")

    sealer.seal = interrupted  # type: ignore[method-assign]
    with pytest.raises(DBConnectionError):
        await complete(practice.services)
    assert (await Completion.get()).failure == ""
    assert await complete(practice.services, "another") == 0
    assert await complete(practice.services) == 1
    assert (await Document.get(id=document.id)).signature_state is SignatureState.COMPLETED


async def test_who_signed_and_still_sees_it_hears_of_it(practice: Practice, mailbox: Mailbox) -> None:
    omar, rosa, ines = [await person(practice, mailbox, name) for name in ("Omar", "Rosa", "Ines")]
    for relative in (rosa, ines):
        await opened_to(practice, omar.contact, relative.contact)
    document = await paper(practice, omar.contact, omar.contact, rosa.contact)
    for who in (omar, rosa):
        await sign(practice, who, document)
    await Document.filter(id=document.id).update(sharing=DocumentSharing.ALL_AUTHORIZED)

    await complete(practice.services)

    letters = await Letter.filter(kind=LetterKind.DOCUMENT_COMPLETED)
    assert {letter.to_address for letter in letters} == {omar.email, rosa.email}


async def test_what_was_unshared_meanwhile_is_completed_without_a_letter(practice: Practice, omar: Person) -> None:
    document = await signed(practice, omar)
    await Document.filter(id=document.id).update(sharing=DocumentSharing.NOT_SHARED)

    await complete(practice.services)

    assert (await Document.get(id=document.id)).signature_state is SignatureState.COMPLETED
    assert not await Letter.exists(kind=LetterKind.DOCUMENT_COMPLETED)


async def test_several_workers_at_once_make_one_file(practice: Practice, omar: Person, sealer: WaxSealer) -> None:
    await signed(practice, omar)

    claimed = await asyncio.gather(*[complete(practice.services, f"worker-{n}") for n in range(6)])

    assert sum(claimed) == 1
    assert len(sealer.seals) == 1
    assert await AuditEvent.filter(action="document.completed").count() == 1


async def test_seal_that_can_not_be_made_is_tried_again_and_says_why(
    practice: Practice, omar: Person, sealer: WaxSealer, clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    document = await signed(practice, omar)
    sealer.trouble = SealUnavailable("no key: set VESTIBULE_SIGNING_PKCS12")

    with caplog.at_level(logging.WARNING, "clinic.documents"):
        assert await complete(practice.services) == 1

    assert [record.message for record in caplog.records] == ["sealed file not made"]
    completion = await Completion.get()
    assert completion.failure == "SEAL_UNAVAILABLE: no key: set VESTIBULE_SIGNING_PKCS12"
    assert completion.due_at == clock.now() + timedelta(seconds=30)
    assert (await Document.get(id=document.id)).signature_state is SignatureState.WAITING
    assert await complete(practice.services) == 0
    pauses = []
    for _ in range(9):
        completion = await Completion.get()
        assert completion.due_at is not None
        clock.advance(completion.due_at - clock.now())
        assert await complete(practice.services) == 1
        completion = await Completion.get()
        assert completion.due_at is not None
        pauses.append((completion.due_at - clock.now()).total_seconds())
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    sealer.trouble = None
    clock.advance(timedelta(hours=1))
    await complete(practice.services)
    assert (await Document.get(id=document.id)).signature_state is SignatureState.COMPLETED
    assert (await Completion.get()).failure == ""


@pytest.mark.parametrize(
    ("trouble", "kept"),
    [
        (FileStoreUnavailable("the disk is full"), "FILE_STORE_UNAVAILABLE: the disk is full"),
        (TimeoutError(), "TOO_SLOW: 240"),
        (KeyError("a name"), "INTERNAL: KeyError"),
    ],
)
async def test_one_that_fails_holds_up_no_other(
    practice: Practice, omar: Person, clock: FixedClock, trouble: Exception, kept: str
) -> None:
    first = await signed(practice, omar, words="first")
    clock.advance(timedelta(seconds=1))
    second = await signed(practice, omar, words="second")
    failed: list[str] = []

    async def fail_once() -> None:
        if not failed:
            failed.append("once")
            raise trouble

    services = replace(practice.services, files=Shaken(practice.services, fail_once))
    assert await complete(services) == 2

    assert (await Document.get(id=first.id)).signature_state is SignatureState.WAITING
    assert (await Document.get(id=second.id)).signature_state is SignatureState.COMPLETED
    assert (await Completion.get(document_id=first.id)).failure == kept


class _Power(BaseException):
    """The power goes: nothing handles this."""


async def test_worker_that_dies_after_storing_leaves_the_one_file_to_the_next(
    practice: Practice, omar: Person, sealer: WaxSealer, clock: FixedClock
) -> None:
    document = await signed(practice, omar)

    class DiesAfterwards(Shaken):
        async def put(self, key: str, content: bytes) -> None:
            await super().put(key, content)
            raise _Power

    async def nothing() -> None: ...

    with pytest.raises(_Power):
        await complete(replace(practice.services, files=DiesAfterwards(practice.services, nothing)))
    assert (await Document.get(id=document.id)).signature_state is SignatureState.WAITING
    announced = (await Completion.get()).sealed_sha256
    assert await complete(practice.services, "worker-2") == 0
    clock.advance(LEASE + timedelta(seconds=1))
    assert await complete(practice.services, "worker-2") == 1

    done = await Document.get(id=document.id)
    assert (done.signature_state, done.completed_sha256) == (SignatureState.COMPLETED, announced)
    assert len(sealer.seals) == 1
    assert (await Completion.get()).level is SealLevel.TIMESTAMPED


async def test_file_of_an_earlier_worker_that_is_not_found_authentic_is_never_shown(
    practice: Practice, omar: Person, sealer: WaxSealer, clock: FixedClock
) -> None:
    document = await signed(practice, omar)
    torn = await store_document(practice.organization.id, b"half a file", practice.services)
    await Completion.all().update(sealed_sha256=torn)

    await complete(practice.services)

    done = await Document.get(id=document.id)
    assert done.completed_sha256 not in ("", torn)
    assert len(sealer.seals) == 1


async def test_sealed_file_of_another_document_is_not_taken_for_this_ones(
    practice: Practice, omar: Person, sealer: WaxSealer
) -> None:
    other = await signed(practice, omar, words="another")
    await complete(practice.services)
    others = (await Document.get(id=other.id)).completed_sha256
    document = await signed(practice, omar)
    await Completion.filter(document_id=document.id).update(sealed_sha256=others)

    await complete(practice.services)

    done = await Document.get(id=document.id)
    assert done.completed_sha256 not in ("", others)
    assert len(sealer.seals) == 2


async def test_worker_that_dies_before_storing_leaves_no_file_and_the_next_makes_the_one(
    practice: Practice, omar: Person, sealer: WaxSealer, clock: FixedClock
) -> None:
    document = await signed(practice, omar)

    async def die() -> None:
        raise _Power

    with pytest.raises(_Power):
        await complete(replace(practice.services, files=Shaken(practice.services, die)))
    lost = (await Completion.get()).sealed_sha256
    clock.advance(LEASE + timedelta(seconds=1))
    await complete(practice.services, "worker-2")

    done = await Document.get(id=document.id)
    assert done.completed_sha256 not in ("", lost)
    assert not await practice.services.files.exists(document_key(practice.organization.id, lost))
    assert (await Completion.get()).sealed_sha256 == done.completed_sha256
    assert await AuditEvent.filter(action="document.completed").count() == 1


async def test_worker_that_slept_through_its_lease_changes_nothing_any_more(
    practice: Practice, omar: Person, sealer: WaxSealer, clock: FixedClock
) -> None:
    document = await signed(practice, omar)

    async def sleep_while_another_works() -> None:
        clock.advance(LEASE + timedelta(seconds=1))
        assert await complete(practice.services, "worker-1") == 1

    await complete(replace(practice.services, files=Shaken(practice.services, sleep_while_another_works)), "worker-1")

    done = await Document.get(id=document.id)
    content = await read_document(practice.organization.id, done.completed_sha256, practice.services)
    assert content.startswith(b"sealed 2\n")
    assert (await Completion.get()).sealed_sha256 == done.completed_sha256
    assert await AuditEvent.filter(action="document.completed").count() == 1
    assert await Letter.filter(kind=LetterKind.DOCUMENT_COMPLETED).count() == 1


async def test_missing_original_is_said_and_waited_for(practice: Practice, omar: Person) -> None:
    document = await signed(practice, omar)

    class Lost(Shaken):
        async def get(self, key: str) -> bytes:
            return b"not what was stored"

    async def nothing() -> None: ...

    await complete(replace(practice.services, files=Lost(practice.services, nothing)))

    assert (await Completion.get()).failure == "FILE_MISSING"
    assert (await Document.get(id=document.id)).completed_at is None
