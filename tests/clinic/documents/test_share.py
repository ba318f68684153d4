"""Who sees a document in either way of sharing, who is told, and what sharing again or at once does (product §4)."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from uuid import uuid4

import pytest

from clinic.documents.access import document_of_patient
from clinic.documents.actions.share import share_all_documents, share_document, unshare_document
from clinic.documents.actions.withdraw import withdraw_document
from clinic.documents.errors import DocumentClosed
from clinic.documents.letters import FIRST_REMINDER
from clinic.documents.models import Document, DocumentRecipient, DocumentSharing, Signature
from clinic.mail.models import Letter, LetterKind
from clinic.portal_access.actions.unlink import unlink_account
from clinic.portal_access.models import PortalLink
from clinic.records.actions.relationships import update_relationship
from clinic.values.callers import PatientCaller, Permission
from clinic.values.errors import InvalidInput, NotFound, NotPermitted
from clinic.values.problems import Problem
from clinic.work.idempotency import IdempotencyKey
from clinic.work.models import AuditEvent
from tests.clinic.documents.family import (
    Family,
    deliver,
    document_about,
    letters,
    now_completed,
    now_signed,
    signed_in,
)
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.chains import verify_chain
from tests.factories.contents import nothing_changes
from tests.factories.documents import put_document

CountStatements = Callable[[], AbstractContextManager[list[str]]]


async def sees(family: Family, caller: PatientCaller, document: Document) -> bool:
    return await document_of_patient(caller, document.id, family.practice.services.clock.now()) is not None


async def readers(family: Family, document: Document) -> set[str]:
    people = {"mia": family.mia_signed_in, "leo": family.leo_signed_in, "hugo": family.hugo_signed_in}
    return {name for name, caller in people.items() if await sees(family, caller, document)}


async def chosen(document: Document) -> set[object]:
    return set(await DocumentRecipient.filter(document_id=document.id).values_list("contact_id", flat=True))


async def test_new_document_is_seen_by_nobody(family: Family) -> None:
    assert await readers(family, await document_about(family, signers=[family.leo])) == set()


async def test_all_authorized_are_the_client_and_relatives_with_access(family: Family, clock: FixedClock) -> None:
    document = await document_about(family)

    answer = await share_document(family.desk, document.id, None, family.practice.services)

    stored = await Document.get(id=document.id)
    assert answer.sharing is stored.sharing is DocumentSharing.ALL_AUTHORIZED
    assert answer.shared_at == stored.shared_at == clock.now()
    assert await readers(family, document) == {"mia", "leo"}
    assert await letters() == [("leo@example.com", document.id), ("mia@example.com", document.id)]
    event = await AuditEvent.get(action="document.shared")
    assert (event.subject_kind, event.subject_id, event.actor_id) == (
        "Document",
        document.id,
        family.desk.staff_member_id,
    )
    assert event.details == '{"recipients": "", "sharing": "ALL_AUTHORIZED"}'


async def test_all_authorized_is_live(family: Family, clock: FixedClock) -> None:
    document, services, system = await document_about(family), family.practice.services, family.practice.system
    await share_document(family.desk, document.id, None, services)
    await update_relationship(system, family.hugos_tie.id, services, portal_access=True)
    assert await readers(family, document) == {"mia", "leo", "hugo"}
    await update_relationship(system, family.leos_tie.id, services, portal_access=False)
    assert await readers(family, document) == {"mia", "hugo"}
    today = clock.now().date()
    await update_relationship(system, family.hugos_tie.id, services, ends_on=today)
    assert await readers(family, document) == {"mia", "hugo"}
    clock.advance(timedelta(days=1))
    assert await readers(family, document) == {"mia"}


async def test_chosen_recipients_are_exactly_those(family: Family) -> None:
    document, services = await document_about(family), family.practice.services
    await share_document(family.desk, document.id, [family.leo.id, family.rosa.id, family.leo.id], services)
    assert await chosen(document) == {family.leo.id, family.rosa.id}
    assert await readers(family, document) == {"leo"}
    await update_relationship(family.practice.system, family.hugos_tie.id, services, portal_access=True)
    assert await readers(family, document) == {"leo"}
    # Rosa has no account yet; she gets a letter when she is invited, and sees it once she has registered.
    assert await letters() == [("leo@example.com", document.id)]
    assert await sees(family, await signed_in(family.practice, family.rosa), document)
    event = await AuditEvent.get(action="document.shared")
    ids = " ".join(sorted((str(family.leo.id), str(family.rosa.id))))
    assert event.details == f'{{"recipients": "{ids}", "sharing": "CHOSEN_RECIPIENTS"}}'


async def test_being_chosen_never_outlasts_portal_access(family: Family) -> None:
    document, services = await document_about(family), family.practice.services
    await share_document(family.desk, document.id, [family.leo.id], services)
    await update_relationship(family.practice.system, family.leos_tie.id, services, portal_access=False)
    assert await readers(family, document) == set()


async def test_unlinked_person_sees_nothing_at_once(family: Family) -> None:
    document, services = await document_about(family), family.practice.services
    await share_document(family.desk, document.id, None, services)
    await unlink_account(family.desk, family.leo.id, "Moved away", services)
    assert await readers(family, document) == {"mia"}
    assert await PortalLink.filter(contact_id=family.leo.id, unlinked_at=None).count() == 0


async def test_document_about_oneself_is_not_seen_by_ones_own_child(family: Family) -> None:
    of_leo = await document_about(family, family.leo)
    await share_document(family.desk, of_leo.id, None, family.practice.services)
    assert await readers(family, of_leo) == {"leo"}


@pytest.mark.parametrize("name", ["hugo", "stranger", "nobody", "abroad", "expired"])
async def test_only_the_client_and_relatives_with_access_may_be_chosen(
    family: Family, other_practice: Practice, clock: FixedClock, name: str
) -> None:
    document, services = await document_about(family), family.practice.services
    wanted = {
        "hugo": family.hugo.id,
        "stranger": (await family.practice.contact("Omar")).id,
        "nobody": uuid4(),
        "abroad": (await other_practice.contact("Ada")).id,
        "expired": family.leo.id,
    }
    yesterday = clock.now().date() - timedelta(days=2)
    await update_relationship(family.practice.system, family.leos_tie.id, services, ends_on=yesterday)
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await share_document(family.desk, document.id, [family.mia.id, wanted[name]], services)
    [problem] = refusal.value.problems
    assert (problem.path, problem.code) == ("recipientIds", Problem.NO_PORTAL_ACCESS)


async def test_nobody_is_no_choice(family: Family) -> None:
    document = await document_about(family)
    async with nothing_changes():
        with pytest.raises(InvalidInput) as refusal:
            await share_document(family.desk, document.id, [], family.practice.services)
    assert [problem.path for problem in refusal.value.problems] == ["recipientIds"]


async def test_widening_tells_only_those_who_see_it_now(family: Family, clock: FixedClock) -> None:
    document, services = await document_about(family), family.practice.services
    await share_document(family.desk, document.id, [family.leo.id], services)
    await deliver(family.practice)
    clock.advance(timedelta(days=1))

    await share_document(family.desk, document.id, None, services)

    assert await chosen(document) == set()
    assert await readers(family, document) == {"mia", "leo"}
    assert await letters() == [("leo@example.com", document.id), ("mia@example.com", document.id)]
    assert (await Document.get(id=document.id)).shared_at == clock.now()


async def test_narrowing_tells_nobody(family: Family) -> None:
    document, services = await document_about(family), family.practice.services
    await share_document(family.desk, document.id, None, services)
    await share_document(family.desk, document.id, [family.mia.id], services)
    assert await readers(family, document) == {"mia"}
    assert await Letter.all().count() == 2


async def test_choosing_others_keeps_when_the_first_were_chosen(family: Family, clock: FixedClock) -> None:
    document, services = await document_about(family), family.practice.services
    await share_document(family.desk, document.id, [family.leo.id, family.rosa.id], services)
    first = clock.now()
    clock.advance(timedelta(days=1))
    await share_document(family.desk, document.id, [family.leo.id, family.mia.id], services)
    added = {row.contact_id: row.added_at for row in await DocumentRecipient.filter(document_id=document.id)}
    assert added == {family.leo.id: first, family.mia.id: clock.now()}
    assert (await Document.get(id=document.id)).shared_at == first


async def test_same_sharing_again_changes_nothing(family: Family) -> None:
    document, services = await document_about(family), family.practice.services
    for recipients in (None, [family.leo.id, family.mia.id]):
        await share_document(family.desk, document.id, recipients, services)
        async with nothing_changes():
            again = recipients[::-1] if recipients else None
            await share_document(family.desk, document.id, again, services)


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize("way", ["all", "chosen"])
async def test_sharing_five_times_at_once_is_once(family: Family, keyed: bool, way: str) -> None:
    document, services = await document_about(family, signers=[family.leo]), family.practice.services
    recipients = None if way == "all" else [family.leo.id]
    request_key = IdempotencyKey("shareDocument", "key-1", "body") if keyed else None
    shared = [share_document(family.desk, document.id, recipients, services, request_key=request_key) for _ in range(5)]
    answers = await asyncio.gather(*shared)
    assert {answer.sharing for answer in answers} == {answers[0].sharing}
    assert await AuditEvent.filter(action="document.shared").count() == 1
    assert await Letter.all().count() == (2 if way == "all" else 1)
    assert await DocumentRecipient.all().count() == (0 if way == "all" else 1)


async def test_who_is_asked_to_sign_is_reminded_from_the_sharing_on(family: Family, clock: FixedClock) -> None:
    document = await document_about(family, signers=[family.leo, family.mia])
    clock.advance(timedelta(days=5))
    await share_document(family.desk, document.id, None, family.practice.services)
    places = await Signature.filter(document_id=document.id)
    assert {(place.remind_at, place.reminders) for place in places} == {(clock.now() + FIRST_REMINDER, 0)}


async def test_in_a_sequence_only_the_first_is_reminded(family: Family, clock: FixedClock) -> None:
    document = await document_about(family, signers=[family.leo, family.mia], in_sequence=True)
    await share_document(family.desk, document.id, None, family.practice.services)
    places = await Signature.filter(document_id=document.id).order_by("position")
    assert [place.remind_at for place in places] == [clock.now() + FIRST_REMINDER, None]


async def test_unsharing_is_seen_by_nobody_at_once(family: Family) -> None:
    document, services = await document_about(family, signers=[family.leo]), family.practice.services
    await share_document(family.desk, document.id, [family.leo.id], services)

    answer = await unshare_document(family.desk, document.id, services)

    stored = await Document.get(id=document.id)
    assert answer.sharing is stored.sharing is DocumentSharing.NOT_SHARED
    assert (stored.shared_at, await chosen(document), await readers(family, document)) == (None, set(), set())
    assert (await Signature.get(document_id=document.id)).remind_at is None
    event = await AuditEvent.get(action="document.unshared")
    assert event.subject_id == document.id
    async with nothing_changes():
        await unshare_document(family.desk, document.id, services)


async def test_unsharing_five_times_at_once_is_once(family: Family) -> None:
    document, services = await document_about(family), family.practice.services
    await share_document(family.desk, document.id, None, services)
    await asyncio.gather(*(unshare_document(family.desk, document.id, services) for _ in range(5)))
    assert await AuditEvent.filter(action="document.unshared").count() == 1


async def test_what_was_signed_stays_signed_when_unshared(family: Family) -> None:
    document, services = await document_about(family, signers=[family.leo, family.mia]), family.practice.services
    await share_document(family.desk, document.id, None, services)
    await now_signed(document, family.leo)
    await unshare_document(family.desk, document.id, services)
    assert (await Signature.get(document_id=document.id, signer_id=family.leo.id)).signed_at is not None
    await share_document(family.desk, document.id, None, services)
    awaited = await Signature.filter(document_id=document.id, remind_at__not_isnull=True)
    assert [place.signer_id for place in awaited] == [family.mia.id]


@pytest.mark.parametrize("state", ["WITHDRAWN", "SUPERSEDED"])
async def test_what_was_taken_back_or_replaced_is_not_shared(family: Family, state: str) -> None:
    document, services = await document_about(family), family.practice.services
    if state == "WITHDRAWN":
        await withdraw_document(family.desk, document.id, "A mistake", services)
    else:
        await document_about(family, title="Corrected", supersedes=document)
    for recipients in (None, [family.mia.id]):
        async with nothing_changes():
            with pytest.raises(DocumentClosed) as refusal:
                await share_document(family.desk, document.id, recipients, services)
        assert refusal.value.reason == state


async def test_completed_document_may_be_shown_to_more_people(family: Family) -> None:
    document, services = await document_about(family, signers=[family.leo]), family.practice.services
    await share_document(family.desk, document.id, [family.leo.id], services)
    await now_signed(document, family.leo)
    await now_completed(document)
    await share_document(family.desk, document.id, None, services)
    assert await readers(family, document) == {"mia", "leo"}
    assert await Signature.filter(remind_at__not_isnull=True).count() == 0


async def test_without_web_portal_or_abroad_nothing_is_shared(family: Family, other_practice: Practice) -> None:
    services = family.practice.services
    document = await document_about(family)
    clerk = await family.practice.staff(*(set(Permission) - {Permission.WEB_PORTAL}))
    abroad = await other_practice.staff(Permission.WEB_PORTAL)
    async with nothing_changes():
        with pytest.raises(NotPermitted):
            await share_document(clerk, document.id, None, services)
        with pytest.raises(NotPermitted):
            await unshare_document(clerk, document.id, services)
        with pytest.raises(NotPermitted):
            await share_all_documents(clerk, family.mia.id, services)
        for caller, document_id in ((abroad, document.id), (family.desk, uuid4()), (family.desk, None)):
            with pytest.raises(NotFound):
                await share_document(caller, document_id, None, services)
            with pytest.raises(NotFound):
                await unshare_document(caller, document_id, services)
        for caller, contact_id in ((abroad, family.mia.id), (family.desk, uuid4()), (family.desk, None)):
            with pytest.raises(NotFound):
                await share_all_documents(caller, contact_id, services)


async def test_all_documents_are_shared_with_the_client_and_only_the_client(family: Family) -> None:
    services = family.practice.services
    unseen = [await document_about(family, title=f"Unseen {number}") for number in range(3)]
    to_sign = await document_about(family, title="To sign", signers=[family.mia, family.leo])
    with_leo = await document_about(family, title="With Leo")
    await share_document(family.desk, with_leo.id, [family.leo.id], services)
    withdrawn = await document_about(family, title="Withdrawn")
    await withdraw_document(family.desk, withdrawn.id, "A mistake", services)
    replaced = await document_about(family, title="Replaced")
    corrected = await document_about(family, title="Corrected", supersedes=replaced)
    of_leo = await document_about(family, family.leo, title="Another's")

    count = await share_all_documents(family.desk, family.mia.id, services)

    assert count == 5
    for document in (*unseen, to_sign, corrected):
        assert await chosen(document) == {family.mia.id}
        assert await readers(family, document) == {"mia"}
    assert await readers(family, with_leo) == {"leo"}
    for document in (withdrawn, replaced, of_leo):
        assert (await Document.get(id=document.id)).sharing is DocumentSharing.NOT_SHARED
    reminded = await Signature.filter(remind_at__not_isnull=True)
    assert {place.signer_id for place in reminded} == {family.mia.id, family.leo.id}
    assert await letters() == [("leo@example.com", with_leo.id), ("mia@example.com", None)]
    assert await AuditEvent.filter(action="document.shared").count() == 6
    async with nothing_changes():
        assert await share_all_documents(family.desk, family.mia.id, services) == 0


async def test_sharing_all_costs_one_statement_for_each_document_and_a_few_for_all(
    family: Family, count_statements: CountStatements
) -> None:
    costs = []
    # The first two make the letter that the others find waiting.
    for number in (1, 1, 5, 15):
        for _ in range(number):
            await put_document(family.practice, family.mia, signers=[family.mia])
        with count_statements() as sent:
            assert await share_all_documents(family.desk, family.mia.id, family.practice.services) == number
        costs.append(len(sent))
    # The audit's event: whoever writes at the same moment waits for all of them.
    assert costs[3] - costs[2] == 10
    assert (await verify_chain(family.practice.organization.id)).broken is None
    assert await Signature.filter(remind_at__not_isnull=True).count() == 22


async def test_sharing_all_five_times_at_once_is_once(family: Family) -> None:
    services = family.practice.services
    for number in range(4):
        await document_about(family, title=f"Unseen {number}")
    request_key = IdempotencyKey("shareAllDocuments", "key-1", "body")
    counts = await asyncio.gather(
        *(share_all_documents(family.desk, family.mia.id, services, request_key=request_key) for _ in range(5))
    )
    assert counts == [4] * 5
    assert await DocumentRecipient.all().count() == 4
    assert await Letter.filter(kind=LetterKind.DOCUMENT_AWAITS).count() == 1
    assert (
        sorted(await asyncio.gather(*(share_all_documents(family.desk, family.mia.id, services) for _ in range(3))))
        == [0] * 3
    )
