"""Signed documents whose time is over: listed in order of their last signature, and erased over the API."""

from datetime import timedelta
from typing import Any

import pytest
from tortoise.connection import get_connection

from api.server.relay import encode_id
from clinic.charts.erasable import count_erasable, erasable_key, erasable_page
from clinic.documents.files import document_key
from clinic.documents.models import Document, SignatureState
from clinic.sessions.models import StaffSession
from clinic.values.paging import PageRequest
from clinic.values.seal_report import Verdict
from clinic.work.fresh_sign_in import FRESH_FOR
from tests.api.client import Client
from tests.clinic.documents.aged import AGO, keep_for, signed_long_ago
from tests.clinic.documents.test_list_plans import plan_of
from tests.clinic.records.test_plans import statements
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.factories.documents import author_of, columns

LIST = (
    "{ erasableDocuments(first: 10) { totalCount nodes { keptUntil lastSignedAt document { id title contact "
    "{ displayName } } } } }"
)
MANY = 3_000
REASON = "Its time is over."


async def erase(staff: Client, document: Document, reason: str = REASON) -> dict[str, Any]:
    given = {"documentId": encode_id("Document", document.id), "reason": reason}
    answer: dict[str, Any] = await staff.mutate("eraseDocument", given, "documentId")
    return answer


async def test_due_document_is_listed_erased_and_then_unknown(
    practice: Practice, other_practice: Practice, mailbox: Mailbox, clock: FixedClock, staff: Client
) -> None:
    _, document = await signed_long_ago(practice, mailbox, clock)
    assert (await staff.run(LIST))["erasableDocuments"] == {"totalCount": 0, "nodes": []}
    kept = await erase(staff, document)
    assert (kept["__typename"], kept["reason"], kept["until"]) == ("MustBeKept", "SIGNED_DOCUMENTS", None)
    await keep_for(practice, 9)
    signed_on = (clock.now() - AGO).date()
    kept = await erase(staff, document)
    assert kept["until"] == signed_on.replace(year=signed_on.year + 9).isoformat()
    assert kept["message"].endswith(f"They may be erased from {kept['until']} on.")
    await keep_for(practice, 8)
    await keep_for(other_practice, 8)
    listed = (await staff.run(LIST))["erasableDocuments"]
    [node] = listed["nodes"]
    assert (listed["totalCount"], node["keptUntil"]) == (1, signed_on.replace(year=signed_on.year + 8).isoformat())
    assert node["document"] == {
        "id": encode_id("Document", document.id),
        "title": "Consent",
        "contact": {"displayName": "Omar Reyes"},
    }
    copy = await practice.services.files.get(document_key(practice.organization.id, document.completed_sha256))
    assert (await erase(staff, document))["documentId"] == encode_id("Document", document.id)
    # A person's own copy is judged by its seal, and still tells who signed.
    report = await practice.services.sealer.verify(copy)
    assert (report.verdict, "Omar Reyes" in report.evidence) == (Verdict.AUTHENTIC, True)
    assert (await staff.run(LIST))["erasableDocuments"] == {"totalCount": 0, "nodes": []}
    assert (await erase(staff, document))["__typename"] == "NotFound"


async def test_session_that_is_not_fresh_erases_nothing_and_shortens_no_rule(
    practice: Practice, mailbox: Mailbox, clock: FixedClock, staff: Client
) -> None:
    _, document = await signed_long_ago(practice, mailbox, clock)
    await keep_for(practice, 8)
    await StaffSession.all().update(created_at=clock.now() - FRESH_FOR)
    await staff.run("{ organization { id } }")  # the first request of a minute notes that somebody is there
    async with nothing_changes():
        assert (await erase(staff, document))["__typename"] == "FreshSignInNeeded"
        shorter = await staff.mutate("updateOrganization", {"signedRetentionYears": 7}, "organization { id }")
        assert shorter["__typename"] == "FreshSignInNeeded"
        wrong = await staff.mutate("updateOrganization", {"signedRetentionYears": 101}, "organization { id }")
        assert [field["path"] for field in wrong["fields"]] == ["signedRetentionYears"]
    longer = await staff.mutate(
        "updateOrganization", {"signedRetentionYears": None}, "organization { signedRetentionYears }"
    )
    assert longer["organization"] == {"signedRetentionYears": None}


@pytest.fixture
async def thousands(practice: Practice, clock: FixedClock) -> None:
    """Documents signed a day apart, every tenth of them about a child, and one that somebody can still sign."""
    author, now = await author_of(practice), clock.now()
    adult = await practice.contact()
    child = await practice.contact("Mia", emails=(), date_of_birth=(now - timedelta(days=3650)).date())
    states = [SignatureState.COMPLETED, SignatureState.DECLINED]
    rows = []
    for number in range(MANY):
        signed_at = now - timedelta(days=MANY - number)
        who = child if number % 10 == 0 else adult
        state = SignatureState.WAITING if number == 1 else states[1]
        rows.append(
            Document(
                **columns(practice, who.id, author, f"Number {number}", signed_at),
                sha256="0" * 64,
                byte_count=1,
                signature_state=state,
                last_signed_at=signed_at,
            )
        )
    await Document.bulk_create(rows, batch_size=500)
    await get_connection("default").execute_script("ANALYZE")


@pytest.mark.usefixtures("thousands")
async def test_pages_of_thousands_follow_one_another_by_an_index(practice: Practice, clock: FixedClock) -> None:
    await keep_for(practice, 4)
    caller, now = practice.system, clock.now()
    titles: list[str] = []
    request, more = PageRequest(limit=500), True
    with statements() as sent:
        while more:
            page = await erasable_page(caller, request, now)
            titles += [row.document.title for row in page.rows]
            more, request = page.has_next, PageRequest(limit=500, after=erasable_key(page.rows[-1]))
    due = [number for number in range(2, MANY - 4 * 365) if number % 10]
    assert titles == [f"Number {number}" for number in due]
    assert await count_erasable(caller, now) == len(due)
    lists = [(sql, values) for sql, values in sent if "last_signed_at <" in sql]
    assert len(lists) == 3
    for sql, values in lists:
        assert "document_by_last_signature" in await plan_of(sql, values)
    back = await erasable_page(caller, PageRequest(limit=2, backwards=True), now)
    assert [row.document.title for row in back.rows] == [f"Number {number}" for number in (due[-2], due[-1])]
