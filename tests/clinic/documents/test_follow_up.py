"""The documents that the desk must follow up: each in one list for its reason, the longest waiting first."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise.connection import get_connection

from clinic.charts.follow_up import DocumentFollowUp, count_to_follow_up, follow_up_key, follow_up_page
from clinic.database.rows import on_postgres
from clinic.documents.models import Document, DocumentSharing, Signature, SignatureState
from clinic.records.models import Contact, ContactKind
from clinic.values.callers import Permission, StaffCaller
from clinic.values.errors import NotPermitted
from clinic.values.paging import PageRequest
from tests.clinic.documents.test_list_plans import plan_of
from tests.clinic.records.test_plans import statements
from tests.factories import Practice
from tests.factories.documents import author_of, columns, put_document

SHARED = DocumentSharing.ALL_AUTHORIZED
EACH = 2_667


async def listed(caller: StaffCaller) -> dict[str, list[str]]:
    """The titles in each list; each list is as long as its count says."""
    found = {}
    for why in DocumentFollowUp:
        rows = (await follow_up_page(caller, why, PageRequest())).rows
        assert await count_to_follow_up(caller, why) == len(rows)
        found[why.value] = [row.title for row in rows]
    return found


async def test_each_open_document_is_in_one_list_and_a_finished_one_in_none(
    practice: Practice, other_practice: Practice
) -> None:
    omar, rosa = await practice.contact(), await practice.contact("Rosa", emails=())
    now = practice.services.clock.now()
    await put_document(practice, omar, "Asked", sharing=SHARED, signers=[omar], minutes_ago=10)
    await put_document(practice, omar, "Asked first", sharing=SHARED, signers=[rosa], minutes_ago=90)
    one_signed = await put_document(practice, omar, "One of two", sharing=SHARED, signers=[omar, rosa], minutes_ago=50)
    await Signature.filter(document_id=one_signed.id, signer_id=omar.id).update(signed_at=now)
    await put_document(practice, omar, "Not sent", signers=[omar], minutes_ago=5)
    await put_document(practice, omar, "Not sent for long", signers=[omar], minutes_ago=500)
    first = await put_document(practice, omar, "Declined", sharing=SHARED, signers=[omar])
    await put_document(practice, omar, "Nobody signs it", sharing=SHARED)
    ended: dict[str, dict[str, Any]] = {
        "All signed": {"last_signed_at": now},
        "Completed": {"signature_state": SignatureState.COMPLETED, "completed_at": now, "completed_sha256": "0" * 64},
        "Withdrawn": {"withdrawn_at": now},
        "Declined and withdrawn": {"signature_state": SignatureState.DECLINED, "withdrawn_at": now},
        "Declined and replaced": {"signature_state": SignatureState.DECLINED, "superseded_by_id": first.id},
        "Replaced": {"superseded_by_id": first.id},
    }
    for title, changes in ended.items():
        document = await put_document(practice, omar, title, sharing=SHARED, signers=[omar])
        await Document.filter(id=document.id).update(**changes)
        if title == "All signed":
            await Signature.filter(document_id=document.id).update(signed_at=now)
    await Document.filter(id=first.id).update(signature_state=SignatureState.DECLINED)
    theirs = await other_practice.contact()
    await put_document(other_practice, theirs, "Theirs", sharing=SHARED, signers=[theirs])

    assert await listed(await practice.staff(Permission.VIEW_CONTACTS)) == {
        "WAITING": ["Asked first", "One of two", "Asked"],
        "DECLINED": ["Declined"],
        "NOT_SENT": ["Not sent for long", "Not sent"],
    }


async def test_an_archived_record_asks_for_nothing(practice: Practice) -> None:
    omar = await practice.contact()
    for title, sharing in (("Asked", SHARED), ("Not sent", DocumentSharing.NOT_SHARED)):
        await put_document(practice, omar, title, sharing=sharing, signers=[omar])
    caller = await practice.staff(Permission.VIEW_CONTACTS)
    assert await listed(caller) == {"WAITING": ["Asked"], "DECLINED": [], "NOT_SENT": ["Not sent"]}
    await Contact.filter(id=omar.id).update(archived_at=practice.services.clock.now())
    assert await listed(caller) == {"WAITING": [], "DECLINED": [], "NOT_SENT": []}


async def test_who_may_not_view_contacts_reads_neither_list_nor_number(practice: Practice) -> None:
    caller, _ = await practice.signed_in(*set(Permission) - {Permission.VIEW_CONTACTS}, reads_contacts=False)
    with pytest.raises(NotPermitted) as refused:
        await follow_up_page(caller, DocumentFollowUp.WAITING, PageRequest())
    assert refused.value.permission == "VIEW_CONTACTS"
    with pytest.raises(NotPermitted):
        await count_to_follow_up(caller, DocumentFollowUp.WAITING)


async def fill(practice: Practice, each: int) -> None:
    """So many documents for each reason, made a minute apart, each with a signature, and one contact for three."""
    now, author, here = practice.services.clock.now(), await author_of(practice), practice.organization.id
    contacts = [_contact(practice, number) for number in range(each)]
    await Contact.bulk_create(contacts, batch_size=500)
    await _learn_sizes()
    documents = [
        Document(
            **columns(practice, contacts[number // 3].id, author, f"Number {number}", now - timedelta(minutes=number)),
            sha256="0" * 64,
            byte_count=1,
            sharing=DocumentSharing.NOT_SHARED if number % 3 == 2 else SHARED,
            shared_at=None if number % 3 == 2 else now - timedelta(minutes=number),
            signature_state=SignatureState.DECLINED if number % 3 == 1 else SignatureState.WAITING,
        )
        for number in range(3 * each)
    ]
    await Document.bulk_create(documents, batch_size=500)
    await _learn_sizes()
    signatures = [
        Signature(organization_id=here, document_id=one.id, signer_id=one.contact_id, position=1) for one in documents
    ]
    await Signature.bulk_create(signatures, batch_size=500)


async def _learn_sizes() -> None:
    """What refers to these rows is checked by a plan that was made when there were few, and would read all of them."""
    if on_postgres():
        await get_connection("default").execute_script("ANALYZE contact, document")


def _contact(practice: Practice, number: int) -> Contact:
    now = practice.services.clock.now()
    return Contact(
        id=uuid4(),
        organization_id=practice.organization.id,
        kind=ContactKind.CLIENT,
        given_name=f"P{number}",
        family_name="Crowd",
        given_key=f"p{number}",
        family_key="crowd",
        sort_key=f"crowd\tp{number}",
        pin_encrypted="0",
        pin_hash=f"{number:064}",
        created_at=now,
        updated_at=now,
    )


async def test_lists_are_read_by_index_beside_8000_documents_of_another_practice(
    practice: Practice, other_practice: Practice
) -> None:
    await fill(practice, 7)
    await fill(other_practice, EACH)
    # SQLite plans without statistics where nobody has gathered them.
    if on_postgres():
        await get_connection("default").execute_script("ANALYZE")
    caller = await practice.staff(Permission.VIEW_CONTACTS)
    with statements() as sent:
        for place, why in enumerate(DocumentFollowUp):
            titles, seen, request = [], set[UUID](), PageRequest(limit=3)
            for size in (3, 3, 1):
                page = await follow_up_page(caller, why, request)
                assert (len(page.rows), page.has_next) == (size, size == 3)
                titles += [row.title for row in page.rows]
                seen |= {row.id for row in page.rows}
                request = PageRequest(limit=3, after=follow_up_key(page.rows[-1]))
            assert titles == [f"Number {3 * number + place}" for number in range(6, -1, -1)]
            last = await follow_up_page(caller, why, PageRequest(limit=2, backwards=True))
            assert [row.title for row in last.rows] == [f"Number {3 + place}", f"Number {place}"]
            assert (await count_to_follow_up(caller, why), len(seen)) == (7, 7)
    assert len(sent) == 15
    by_index = "Index Cond: ((organization_id = " if on_postgres() else "document_to_follow_up (organization_id=? AND "
    for statement, values in sent:
        plan = await plan_of(statement, values)
        assert by_index in plan, plan
        assert "document_to_follow_up" in plan, plan
        # The index is in the order of the list: only the rows of the page are sorted, once they are read.
        assert plan.count("Sort Key") + plan.count("TEMP B-TREE") <= 1, plan
        for whole in ("Seq Scan", "Hash Join", "SCAN d", "SCAN c", "SCAN s", "SCAN document"):
            assert whole not in plan, plan
