"""Somebody who can write to the database, and has none of our keys, forges a signature or a record of one."""

import json
from dataclasses import replace
from uuid import uuid4

import pytest

from clinic.database.rows import fetch_changed
from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.evidence import Evidence, as_json, evidence_hash, from_json
from clinic.documents.models import Completion, Document, EvidenceMac, Signature, SignatureEvidence, SignatureState
from clinic.upkeep.audit_verification import ChainFault, Fault
from clinic.values.ports import Services
from clinic.work.audit_chain import event_hash
from clinic.work.models import AuditEvent, AuditHead
from tests.clinic.documents.signing import Person, paper, person, sign
from tests.clinic.upkeep.tampering import overruled
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services
from tests.factories.chains import verify_chain
from tests.factories.sealing import WaxSealer


@pytest.fixture
def sealer() -> WaxSealer:
    return WaxSealer()


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox, sealer: WaxSealer) -> Services:
    return replace(make_services(clock, mailbox), sealer=sealer)


@pytest.fixture
async def omar(practice: Practice, mailbox: Mailbox) -> Person:
    return await person(practice, mailbox)


async def insert(table: str, **values: object) -> None:
    """A row by SQL, without a model of ours."""
    columns, places = ", ".join(values), ", ".join(f"${number}" for number in range(1, len(values) + 1))
    sql = f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING 1"  # noqa: S608 - names of ours
    await fetch_changed(sql, *values.values())


async def forge_event(like: AuditEvent, **changes: object) -> None:
    """Add an event at the end of the chain, with hashes that fit, and move the recorded end."""
    head = await AuditHead.get(organization_id=like.organization_id)
    event = like.clone(pk=uuid4())
    event.update_from_dict({**changes, "sequence": head.sequence + 1, "previous_hash": head.hash})
    event.hash = event_hash(event)
    columns = AuditEvent._meta.db_fields - {"mac"}
    await insert("audit_event", **{column: getattr(event, column) for column in sorted(columns)})
    move = "UPDATE audit_head SET sequence = $1, hash = $2 WHERE organization_id = $3 RETURNING 1"
    await fetch_changed(move, event.sequence, event.hash, like.organization_id)


async def forge_signature(signed: Document, target: Document, **said: object) -> None:
    """Forge a signature on `target` after the model of the true one on `signed`, by SQL only."""
    [like] = await AuditEvent.filter(subject_id=signed.id, action="document.signed")
    true = await SignatureEvidence.get(signature_id=(await Signature.get(document_id=signed.id)).id)
    signature = await Signature.get(document_id=target.id)
    evidence: Evidence = replace(from_json(true.content), document_id=str(target.id), **said)  # type: ignore[arg-type]
    evidence = replace(evidence, document_sha256=target.sha256, document_title=target.title)
    content = as_json(evidence)
    proof = {"signature_id": signature.id, "account_id": true.account_id, "hash": evidence_hash(content)}
    await insert("signature_evidence", id=uuid4(), organization_id=target.organization_id, content=content, **proof)
    sign_it = "UPDATE signature SET signed_at = $1 WHERE id = $2 RETURNING 1"
    await fetch_changed(sign_it, like.at, signature.id)
    details = {"signature": str(signature.id), "signer": evidence.signer_id}
    details |= {"sha256": target.sha256, "evidence": evidence_hash(content)}
    text = json.dumps(details, sort_keys=True)
    await forge_event(like, subject_id=target.id, details=text)
    completion = {"id": uuid4(), "organization_id": target.organization_id, "document_id": target.id}
    filled = {"attempts": 0, "claimed_by": "", "failure": "", "sealed_sha256": ""}
    await insert("completion", **completion, created_at=like.at, due_at=like.at, **filled)


async def test_signature_written_into_the_database_is_not_sealed(
    practice: Practice, omar: Person, services: Services, sealer: WaxSealer
) -> None:
    signed = await sign(practice, omar, await paper(practice, omar.contact, omar.contact))
    target = await paper(practice, omar.contact, omar.contact, title="Power of attorney", words="All my goods")
    await complete_due_documents(services, worker_name="w")
    assert len(sealer.seals) == 1

    await forge_signature(signed, target, typed_name="Omar Reyes")
    await complete_due_documents(services, worker_name="w")

    assert len(sealer.seals) == 1
    assert (await Document.get(id=target.id)).signature_state is SignatureState.WAITING
    assert (await Completion.get(document_id=target.id)).failure.startswith("EVIDENCE_")
    report = await verify_chain(practice.organization.id)
    assert report.broken is not None
    assert report.broken.fault is Fault.NOT_VOUCHED


async def test_completion_written_into_the_database_is_found(practice: Practice, omar: Person) -> None:
    """The document is declared completed, with another document's sealed file."""
    signed = await sign(practice, omar, await paper(practice, omar.contact, omar.contact))
    target = await paper(practice, omar.contact, omar.contact, title="Power of attorney", words="All my goods")
    await complete_due_documents(practice.services, worker_name="w")
    done = await Document.get(id=signed.id)
    complete = "UPDATE document SET signature_state = 'COMPLETED', completed_at = $1, completed_sha256 = $2 "
    await fetch_changed(f"{complete} WHERE id = $3 RETURNING 1", done.completed_at, done.completed_sha256, target.id)

    report = await verify_chain(practice.organization.id)

    assert report.broken == ChainFault(Fault.COMPLETION_UNKNOWN, None, target.id)

    [like] = await AuditEvent.filter(subject_id=signed.id, action="document.completed")
    await forge_event(like, subject_id=target.id)
    [forged] = await AuditEvent.filter(subject_id=target.id)
    report = await verify_chain(practice.organization.id)
    assert report.broken == ChainFault(Fault.NOT_VOUCHED, forged.sequence, forged.id)


async def test_a_missing_or_copied_mac_seals_nothing(
    practice: Practice, omar: Person, services: Services, sealer: WaxSealer
) -> None:
    """As the owner of the database, who can also change what is append-only."""
    signed = await sign(practice, omar, await paper(practice, omar.contact, omar.contact))
    target = await paper(practice, omar.contact, omar.contact, title="Power of attorney", words="All my goods")
    await complete_due_documents(services, worker_name="w")
    await forge_signature(signed, target, typed_name="Omar Reyes")
    [true] = await EvidenceMac.all()
    [event] = await AuditEvent.filter(subject_id=target.id)
    place = await Signature.get(document_id=target.id)
    here = {"id": uuid4(), "organization_id": target.organization_id, "signature_id": place.id}
    await insert("evidence_mac", **here, kind="SIGNED", mac=true.mac)
    async with overruled():
        [signing] = await AuditEvent.filter(subject_id=signed.id, action="document.signed")
        await AuditEvent.filter(id=event.id).update(mac=signing.mac)

    await complete_due_documents(services, worker_name="w")

    assert len(sealer.seals) == 1
    assert (await Completion.get(document_id=target.id)).failure == "EVIDENCE_NOT_OURS"
    report = await verify_chain(practice.organization.id)
    assert report.broken == ChainFault(Fault.EVENT_UNPROVEN, event.sequence, event.id)
