"""What somebody with the database's own rights might do to the audit, to evidence and to signatures."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from clinic.database.rows import fetch, fetch_changed, on_postgres
from clinic.documents.evidence import evidence_hash
from clinic.documents.models import Document, EvidenceMac, Signature, SignatureEvidence
from clinic.work.audit_chain import GENESIS, event_hash
from clinic.work.models import AuditEvent, AuditHead

TABLES = ("audit_event", "audit_head", "signature_evidence", "evidence_mac", "audit_voucher", "signature", "document")


class UndoneError(Exception):
    """Ends a transaction whose changes must not stay."""


@asynccontextmanager
async def lifted() -> AsyncIterator[None]:
    """Without triggers and foreign keys, as the database's owner can; everything is undone at the end."""
    try:
        async with overruled():
            yield
            raise UndoneError
    except UndoneError:
        return


@asynccontextmanager
async def overruled() -> AsyncIterator[None]:
    """Without triggers and foreign keys, as the database's owner can; committed at the end."""
    async with in_transaction():
        if on_postgres():
            await run("SET LOCAL session_replication_role = replica")
        else:
            await run("PRAGMA defer_foreign_keys = ON")
            for name, table in await fetch("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'"):
                if table in TABLES:
                    await run(f"DROP TRIGGER {name}")
        yield


async def run(sql: str) -> None:
    await get_connection("default").execute_query(sql)


async def edit(table: str, row_id: UUID, column: str, value: object) -> None:
    """Also what the models would not change, such as an id."""
    sql = f"UPDATE {table} SET {column} = $1 WHERE id = $2 RETURNING id"  # noqa: S608 - names of ours
    await fetch_changed(sql, value, row_id)


@dataclass(frozen=True)
class Scene:
    """A practice where two people signed two papers, and a third paper waits."""

    organization_id: UUID
    signed: Sequence[Signature]
    waiting: Signature
    # The chain's end before anybody signed, as somebody may have copied it then.
    earlier: AuditHead

    async def events(self) -> list[AuditEvent]:
        return await AuditEvent.filter(organization_id=self.organization_id).order_by("sequence")

    async def proofs(self) -> list[SignatureEvidence]:
        found = {proof.signature_id: proof for proof in await SignatureEvidence.all()}
        return [found[signature.id] for signature in self.signed]


# One of so many.
Pick = Callable[[int], int]
Tampering = Callable[[Scene, Pick], Awaitable[None]]

EVENT_TEXTS = (
    "action",
    "actor_kind",
    "actor_name",
    "subject_kind",
    "reason",
    "details",
    "address",
    "agent",
    "request_id",
)
EVENT_HASHES = ("previous_hash", "hash")
EVENT_IDS = ("id", "actor_id", "subject_id")


async def edit_an_event(scene: Scene, pick: Pick) -> None:
    events = await scene.events()
    event = events[pick(len(events))]
    columns = (*EVENT_TEXTS, *EVENT_HASHES, *EVENT_IDS, "at", "sequence")
    column = columns[pick(len(columns))]
    value: object
    if column in EVENT_TEXTS:
        value = f"{getattr(event, column)}."[-12:]
    elif column in EVENT_HASHES:
        value = uuid4().hex * 2
    elif column in EVENT_IDS:
        value = uuid4()
    elif column == "at":
        value = event.at + timedelta(microseconds=1 + pick(10**9))
    else:
        value = len(events) + 1 + pick(1000)
    await edit("audit_event", event.id, column, value)


async def delete_events(scene: Scene, pick: Pick) -> None:
    events = await scene.events()
    first = pick(len(events))
    gone = events[first : first + 1 + pick(len(events))]
    await AuditEvent.filter(id__in=[event.id for event in gone]).delete()


async def swap_two_events(scene: Scene, pick: Pick) -> None:
    events = await scene.events()
    first = pick(len(events) - 1)
    one, other = events[first], events[first + 1 + pick(len(events) - first - 1)]
    for event, sequence in ((one, -1), (other, one.sequence), (one, other.sequence)):
        await AuditEvent.filter(id=event.id).update(sequence=sequence)


