"""A page of documents is found by an index in reading order, and costs no more where there are thousands."""

from datetime import timedelta

from tortoise.connection import get_connection

from clinic.database.rows import on_postgres
from clinic.documents.models import Document, DocumentRecipient, DocumentSharing, SignatureState
from clinic.documents.queries import count_for, documents_of_contacts, shelves_of, sort_key
from clinic.documents.reader_lists import documents_by_contact, documents_for, documents_of_accounts
from clinic.documents.visibility import Reader
from clinic.values.paging import PageRequest
from tests.clinic.records.test_plans import statements
from tests.factories import Practice
from tests.factories.documents import author_of, columns

MANY = 3_000
INDEX = "document_in_reading_order"


async def fill(practice: Practice) -> Reader:
    """Somebody with thousands of documents, every second one by name, made in one minute each."""
    now, author, here = practice.services.clock.now(), await author_of(practice), practice.organization.id
    contact = await practice.contact()
    documents = [
        Document(
            **columns(practice, contact.id, author, f"Number {number}", now - timedelta(minutes=number)),
            sha256="0" * 64,
            byte_count=1,
            sharing=DocumentSharing.CHOSEN_RECIPIENTS if number % 2 else DocumentSharing.ALL_AUTHORIZED,
            shared_at=now - timedelta(minutes=number),
            signature_state=SignatureState.NOT_REQUIRED,
        )
        for number in range(MANY)
    ]
    await Document.bulk_create(documents, batch_size=500)
    await DocumentRecipient.bulk_create(
        [
            DocumentRecipient(organization_id=here, document_id=document.id, contact_id=contact.id, added_at=now)
            for document in documents[1::2]
        ],
        batch_size=500,
    )
    await get_connection("default").execute_script("ANALYZE")
    return Reader(here, contact.id, now.date())


async def plan_of(statement: str, values: list[object]) -> str:
    explain = "EXPLAIN" if on_postgres() else "EXPLAIN QUERY PLAN"
    _, rows = await get_connection("default").execute_query(f"{explain} {statement}", values)
    return "\n".join(str(row[len(row) - 1]) for row in rows)


async def test_pages_of_thousands_follow_one_another_without_gap_or_repetition(practice: Practice) -> None:
    reader = await fill(practice)
    titles: list[str] = []
    request = PageRequest(limit=100)
    more = True
    while more:
        page = await documents_for(reader, request)
        titles += [row.title for row in page.rows]
        more, request = page.has_next, PageRequest(limit=100, after=sort_key(page.rows[-1]))
    assert titles == [f"Number {number}" for number in range(MANY)]
    assert await count_for(reader) == MANY
    [shelf] = await shelves_of(reader)
    assert (shelf.documents, shelf.awaiting) == (MANY, 0)
    backwards = await documents_for(reader, PageRequest(limit=3, backwards=True))
    assert [row.title for row in backwards.rows] == [f"Number {MANY - number}" for number in (3, 2, 1)]
    staff = await practice.staff()
    newest = (await documents_of_contacts(staff, [reader.contact_id], PageRequest(limit=2)))[reader.contact_id]
    assert [row.title for row in newest.rows] == ["Number 0", "Number 1"]
    nobody = await documents_of_accounts(staff, [reader.contact_id], PageRequest(), practice.services.clock.now())
    assert nobody[reader.contact_id].rows == ()


async def test_every_page_is_found_in_reading_order(practice: Practice) -> None:
    reader = await fill(practice)
    middle = (await documents_for(reader, PageRequest(limit=100))).rows[-1]
    with statements() as sent:
        await documents_for(reader, PageRequest())
        await documents_for(reader, PageRequest(after=sort_key(middle)))
        await documents_for(reader, PageRequest(before=sort_key(middle), backwards=True))
        await documents_for(reader, PageRequest(), of_contact=reader.contact_id)
        await documents_by_contact(reader, [reader.contact_id], PageRequest())
    plans = [await plan_of(statement, values) for statement, values in sent]
    assert len(plans) == 5
    for plan in plans:
        assert INDEX in plan
        assert "Seq Scan on document d" not in plan
        assert "SCAN d" not in plan
