"""A signed document is erased with its evidence when the practice's rule has passed, and the audit says so."""

import asyncio
import json
from datetime import date, timedelta
from uuid import uuid4

import pytest
from tortoise.fields.relational import ForeignKeyFieldInstance

from clinic.charts.actions import erase_contact
from clinic.database.rows import fetch_changed
from clinic.documents.actions.erase import erase_document
from clinic.documents.actions.erased_files import delete_erased_files
from clinic.documents.erasing import rows_of_documents
from clinic.documents.errors import MustBeKept
from clinic.documents.files import document_key
from clinic.documents.models import Document, ErasedFile, Signature, SignatureEvidence, SignatureState
from clinic.organizations.models import Organization
from clinic.records.models import Contact
from clinic.upkeep.audit_verification import ChainFault, Fault
from clinic.values.callers import Permission, StaffCaller
from clinic.values.change import ChangeKind
from clinic.values.errors import FreshSignInNeeded, InvalidInput, NotFound, NotPermitted
from clinic.work.fresh_sign_in import FRESH_FOR
from clinic.work.models import AuditEvent, ChangeRow
from tests.clinic.documents.aged import AGO, keep_for, signed_long_ago
from tests.clinic.documents.signing import Person, paper
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice
from tests.factories.chains import verify_chain
from tests.factories.contents import contents, models, nothing_changes

NEEDED = (Permission.MANAGE_CONTACTS, Permission.MANAGE_ORGANIZATION)
# Append-only, about ids only, or what the worker has to do.
STAYS = {"audit_event", "audit_head", "change", "erased_file"}


@pytest.fixture
async def aged(practice: Practice, mailbox: Mailbox, clock: FixedClock) -> tuple[Person, Document]:
    return await signed_long_ago(practice, mailbox, clock)


@pytest.fixture
async def manager(practice: Practice, aged: tuple[Person, Document]) -> StaffCaller:
    return await practice.staff(*NEEDED)


async def erase(practice: Practice, caller: StaffCaller, document: Document) -> None:
    await erase_document(caller, document.id, "Its time is over.", practice.services)


async def refused(practice: Practice, caller: StaffCaller, document: Document, reason: str, until: date | None) -> None:
    async with nothing_changes():
        with pytest.raises(MustBeKept) as refusal:
            await erase(practice, caller, document)
    assert (refusal.value.reason, refusal.value.until) == (reason, until)


async def broken(practice: Practice) -> ChainFault | None:
    return (await verify_chain(practice.organization.id)).broken


async def test_document_and_evidence_go_and_the_chain_verifies(
    practice: Practice, aged: tuple[Person, Document], manager: StaffCaller
) -> None:
    _, document = aged
    files, here = practice.services.files, practice.organization.id
    await keep_for(practice, 8)
    await erase(practice, manager, document)
    found = await contents(but=STAYS)
    everything = " ".join(row for rows in found.values() for row in rows)
    assert [part for part in (str(document.id), document.sha256, document.completed_sha256) if part in everything] == []
    event = await AuditEvent.filter(action="document.erased").get()
    assert (event.subject_id, event.reason) == (document.id, "Its time is over.")
    assert json.loads(event.details) == {
        "contact": str(document.contact_id),
        "sha256": document.sha256,
        "completed_sha256": document.completed_sha256,
        "signatures": "1",
        "years": "8",
    }
    assert await ChangeRow.exists(contact_id=document.contact_id, kind=ChangeKind.DOCUMENTS, at=event.at)
    assert await files.exists(document_key(here, document.sha256)), "nothing is deleted within the transaction"
    assert await delete_erased_files(practice.services) == 2
    assert not await files.exists(document_key(here, document.completed_sha256))
    assert await broken(practice) is None


async def test_document_is_kept_until_the_day_and_for_ever_without_a_rule(
    practice: Practice, aged: tuple[Person, Document], manager: StaffCaller, clock: FixedClock
) -> None:
    omar, document = aged
    signed_on = (clock.now() - AGO).date()
    await refused(practice, manager, document, "SIGNED_DOCUMENTS", None)
    await keep_for(practice, 9)
    await refused(practice, manager, document, "SIGNED_DOCUMENTS", signed_on.replace(year=signed_on.year + 9))
    await keep_for(practice, 8)
    await Contact.filter(id=omar.contact.id).update(date_of_birth=date(2005, 5, 4))
    await refused(practice, manager, document, "SIGNED_DOCUMENTS", date(2031, 5, 4))
    await Contact.filter(id=omar.contact.id).update(date_of_birth=date(1980, 5, 4))
    await erase(practice, manager, document)


async def test_only_both_permissions_a_reason_and_a_fresh_sign_in_erase_a_signed_document(
    practice: Practice,
    other_practice: Practice,
    aged: tuple[Person, Document],
    manager: StaffCaller,
    clock: FixedClock,
) -> None:
    omar, document = aged
    await keep_for(practice, 8)
    unsigned = await paper(practice, omar.contact)
    callers = (
        (NotFound, await other_practice.staff(*NEEDED)),
        (NotPermitted, await practice.staff(Permission.MANAGE_CONTACTS, Permission.WEB_PORTAL)),
        (NotPermitted, await practice.staff(Permission.MANAGE_ORGANIZATION)),
    )
    async with nothing_changes():
        for why, caller in callers:
            with pytest.raises(why):
                await erase(practice, caller, document)
    clock.advance(FRESH_FOR)
    async with nothing_changes():
        with pytest.raises(FreshSignInNeeded):
            await erase(practice, manager, document)
        for wrong, path in ((" ", "reason"), ("why", "documentId")):
            with pytest.raises(InvalidInput) as refusal:
                await erase_document(manager, unsigned.id, wrong, practice.services)
            assert [problem.path for problem in refusal.value.problems] == [path]
        with pytest.raises(NotFound):
            await erase_document(manager, uuid4(), "why", practice.services)


