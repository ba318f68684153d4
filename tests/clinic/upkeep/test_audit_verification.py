"""`verify_chain` against somebody who holds the database: whatever is done to any row is found, and where."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.database.rows import fetch, on_postgres
from clinic.documents.models import Signature, SignatureEvidence
from clinic.upkeep.audit_verification import ChainFault, ChainReport, Fault, chain_heads, verify_links
from clinic.work.models import AuditEvent, AuditHead
from runtime.database import open_database
from tests.campaign import rounds
from tests.clinic.documents.signing import paper, person, sign
from tests.clinic.upkeep import tampering
from tests.clinic.upkeep.tampering import FOUND_BY_AN_EXPORTED_HEAD, FOUND_BY_ITSELF, Pick, Scene, Tampering, lifted
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services, open_practice
from tests.factories.chains import verify_chain

OF_EACH_KIND = rounds(5, 100)


async def make_scene(practice: Practice, mailbox: Mailbox) -> Scene:
    omar, rosa = await person(practice, mailbox), await person(practice, mailbox, "Rosa")
    earlier = await AuditHead.get(organization_id=practice.organization.id)
    signed = []
    for who in (omar, rosa):
        document = await paper(practice, who.contact, who.contact)
        await sign(practice, who, document)
        signed.append(await Signature.get(document_id=document.id))
    waiting = await paper(practice, omar.contact, omar.contact)
    return Scene(practice.organization.id, signed, await Signature.get(document_id=waiting.id), earlier)


@pytest.fixture
async def scene(practice: Practice, mailbox: Mailbox) -> Scene:
    return await make_scene(practice, mailbox)


def first(_many: int) -> int:
    return 0


async def broken_by(what: Tampering, scene: Scene, pick: Pick = first) -> ChainFault | None:
    async with lifted():
        await what(scene, pick)
        return (await verify_chain(scene.organization_id)).broken
    raise AssertionError  # `lifted` returns what its block returns


async def test_untouched_chain_and_evidence_hold(scene: Scene) -> None:
    [head] = await chain_heads([scene.organization_id])
    assert await verify_chain(scene.organization_id, [head]) == ChainReport(head, 2, None)
    assert head.sequence == len(await scene.events())


async def test_each_signing_names_its_evidence(scene: Scene) -> None:
    proofs = await scene.proofs()
    signings = [event.sequence for event in await scene.events() if event.action == "document.signed"]
    gone = ChainFault(Fault.EVIDENCE_MISSING, signings[0], scene.signed[0].id)
    assert await broken_by(tampering.delete_evidence, scene) == gone
    changed = ChainFault(Fault.EVIDENCE_CHANGED, signings[0], proofs[0].id)
    for what in (tampering.change_what_was_signed, tampering.edit_evidence):
        assert await broken_by(what, scene) == changed
    transplanted = ChainFault(Fault.EVIDENCE_CHANGED, signings[0], proofs[1].id)
    assert await broken_by(tampering.exchange_two_evidences, scene) == transplanted
    other = ChainFault(Fault.SIGNATURE_CHANGED, signings[0], scene.signed[0].id)
    for what in (tampering.edit_a_signature, tampering.delete_a_signature, tampering.exchange_the_signed_bytes):
        assert await broken_by(what, scene) == other


async def test_evidence_and_signatures_that_no_event_tells_of_are_found(scene: Scene) -> None:
    broken = await broken_by(tampering.transplant_evidence, scene)
    assert broken is not None
    assert (broken.fault, broken.sequence) == (Fault.EVIDENCE_UNKNOWN, None)
    unproven = ChainFault(Fault.SIGNATURE_UNPROVEN, None, scene.waiting.id)
    assert await broken_by(tampering.sign_without_evidence, scene) == unproven


async def test_the_first_of_several_broken_rows_is_named(scene: Scene) -> None:
    signings = [event for event in await scene.events() if event.action == "document.signed"]
    async with lifted():
        await SignatureEvidence.filter(signature_id=scene.signed[0].id).delete()
        await tampering.run(f"UPDATE audit_event SET reason = 'x' WHERE sequence = {signings[1].sequence}")  # noqa: S608
        report = await verify_chain(scene.organization_id)
        assert report.broken == ChainFault(Fault.EVIDENCE_MISSING, signings[0].sequence, scene.signed[0].id)
        assert (report.events, report.head.hash) == (signings[0].sequence - 1, signings[0].previous_hash)


async def test_a_chain_cut_off_or_written_anew_lacks_macs(scene: Scene) -> None:
    events = await scene.events()
    async with lifted():
        await tampering.cut_off_the_end(scene, lambda _: 3)
        assert (await verify_links(scene.organization_id)).broken is None
        assert (await verify_chain(scene.organization_id)).broken == ChainFault(Fault.END_UNPROVEN, 3)
    async with lifted():
        await tampering.write_anew(scene, first)
        assert (await verify_links(scene.organization_id)).broken is None
        changed = ChainFault(Fault.EVENT_UNPROVEN, 1, events[0].id)
        assert (await verify_chain(scene.organization_id)).broken == changed


async def test_evidence_without_its_mac_is_found(scene: Scene) -> None:
    [signing, _] = [event for event in await scene.events() if event.action == "document.signed"]
    unproven = ChainFault(Fault.EVIDENCE_UNPROVEN, signing.sequence, scene.signed[0].id)
    for wiped in ("DELETE FROM evidence_mac", "UPDATE evidence_mac SET kind = 'VOUCHED'"):
        async with lifted():
            await tampering.run(wiped)
            assert (await verify_chain(scene.organization_id)).broken == unproven
    assert await broken_by(tampering.change_the_required_signers, scene) == unproven


async def test_an_earlier_copy_is_found_against_an_exported_head(scene: Scene) -> None:
    heads = await chain_heads([scene.organization_id])
    async with lifted():
        await tampering.restore_an_earlier_copy(scene, first)
        assert (await verify_chain(scene.organization_id)).broken is None
        report = await verify_chain(scene.organization_id, heads)
        assert report.broken == ChainFault(Fault.EXPORTED_HEAD_DIFFERS, scene.earlier.sequence + 1)


async def test_what_the_program_appends_to_a_forged_end_proves_nothing(practice: Practice, scene: Scene) -> None:
    """It goes on, because patients need it, but gives the forged end no MAC."""
    async with lifted():
        await tampering.cut_off_the_end(scene, lambda _: 3)
        await practice.contact("Ana", emails=())
        assert (await verify_chain(scene.organization_id)).broken == ChainFault(Fault.END_UNPROVEN, 4)
    async with lifted():
        await AuditEvent.filter(organization_id=scene.organization_id).delete()
        await AuditHead.filter(organization_id=scene.organization_id).delete()
        await SignatureEvidence.all().delete()
        await Signature.all().update(signed_at=None)
        assert (await verify_chain(scene.organization_id)).broken == ChainFault(Fault.EVENT_MISSING, 1)
        await practice.contact("Ana", emails=())
        assert (await verify_chain(scene.organization_id)).broken == ChainFault(Fault.END_UNPROVEN, 1)


async def test_a_chain_that_grew_still_holds_its_exported_heads(practice: Practice, scene: Scene) -> None:
    heads = await chain_heads([scene.organization_id])
    await practice.contact("Ana", emails=())
    heads += await chain_heads([scene.organization_id])
    assert heads[0] != heads[1]
    assert (await verify_chain(scene.organization_id, heads)).broken is None


async def test_progress_is_told_page_by_page(scene: Scene) -> None:
    told: list[int] = []
    report = await verify_chain(scene.organization_id, on_page=told.append)
    assert told == [report.events]


@asynccontextmanager
async def two_practices(database_url: str) -> AsyncIterator[tuple[Scene, Practice]]:
    async with open_database(database_url):
        mailbox = Mailbox()
        services = make_services(FixedClock(), mailbox)
        other = await open_practice(services, "harbor-house", name="Harbor House")
        yield await make_scene(await open_practice(services), mailbox), other


@pytest.fixture
def staged(database_url: str) -> Iterator[tuple[asyncio.Runner, Scene, Practice]]:
    with asyncio.Runner() as runner:
        opened = AsyncExitStack()
        scene, other = runner.run(opened.enter_async_context(two_practices(database_url)))
        try:
            yield runner, scene, other
        finally:
            runner.run(opened.aclose())


@pytest.mark.campaign
def test_no_tampering_goes_unnoticed(staged: tuple[asyncio.Runner, Scene, Practice]) -> None:
    runner, scene, other = staged
    [head] = runner.run(chain_heads([scene.organization_id]))

    async def found(what: Tampering, pick: Pick) -> tuple[bool, bool, bool]:
        """Without an exported head, with it, and at the practice next door."""
        async with lifted():
            await what(scene, pick)
            alone = await verify_chain(scene.organization_id)
            known = await verify_chain(scene.organization_id, [head])
            next_door = await verify_chain(other.organization.id)
            return alone.broken is not None, known.broken is not None, next_door.broken is not None
        raise AssertionError

    @settings(max_examples=OF_EACH_KIND, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def unnoticed_never(what: Tampering, data: st.DataObject) -> None:
        alone, known, next_door = runner.run(found(what, lambda many: data.draw(st.integers(0, many - 1))))
        assert (known, next_door) == (True, False)
        assert alone == (what in FOUND_BY_ITSELF)

    for what in FOUND_BY_ITSELF + FOUND_BY_AN_EXPORTED_HEAD:
        unnoticed_never(what)
    assert runner.run(verify_chain(scene.organization_id, [head])).broken is None
    assert len(runner.run(all_triggers())) > 0


async def all_triggers() -> list[object]:
    """The database's own guard stands again afterwards."""
    there = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_event'"
    enabled = "SELECT tgname FROM pg_trigger WHERE tgrelid = 'audit_event'::regclass AND tgenabled = 'O'"
    return list(await fetch(enabled if on_postgres() else there))
