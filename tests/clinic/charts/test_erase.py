"""A person's record is erased for good, unless something in it must be kept; the audit chain still verifies."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from tortoise.fields.relational import ForeignKeyFieldInstance

from clinic.charts.actions import erase_contact
from clinic.charts.errors import MustBeKept
from clinic.charts.record_rows import record_ids, rows_of
from clinic.documents.actions.erased_files import delete_erased_files
from clinic.documents.files import document_key, page_key
from clinic.documents.models import Document, ErasedFile, SignatureState
from clinic.mail.models import Letter
from clinic.portal_access.actions import decline_transfer, invite_contact, request_transfer, unlink_account
from clinic.portal_access.models import PortalAccount, PortalLink
from clinic.records.actions.appointments import create_appointment
from clinic.records.actions.episodes import create_episode
from clinic.records.models import Contact
from clinic.upkeep.audit_verification import ChainReport
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import InvalidInput, NotFound, NotPermitted
from clinic.work.models import AuditEvent
from tests.clinic.documents.signing import Person, opened_to, paper, person, sign
from tests.clinic.portal_access.ways import desk_of, registered
from tests.factories import Mailbox, Practice
from tests.factories.chains import verify_chain
from tests.factories.contents import contents, models, nothing_changes

NEEDED = (Permission.MANAGE_CONTACTS, Permission.MANAGE_ORGANIZATION)
# Append-only, and about ids only: what was done, what was announced, and requests that were answered.
STAYS = {"audit_event", "audit_head", "change", "request_once", "attempt_window", "erased_file"}


@pytest.fixture
async def manager(practice: Practice) -> StaffCaller:
    return await practice.staff(*NEEDED)


@pytest.fixture
async def omar(practice: Practice, mailbox: Mailbox) -> Person:
    """Somebody with an account, relatives, visits, a letter and a document, whose link has ended."""
    omar = await person(practice, mailbox)
    mia = await practice.contact("Mia", "Reyes", emails=("mia@example.com",))
    await opened_to(practice, omar.contact, mia)
    await opened_to(practice, mia, omar.contact, "father")
    desk = await practice.staff(Permission.MANAGE_CONTACTS, Permission.WEB_PORTAL)
    await create_episode(desk, omar.contact.id, None, practice.services, at_facility=False)
    now = practice.services.clock.now()
    await create_appointment(desk, omar.contact.id, now, now + timedelta(hours=1), practice.services)
    await paper(practice, omar.contact)
    await unlink_account(desk, omar.contact.id, "Moved away.", practice.services)
    return omar


async def erase(practice: Practice, caller: StaffCaller, contact: Contact) -> None:
    await erase_contact(caller, contact.id, "Asked for it.", practice.services)


async def report(practice: Practice) -> ChainReport:
    return await verify_chain(practice.organization.id)


async def test_nothing_of_the_person_stays_but_ids_and_the_chain_verifies(
    practice: Practice, manager: StaffCaller, omar: Person
) -> None:
    events = await AuditEvent.all().count()
    account = await PortalAccount.get()
    await erase(practice, manager, omar.contact)
    found = await contents(but=STAYS)
    everything = " ".join(row for rows in found.values() for row in rows)
    assert [word for word in ("Omar", omar.email, str(omar.contact.id), str(account.id)) if word in everything] == []
    assert await Contact.all().count() == 1, "the relative stays"
    last = await AuditEvent.all().order_by("-sequence").first()
    assert last is not None
    assert (last.action, last.subject_id, last.reason) == ("contact.erased", omar.contact.id, "Asked for it.")
    assert await AuditEvent.all().count() == events + 1
    assert (await report(practice)).broken is None


async def test_files_are_deleted_by_the_worker_unless_another_document_has_them(
    practice: Practice, manager: StaffCaller, omar: Person
) -> None:
    files, here = practice.services.files, practice.organization.id
    shared = (await Document.get()).sha256
    own = await paper(practice, omar.contact, words="only his")
    await files.put(page_key(here, own.sha256, 1, 600), b"a picture")
    ana = await practice.contact("Ana", emails=("ana@example.com",))
    await paper(practice, ana)
    await erase(practice, manager, omar.contact)
    assert await files.exists(document_key(here, own.sha256)), "nothing is deleted within the transaction"
    assert await delete_erased_files(practice.services) == 1
    assert not await files.exists(document_key(here, own.sha256))
    assert not await files.exists(page_key(here, own.sha256, 1, 600))
    assert await files.exists(document_key(here, shared))
    assert await ErasedFile.all().count() == 0


async def test_live_link_open_signature_and_signed_document_keep_the_record(
    practice: Practice, mailbox: Mailbox, manager: StaffCaller
) -> None:
    omar = await person(practice, mailbox)
    await refused(practice, manager, omar.contact, "LIVE_LINK")
    document = await paper(practice, omar.contact, omar.contact)
    await sign(practice, omar, document)
    desk = await practice.staff(Permission.WEB_PORTAL)
    await unlink_account(desk, omar.contact.id, "Moved away.", practice.services)
    await refused(practice, manager, omar.contact, "SIGNED_DOCUMENTS")
    ana = await practice.contact("Ana", emails=("ana@example.com",))
    mia = await practice.contact("Mia", emails=("mia@example.com",))
    await paper(practice, ana, mia)
    await refused(practice, manager, ana, "OPEN_SIGNATURE")
    await refused(practice, manager, mia, "OPEN_SIGNATURE")
    await Document.filter(contact_id=ana.id).update(signature_state=SignatureState.DECLINED)
    await refused(practice, manager, mia, "OTHERS_DOCUMENT")
    await erase(practice, manager, ana)
    await erase(practice, manager, mia)


async def refused(practice: Practice, manager: StaffCaller, contact: Contact, reason: str) -> None:
    async with nothing_changes():
        with pytest.raises(MustBeKept) as refusal:
            await erase(practice, manager, contact)
    assert refusal.value.reason == reason


async def test_transfer_that_waits_keeps_the_record_until_it_is_decided(
    practice: Practice, manager: StaffCaller, mailbox: Mailbox
) -> None:
    holder = await practice.contact("Rosa", emails=("family@example.com",))
    await registered(practice, mailbox, holder)
    contact = await practice.contact("Nora", emails=("family@example.com",))
    asker, decider = await practice.staff(Permission.WEB_PORTAL), await desk_of(practice)
    asked = await request_transfer(asker, contact.id, "The address is hers.", practice.services)
    await refused(practice, manager, contact, "OPEN_TRANSFER")
    await decline_transfer(decider, asked.id, practice.services)
    await erase(practice, manager, contact)
    assert not await Contact.exists(id=contact.id)


async def test_account_that_was_also_another_persons_stays(
    practice: Practice, manager: StaffCaller, omar: Person
) -> None:
    ana = await practice.contact("Ana", emails=("ana@example.com",))
    link = await PortalLink.get()
    await PortalLink.create(
        organization_id=practice.organization.id,
        account_id=link.account_id,
        contact_id=ana.id,
        email=omar.email,
        linked_at=practice.services.clock.now(),
        linked_how=link.linked_how,
    )
    await erase(practice, manager, omar.contact)
    assert [each.contact_id for each in await PortalLink.all()] == [ana.id]
    assert await PortalAccount.all().count() == 1


async def test_only_who_manages_contacts_and_organization_erases_and_says_why(
    practice: Practice, other_practice: Practice, manager: StaffCaller, omar: Person
) -> None:
    stranger = await other_practice.staff(*NEEDED)
    records = await practice.staff(Permission.MANAGE_CONTACTS)
    settings = await practice.staff(Permission.MANAGE_ORGANIZATION)
    async with nothing_changes():
        for caller, why in (
            (records, NotPermitted),
            (settings, NotPermitted),
            (stranger, NotFound),
        ):
            with pytest.raises(why):
                await erase(practice, caller, omar.contact)
        with pytest.raises(InvalidInput):
            await erase_contact(manager, omar.contact.id, " ", practice.services)


async def test_letters_of_the_person_are_gone_and_those_of_others_stay(
    practice: Practice, manager: StaffCaller, omar: Person
) -> None:
    await erase(practice, manager, omar.contact)
    assert omar.email not in [letter.to_address for letter in await Letter.all()]


@pytest.mark.usefixtures("practice")
async def test_every_table_that_leads_to_a_person_is_part_of_the_record() -> None:
    """Whoever adds such a table decides here whether it is exported and erased."""
    nobody = await record_ids(UUID(int=0), UUID(int=0))
    known = {model.__name__ for model, _ in rows_of(nobody)}
    personal = {"Contact", "PortalAccount", "Document", "Invitation", "Signature", "AccountToken"}
    leading = {
        model.__name__
        for model in models()
        for field in model._meta.fields_map.values()
        if isinstance(field, ForeignKeyFieldInstance) and str(field.model_name).partition(".")[2] in personal
    }
    assert leading - known == set()


async def test_erasing_and_inviting_at_once_leave_all_or_nothing(practice: Practice, manager: StaffCaller) -> None:
    for number in range(3):
        contact = await practice.contact("Ana", emails=(f"ana{number}@example.com",))
        desk = await practice.staff(Permission.WEB_PORTAL)
        erased, invited = await asyncio.gather(
            erase(practice, manager, contact),
            invite_contact(desk, contact.id, practice.services),
            return_exceptions=True,
        )
        if erased is None:
            assert isinstance(invited, NotFound)
            assert not await PortalAccount.exists(email=f"ana{number}@example.com")
        else:
            assert isinstance(erased, MustBeKept)
            assert isinstance(invited, PortalAccount)
            assert await PortalLink.exists(contact_id=contact.id, account_id=invited.id)
    assert (await report(practice)).broken is None


async def test_erasing_twice_at_once_erases_once(practice: Practice, manager: StaffCaller, omar: Person) -> None:
    done = await asyncio.gather(*(erase(practice, manager, omar.contact) for _ in range(3)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in done) == ["NoneType", "NotFound", "NotFound"]
    assert await AuditEvent.filter(action="contact.erased").count() == 1
