"""The printed instructions: whose address of the PDF works, for whom, how long, and what the sheet leads to."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pypdfium2
import pytest
import zxingcpp

from api.server.relay import encode_id
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission
from tests.api.client import Client
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import rows_of

FILES = "https://api.vestibule.example/files/"


@pytest.fixture
async def contact(practice: Practice) -> str:
    return encode_id("Contact", (await practice.contact()).id)


async def printed(client: Client, contact: str, **more: Any) -> str:
    answer = await client.mutate(
        "printPortalInstructions", {"contactId": contact, **more}, "url contact { id displayName }"
    )
    assert answer == {
        "__typename": "PrintPortalInstructionsSuccess",
        "url": answer["url"],
        "contact": {"id": contact, "displayName": "Omar Reyes"},
    }
    assert re.fullmatch(re.escape(FILES) + "[A-Za-z0-9_-]{43}", answer["url"])
    return str(answer["url"])


async def opened(client: Client, url: str) -> httpx2.Response:
    """As a browser opens it: without the bearer token."""
    return await client.http.get(url)


async def test_sheet_is_a_pdf_whose_code_leads_to_the_portal(staff: Client, contact: str) -> None:
    pin = (await staff.run("query Q($id: ID!) { contact(id: $id) { portalPin } }", id=contact))["contact"]["portalPin"]
    response = await opened(staff, await printed(staff, contact))
    assert response.status_code == 200
    document = pypdfium2.PdfDocument(response.content)
    try:
        assert len(document) == 1
        # The practice is in Boise, where Letter is usual.
        assert document[0].get_size() == (612, 792)
        words = document[0].get_textpage().get_text_bounded()
        [code] = zxingcpp.read_barcodes(document[0].render(scale=3).to_pil())
    finally:
        document.close()
    assert code.text == "https://portal.vestibule.example/willow-creek/"
    for wanted in ("Willow Creek Counseling", "Omar Reyes", pin, "+1 (208) 555-0134"):
        assert wanted in words


async def test_sheet_is_shown_and_never_stored_framed_or_sniffed(staff: Client, contact: str) -> None:
    response = await opened(staff, await printed(staff, contact))
    headers = {name: response.headers[name] for name in sorted(response.headers) if name != "x-request-id"}
    assert headers == {
        "cache-control": "no-store",
        "content-disposition": 'inline; filename="portal-instructions.pdf"',
        "content-length": str(len(response.content)),
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "content-type": "application/pdf",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }


async def test_address_works_ten_minutes(staff: Client, contact: str, clock: FixedClock) -> None:
    url = await printed(staff, contact)
    clock.advance(timedelta(minutes=10) - timedelta(seconds=1))
    assert (await opened(staff, url)).status_code == 200
    clock.advance(timedelta(seconds=1))
    gone, never = await opened(staff, url), await opened(staff, FILES + "made-up")
    assert (gone.status_code, gone.content) == (never.status_code, never.content)
    assert gone.status_code == 404


@pytest.mark.parametrize("loss", [{"permissions": "MANAGE_CONTACTS"}, {"disabled_at": "now"}], ids=str)
async def test_address_ends_with_the_right_of_who_printed(
    loss: dict[str, Any], practice: Practice, stranger: Client, contact: str
) -> None:
    caller, session = await practice.signed_in(Permission.WEB_PORTAL)
    url = await printed(stranger.holding(session.access_token), contact)
    assert (await opened(stranger, url)).status_code == 200
    changes = {name: practice.services.clock.now() if value == "now" else value for name, value in loss.items()}
    await StaffMember.filter(id=caller.staff_member_id).update(**changes)
    assert (await opened(stranger, url)).status_code == 404


async def test_every_print_has_its_own_address_and_audit_event(staff: Client, contact: str) -> None:
    assert await printed(staff, contact) != await printed(staff, contact)
    events = [row for row in await rows_of("audit_event") if row["action"] == "portal_instructions.printed"]
    assert len(events) == len(await rows_of("printed_sheet")) == 2
    assert {encode_id("Contact", UUID(str(event["subject_id"]))) for event in events} == {contact}


async def test_only_reading_is_possible_and_only_whole_addresses(staff: Client, contact: str) -> None:
    url = await printed(staff, contact)
    assert (await staff.http.post(url)).status_code == 405
    for other in (url[:-1], f"{url}A", f"{url}/", FILES, f"{FILES}%00", f"{FILES}{'x' * 5_000}"):
        assert (await opened(staff, other)).status_code == 404, other
