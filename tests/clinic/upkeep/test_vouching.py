"""Rows from before MACs: vouched for once, said so, and never again whatever the database says."""

import pytest

from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.models import Completion, Document, EvidenceMac, EvidenceMacKind, SignatureState
from clinic.upkeep.audit_verification import Fault
from clinic.upkeep.vouching import DONE_KEY, vouch_for_older_rows
from clinic.values.ports import Services
from clinic.work.models import AuditEvent, AuditVoucher
from tests.clinic.upkeep import tampering
from tests.clinic.upkeep.tampering import Scene, overruled
from tests.clinic.upkeep.test_audit_verification import make_scene
from tests.factories import Mailbox, Practice
from tests.factories.chains import verify_chain


@pytest.fixture
async def older(practice: Practice, mailbox: Mailbox) -> Scene:
    """A practice as a release without MACs left it."""
    scene = await make_scene(practice, mailbox)
    await remove_all_macs()
    return scene


async def remove_all_macs() -> None:
    async with overruled():
        for statement in (
            "UPDATE audit_event SET mac = ''",
            "UPDATE audit_head SET mac = ''",
            "DELETE FROM evidence_mac",
            "DELETE FROM audit_voucher",
        ):
            await tampering.run(statement)


async def fault(scene: Scene) -> Fault | None:
    broken = (await verify_chain(scene.organization_id)).broken
    return broken.fault if broken else None


async def test_older_rows_are_vouched_for_once_and_it_is_said_since_when(older: Scene, services: Services) -> None:
    events = len(await older.events())
    assert await fault(older) is Fault.NOT_VOUCHED

    [done] = await vouch_for_older_rows(services)

    assert (done.events, done.signatures, done.broken) == (events, 2, None)
    assert await fault(older) is None
    voucher = await AuditVoucher.get()
    assert (voucher.sequence, voucher.vouched_at) == (events, services.clock.now())
    assert {mac.kind for mac in await EvidenceMac.all()} == {EvidenceMacKind.VOUCHED}
    [event] = await AuditEvent.filter(action="audit.vouched")
    assert (event.sequence, event.actor_kind, event.actor_name) == (events + 1, "system", "vestibule migrate")
    assert await vouch_for_older_rows(services) == []
    assert await AuditEvent.filter(action="audit.vouched").count() == 1


async def test_signature_from_before_is_sealed_only_after_the_step(older: Scene, services: Services) -> None:
    document_id = older.signed[0].document_id
    await complete_due_documents(services, worker_name="w")
    assert (await Completion.get(document_id=document_id)).failure == "EVIDENCE_NOT_OURS"

    await vouch_for_older_rows(services)
    await Completion.all().update(due_at=services.clock.now())
    await complete_due_documents(services, worker_name="w")

    assert (await Document.get(id=document_id)).signature_state is SignatureState.COMPLETED
    assert await fault(older) is None


async def test_interrupted_step_goes_on(older: Scene, services: Services) -> None:
    """The mark is the last thing."""
    await vouch_for_older_rows(services)
    files = services.files
    assert await files.exists(DONE_KEY)
    await files._store.delete_async(DONE_KEY)  # type: ignore[attr-defined]
    assert await vouch_for_older_rows(services) == []
    assert await fault(older) is None


async def test_nobody_makes_it_vouch_for_more_by_the_database(
    practice: Practice, mailbox: Mailbox, services: Services
) -> None:
    """Not even by making every row look as it was before the upgrade."""
    assert await vouch_for_older_rows(services) == []
    scene = await make_scene(practice, mailbox)
    await remove_all_macs()
    async with overruled():
        await tampering.write_anew(scene, lambda _: 0)

    assert await vouch_for_older_rows(services) == []

    assert await fault(scene) is Fault.NOT_VOUCHED
    assert await complete_due_documents(services, worker_name="w") == 2
    assert not await Document.exists(signature_state=SignatureState.COMPLETED)


async def test_rows_added_or_edited_after_the_step_are_found(older: Scene, services: Services) -> None:
    await vouch_for_older_rows(services)
    async with tampering.lifted():
        await tampering.repeat_an_event_at_the_end(older, lambda _: 0)
        assert await fault(older) is Fault.EVENT_UNPROVEN
    async with tampering.lifted():
        await tampering.write_anew(older, lambda _: 0)
        assert await fault(older) is Fault.EVENT_UNPROVEN
    async with tampering.lifted():
        await tampering.run("UPDATE audit_voucher SET sequence = sequence + 1")
        assert await fault(older) is Fault.EVENT_UNPROVEN
    async with tampering.lifted():
        await tampering.run("DELETE FROM audit_voucher")
        assert await fault(older) is Fault.NOT_VOUCHED


async def test_broken_chain_is_not_vouched_for(older: Scene, services: Services) -> None:
    async with overruled():
        await tampering.run("UPDATE audit_event SET reason = 'another' WHERE sequence = 2")

    [done] = await vouch_for_older_rows(services)

    assert done.broken is not None
    assert (done.broken.fault, done.broken.sequence) == (Fault.EVENT_CHANGED, 2)
    assert not await AuditVoucher.exists()
    assert not await EvidenceMac.exists()