async def repeat_an_event_at_the_end(scene: Scene, pick: Pick) -> None:
    events = await scene.events()
    again = events[pick(len(events))]
    again.id, again.sequence, again.previous_hash = uuid4(), len(events) + 1, events[-1].hash
    again.hash = event_hash(again)
    await AuditEvent.bulk_create([again])


async def edit_the_head(scene: Scene, pick: Pick) -> None:
    head = AuditHead.filter(organization_id=scene.organization_id)
    [end] = await head
    changes: Sequence[dict[str, object]] = (
        {"hash": uuid4().hex * 2},
        {"sequence": end.sequence + 1 + pick(10)},
        {"sequence": pick(end.sequence)},
    )
    await head.update(**changes[pick(len(changes))])


async def change_what_was_signed(scene: Scene, pick: Pick) -> None:
    """One word of the evidence, with a hash that fits it."""
    proofs = await scene.proofs()
    proof = proofs[pick(len(proofs))]
    content = proof.content.replace('"typed_name":"', '"typed_name":"Not ')
    await SignatureEvidence.filter(id=proof.id).update(content=content, hash=evidence_hash(content))


async def edit_evidence(scene: Scene, pick: Pick) -> None:
    proofs = await scene.proofs()
    proof, other = proofs[pick(len(proofs))], uuid4()
    changes: Sequence[dict[str, object]] = (
        {"content": proof.content.replace("a", "b", 1)},
        {"content": ""},
        {"hash": uuid4().hex * 2},
        {"account_id": other},
        {"signature_id": other},
        {"organization_id": other},
    )
    await SignatureEvidence.filter(id=proof.id).update(**changes[pick(len(changes))])


async def delete_evidence(scene: Scene, pick: Pick) -> None:
    proofs = await scene.proofs()
    await SignatureEvidence.filter(id=proofs[pick(len(proofs))].id).delete()


async def exchange_two_evidences(scene: Scene, _pick: Pick) -> None:
    one, other = await scene.proofs()
    for proof, signature_id in ((one, uuid4()), (other, one.signature_id), (one, other.signature_id)):
        await SignatureEvidence.filter(id=proof.id).update(signature_id=signature_id)


async def transplant_evidence(scene: Scene, pick: Pick) -> None:
    """A copy of one person's evidence, for the paper nobody signed."""
    proofs = await scene.proofs()
    proof = proofs[pick(len(proofs))]
    proof.id, proof.signature_id = uuid4(), scene.waiting.id
    await SignatureEvidence.bulk_create([proof])
    if pick(2):
        await Signature.filter(id=scene.waiting.id).update(signed_at=scene.signed[0].signed_at)


async def sign_without_evidence(scene: Scene, _pick: Pick) -> None:
    await Signature.filter(id=scene.waiting.id).update(signed_at=scene.signed[0].signed_at)


async def edit_a_signature(scene: Scene, pick: Pick) -> None:
    signature = scene.signed[pick(len(scene.signed))]
    assert signature.signed_at is not None
    changes: Sequence[tuple[str, object]] = (
        ("document_id", uuid4()),
        ("signer_id", uuid4()),
        ("signed_at", signature.signed_at + timedelta(seconds=1)),
        ("signed_at", None),
        ("id", uuid4()),
    )
    await edit("signature", signature.id, *changes[pick(len(changes))])


async def delete_a_signature(scene: Scene, pick: Pick) -> None:
    await Signature.filter(id=scene.signed[pick(len(scene.signed))].id).delete()


async def exchange_the_signed_bytes(scene: Scene, pick: Pick) -> None:
    document_id = scene.signed[pick(len(scene.signed))].document_id
    await Document.filter(id=document_id).update(sha256=uuid4().hex * 2)


