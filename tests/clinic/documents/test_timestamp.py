"""Timestamps that come later change the file and nothing else."""

import json
from datetime import timedelta

import pytest

from clinic.documents.actions.claims import LEASE
from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.actions.timestamp import upgrade_seals
from clinic.documents.files import read_document
from clinic.documents.models import Completion, Document, SealLevel, SignatureState
from clinic.work.models import AuditEvent
from tests.clinic.documents.signing import Person, paper, sign
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import nothing_changes
from tests.factories.sealing import WaxSealer

HOUR = timedelta(hours=1)


@pytest.fixture
def sealer() -> WaxSealer:
    return WaxSealer(authority=False)


async def upgrade(practice: Practice) -> int:
    return await upgrade_seals(practice.services, worker_name="worker-1")


@pytest.fixture
async def sealed(practice: Practice, omar: Person) -> Document:
    """Completed while the authority was away."""
    document = await sign(practice, omar, await paper(practice, omar.contact, omar.contact))
    await complete_due_documents(practice.services, worker_name="worker-1")
    return await Document.get(id=document.id)


async def test_without_an_authority_it_is_sealed_all_the_same_and_says_so(
    practice: Practice, sealed: Document, clock: FixedClock
) -> None:
    assert sealed.signature_state is SignatureState.COMPLETED
    completion = await Completion.get()
    assert (completion.level, completion.due_at) == (SealLevel.SEALED, clock.now() + HOUR)
    assert json.loads((await AuditEvent.get(action="document.completed")).details)["level"] == "SEALED"


async def test_once_the_authority_answers_the_file_has_its_timestamp(
    practice: Practice, sealed: Document, sealer: WaxSealer, clock: FixedClock
) -> None:
    sealer.authority = True
    assert await upgrade(practice) == 0
    clock.advance(HOUR)

    assert await upgrade(practice) == 1

    now = await Document.get(id=sealed.id)
    assert (now.completed_at, now.signature_state) == (sealed.completed_at, SignatureState.COMPLETED)
    before = await read_document(practice.organization.id, sealed.completed_sha256, practice.services)
    after = await read_document(practice.organization.id, now.completed_sha256, practice.services)
    assert after == before + b"\nstamped"
    completion = await Completion.get()
    assert (completion.level, completion.due_at, completion.sealed_sha256, completion.sealed_at) == (
        SealLevel.TIMESTAMPED,
        None,
        now.completed_sha256,
        sealed.completed_at,
    )
    event = await AuditEvent.get(action="document.timestamped")
    assert (event.subject_id, json.loads(event.details)) == (sealed.id, {"sha256": now.completed_sha256})
    clock.advance(HOUR)
    async with nothing_changes():
        assert await upgrade(practice) == 0


async def test_an_authority_that_is_still_away_is_asked_once_and_again_in_an_hour(
    practice: Practice, omar: Person, sealed: Document, sealer: WaxSealer, clock: FixedClock
) -> None:
    clock.advance(timedelta(minutes=1))
    await sign(practice, omar, await paper(practice, omar.contact, omar.contact, words="another"))
    await complete_due_documents(practice.services, worker_name="worker-1")
    clock.advance(HOUR)

    assert await upgrade(practice) == 0

    first, second = await Completion.all().order_by("created_at")
    assert (first.due_at, first.failure) == (clock.now() + HOUR, "TIMESTAMP_UNAVAILABLE: there is no authority")
    assert (second.due_at, second.failure) == (clock.now(), "")
    assert (await Document.get(id=sealed.id)).completed_sha256 == sealed.completed_sha256
    sealer.authority = True
    assert await upgrade(practice) == 1
    clock.advance(HOUR)
    assert await upgrade(practice) == 1
    assert await Completion.filter(level=SealLevel.TIMESTAMPED, failure="").count() == 2


class _Power(BaseException):
    """The power goes: nothing handles this."""


async def test_worker_that_dies_after_storing_the_timestamped_file_leaves_it_to_the_next(
    practice: Practice, sealed: Document, sealer: WaxSealer, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sealer.authority = True
    clock.advance(HOUR)
    put = practice.services.files.put

    async def put_and_die(key: str, content: bytes) -> None:
        await put(key, content)
        raise _Power

    with monkeypatch.context() as patched:
        patched.setattr(practice.services.files, "put", put_and_die)
        with pytest.raises(_Power):
            await upgrade(practice)
    assert (await Document.get(id=sealed.id)).completed_sha256 == sealed.completed_sha256
    announced = (await Completion.get()).sealed_sha256
    sealer.authority = False  # nothing is asked of it again
    clock.advance(LEASE + timedelta(seconds=1))

    assert await upgrade(practice) == 1

    assert (await Document.get(id=sealed.id)).completed_sha256 == announced != sealed.completed_sha256


async def test_a_defect_holds_up_no_other(
    practice: Practice, omar: Person, sealed: Document, sealer: WaxSealer, clock: FixedClock
) -> None:
    await sign(practice, omar, await paper(practice, omar.contact, omar.contact, words="another"))
    clock.advance(timedelta(minutes=1))
    await complete_due_documents(practice.services, worker_name="worker-1")
    clock.advance(HOUR)
    sealer.authority, sealer.trouble = True, KeyError("a defect")

    assert await upgrade(practice) == 1

    first, second = await Completion.all().order_by("sealed_at")
    assert (first.level, first.failure) == (SealLevel.SEALED, "INTERNAL: KeyError")
    assert second.level is SealLevel.TIMESTAMPED