async def test_open_document_is_kept_and_earlier_versions_go_with_the_one_that_replaced_them(
    practice: Practice, aged: tuple[Person, Document], manager: StaffCaller, clock: FixedClock
) -> None:
    omar, document = aged
    await keep_for(practice, 8)
    clock.advance(-2 * AGO)
    earlier = await paper(practice, omar.contact, omar.contact, words="Earlier")
    clock.advance(2 * AGO)
    await Document.filter(id=earlier.id).update(superseded_by_id=document.id)
    await refused(practice, manager, document, "OPEN_SIGNATURE", None)
    await Document.filter(id=earlier.id).update(superseded_at=practice.services.clock.now())
    await erase(practice, manager, document)
    assert await Document.all().count() == await Signature.all().count() == 0
    told = await AuditEvent.filter(action="document.erased").order_by("sequence")
    assert [(event.subject_id, json.loads(event.details)["signatures"]) for event in told] == [
        (earlier.id, "0"),
        (document.id, "1"),
    ]
    assert await broken(practice) is None


async def test_erasing_twice_at_once_erases_once(
    practice: Practice, aged: tuple[Person, Document], manager: StaffCaller
) -> None:
    await keep_for(practice, 8)
    done = await asyncio.gather(*(erase(practice, manager, aged[1]) for _ in range(3)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["NoneType", "NotFound", "NotFound"]
    assert await AuditEvent.filter(action="document.erased").count() == 1


async def test_record_is_erased_when_each_signed_document_is_past_its_day(
    practice: Practice, aged: tuple[Person, Document], manager: StaffCaller, clock: FixedClock
) -> None:
    omar, document = aged
    ana = await practice.contact("Ana", emails=("ana@example.com",))
    theirs = await paper(practice, ana, words="of Ana")
    signed_on = (clock.now() - AGO).date()
    await Signature.create(
        organization_id=practice.organization.id,
        document_id=theirs.id,
        signer_id=omar.contact.id,
        position=0,
        signed_at=clock.now() - timedelta(days=1),
    )
    proof = await SignatureEvidence.get()
    for years, reason, until in (
        (None, "SIGNED_DOCUMENTS", None),
        (9, "SIGNED_DOCUMENTS", signed_on.replace(year=signed_on.year + 9)),
        (8, "OTHERS_DOCUMENT", None),
    ):
        await keep_for(practice, years)
        async with nothing_changes():
            with pytest.raises(MustBeKept) as refusal:
                await erase_contact(manager, omar.contact.id, "Asked for it.", practice.services)
        assert (refusal.value.reason, refusal.value.until) == (reason, until)
    await Signature.filter(document_id=theirs.id).delete()
    await erase_contact(manager, omar.contact.id, "Asked for it.", practice.services)
    assert not await SignatureEvidence.exists(id=proof.id)
    told = await AuditEvent.filter(action__in=["document.erased", "contact.erased"]).order_by("sequence")
    assert [(event.action, event.subject_id) for event in told] == [
        ("document.erased", document.id),
        ("contact.erased", omar.contact.id),
    ]
    assert await broken(practice) is None


async def test_evidence_that_is_deleted_in_the_database_is_found_though_its_day_has_passed(
    practice: Practice, aged: tuple[Person, Document]
) -> None:
    _, document = aged
    await keep_for(practice, 8)
    for sql in ("DELETE FROM evidence_mac RETURNING id", "DELETE FROM signature_evidence RETURNING id"):
        assert len(await fetch_changed(sql)) == 1
    fault = await broken(practice)
    assert fault is not None
    assert fault.fault is Fault.EVIDENCE_MISSING
    assert document.signature_state is SignatureState.COMPLETED


async def test_rule_that_is_shortened_in_the_database_is_found_after_the_erasure(
    practice: Practice, aged: tuple[Person, Document], manager: StaffCaller
) -> None:
    await keep_for(practice, 10)
    await Organization.filter(id=practice.organization.id).update(signed_retention_years=8)
    await erase(practice, manager, aged[1])
    event = await AuditEvent.filter(action="document.erased").get()
    assert await broken(practice) == ChainFault(Fault.ERASED_TOO_EARLY, event.sequence, aged[1].id)


@pytest.mark.usefixtures("practice")
async def test_every_table_that_leads_to_a_document_is_erased_with_it() -> None:
    """Whoever adds such a table adds it to the list."""
    known = {model.__name__ for model, _ in rows_of_documents([])}
    leading = {
        model.__name__
        for model in models()
        for field in model._meta.fields_map.values()
        if isinstance(field, ForeignKeyFieldInstance)
        and str(field.model_name).partition(".")[2] in {"Document", "Signature"}
    }
    assert leading - known == {"Letter"} - known
    assert await ErasedFile.all().count() == 0