async def remove_macs(scene: Scene, pick: Pick) -> None:
    """As if the rows were older than MACs."""
    wiped: Sequence[tuple[str, str]] = (
        ("audit_event", f"sequence > {pick(3)}"),
        ("audit_head", "TRUE"),
        ("evidence_mac", f"signature_id = '{scene.signed[pick(len(scene.signed))].id}'"),
    )
    table, which = wiped[pick(len(wiped))]
    await run(f"UPDATE {table} SET mac = '' WHERE organization_id = '{scene.organization_id}' AND {which}")  # noqa: S608


async def exchange_two_macs(scene: Scene, pick: Pick) -> None:
    events = await scene.events()
    first = pick(len(events) - 1)
    one, other = events[first], events[first + 1]
    await edit("audit_event", one.id, "mac", other.mac)


async def change_the_required_signers(scene: Scene, pick: Pick) -> None:
    """Change what the signed paper asked for: the order, or another signer beside the first."""
    signature = scene.signed[pick(len(scene.signed))]
    if pick(2):
        await Document.filter(id=signature.document_id).update(in_sequence=True)
    else:
        await Signature.filter(id=scene.waiting.id).update(
            document_id=signature.document_id, signer_id=uuid4(), position=9
        )


FOUND_BY_LINKS: tuple[Tampering, ...] = (
    edit_an_event,
    delete_events,
    swap_two_events,
    repeat_an_event_at_the_end,
    edit_the_head,
    change_what_was_signed,
    edit_evidence,
    delete_evidence,
    exchange_two_evidences,
    transplant_evidence,
    sign_without_evidence,
    edit_a_signature,
    delete_a_signature,
    exchange_the_signed_bytes,
)


async def cut_off_the_end(scene: Scene, pick: Pick) -> None:
    """Events, their evidence and the recorded end, as if they had never been."""
    events = await scene.events()
    kept = pick(len(events))
    await AuditEvent.filter(organization_id=scene.organization_id, sequence__gt=kept).delete()
    head = AuditHead.filter(organization_id=scene.organization_id)
    await head.update(sequence=kept, hash=events[kept - 1].hash if kept else GENESIS)
    await SignatureEvidence.filter(organization_id=scene.organization_id).delete()
    await Signature.filter(organization_id=scene.organization_id).update(signed_at=None)
    await AuditEvent.filter(action="document.signed").delete()
    left = await scene.events()
    await chain_anew(scene, left)


async def write_anew(scene: Scene, pick: Pick) -> None:
    """One event edited, and every hash after it made to fit."""
    events = await scene.events()
    events[pick(len(events))].reason = "as if it had been so"
    await chain_anew(scene, events)


async def chain_anew(scene: Scene, events: Sequence[AuditEvent]) -> None:
    previous = GENESIS
    for sequence, event in enumerate(events, start=1):
        event.sequence, event.previous_hash = sequence, previous
        previous = event.hash = event_hash(event)
        await AuditEvent.filter(id=event.id).update(
            sequence=sequence, previous_hash=event.previous_hash, hash=previous, reason=event.reason
        )
    await AuditHead.filter(organization_id=scene.organization_id).update(sequence=len(events), hash=previous)


async def restore_an_earlier_copy(scene: Scene, _pick: Pick) -> None:
    """All rows as they were at an earlier time, with the MACs of that time."""
    earlier = scene.earlier
    await AuditEvent.filter(organization_id=scene.organization_id, sequence__gt=earlier.sequence).delete()
    head = AuditHead.filter(organization_id=scene.organization_id)
    await head.update(sequence=earlier.sequence, hash=earlier.hash, mac=earlier.mac)
    await EvidenceMac.filter(organization_id=scene.organization_id).delete()
    await SignatureEvidence.filter(organization_id=scene.organization_id).delete()
    await Signature.filter(organization_id=scene.organization_id).update(signed_at=None)


# All hashes fit in these: only MACs show them.
FOUND_BY_MACS: tuple[Tampering, ...] = (
    cut_off_the_end,
    write_anew,
    remove_macs,
    exchange_two_macs,
    change_the_required_signers,
)
FOUND_BY_ITSELF = FOUND_BY_LINKS + FOUND_BY_MACS
FOUND_BY_AN_EXPORTED_HEAD: tuple[Tampering, ...] = (restore_an_earlier_copy,)
