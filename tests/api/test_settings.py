"""Settings over the API: a picture is sent, used and shown; facilities are archived and listed again."""

from typing import Any

import pytest

from api.server.relay import encode_id
from clinic.organizations.models import LogoUpload, OrganizationLogo
from clinic.values.callers import Permission
from clinic.values.limits import MOST_LOGO_BYTES
from dev.demo.logos import willow_logo
from tests.api.client import Client
from tests.factories import Practice

FIELDS = """name address phone website supportEmail colour logoUrl discreetName timeZone languages staffIdleMinutes
  allowedOrigins paperSize"""


@pytest.fixture
async def manager(practice: Practice, stranger: Client) -> Client:
    _, session = await practice.signed_in(Permission.MANAGE_ORGANIZATION, reads_contacts=False)
    return stranger.holding(session.access_token)


async def send(client: Client, body: bytes, kind: str = "image/png") -> tuple[int, dict[str, Any]]:
    headers = {"Content-Type": kind, "Authorization": f"Bearer {client.token}"}
    answer = await client.http.post("/uploads", content=body, headers=headers)
    return answer.status_code, answer.json()


async def test_every_setting_is_written_and_read(manager: Client) -> None:
    given = {
        "name": "Willow & Creek",
        "address": "1 Shore Road\nBoise",
        "phone": "1",
        "website": "https://willow.example",
        "supportEmail": "desk@willow.example",
        "colour": "#ffee00",
        "discreetName": "Your portal",
        "timeZone": "Asia/Tokyo",
        "languages": ["es", "en"],
        "staffIdleMinutes": 20,
        "allowedOrigins": ["https://ehr.example.org"],
        "paperSize": "A4",
    }
    answer = await manager.mutate("updateOrganization", given, f"organization {{ {FIELDS} }}")
    assert answer["organization"] == {**given, "logoUrl": None}
    assert (await manager.run(f"{{ organization {{ {FIELDS} }} }}"))["organization"] == {**given, "logoUrl": None}
    kept = await manager.mutate("updateOrganization", {"name": None, "phone": ""}, "organization { name phone }")
    assert kept["organization"] == {"name": "Willow & Creek", "phone": ""}


async def test_picture_is_sent_and_becomes_the_logo(manager: Client, practice: Practice) -> None:
    status, sent = await send(manager, willow_logo())
    assert status == 201
    given = {"logoUploadId": sent["uploadId"]}
    answer = await manager.mutate("updateOrganization", given, "organization { logoUrl }")
    address = f"{practice.services.addresses.portal_url}/willow-creek/logo.png?v={sent['sha256']}"
    assert answer["organization"] == {"logoUrl": address}
    gone = await manager.mutate("updateOrganization", {"logoUploadId": None}, "organization { logoUrl }")
    assert gone["organization"] == {"logoUrl": None}
    assert await OrganizationLogo.all().count() == 0


async def test_picture_that_can_not_be_used_is_refused_with_the_remedy(manager: Client) -> None:
    status, answer = await send(manager, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml")
    error = answer["error"]
    assert (status, error["code"]) == (422, "SVG")
    assert "PNG" in error["message"]
    status, answer = await send(manager, b"x" * (MOST_LOGO_BYTES + 1))
    assert (status, answer["error"]["code"]) == (413, "TOO_LARGE")
    assert await LogoUpload.all().count() == 0


async def test_picture_needs_the_permission_for_settings(practice: Practice, stranger: Client) -> None:
    others = [one for one in Permission if one is not Permission.MANAGE_ORGANIZATION]
    _, session = await practice.signed_in(*others)
    status, _ = await send(stranger.holding(session.access_token), willow_logo())
    assert status == 403
    assert await LogoUpload.all().count() == 0


async def test_picture_is_no_document(manager: Client, staff: Client, practice: Practice) -> None:
    _, sent = await send(manager, willow_logo())
    contact = await practice.contact()
    given = {"contactId": encode_id("Contact", contact.id), "title": "Logo", "uploadId": sent["uploadId"]}
    answer = await staff.mutate("createDocument", given)
    assert (answer["__typename"], answer["path"]) == ("NotFound", "uploadId")


async def test_facility_is_kept_and_listed_on_request(manager: Client) -> None:
    given = {"name": "Tokyo", "address": "1 Shibuya", "phone": "2", "timeZone": "Asia/Tokyo"}
    whole = "facility { id name address phone timeZone archivedAt }"
    made = (await manager.mutate("createFacility", given, whole))["facility"]
    assert made == {"id": made["id"], **given, "archivedAt": None}
    changed = await manager.mutate("updateFacility", {"facilityId": made["id"], "timeZone": None}, whole)
    assert changed["facility"] == {**made, "timeZone": None}

    archived = await manager.mutate("archiveFacility", {"facilityId": made["id"]}, whole)
    assert archived["facility"]["archivedAt"] is not None
    lists = "{ organization { facilities { name } all: facilities(includeArchived: true) { name } } }"
    assert (await manager.run(lists))["organization"] == {"facilities": [], "all": [{"name": "Tokyo"}]}
    restored = await manager.mutate("restoreFacility", {"facilityId": made["id"]}, whole)
    assert restored["facility"]["archivedAt"] is None


async def test_episodes_facility_has_its_address(staff: Client, practice: Practice) -> None:
    """A row of a list has only the name; the rest is read once for all of them."""
    contact = await practice.contact()
    place = await staff.mutate("createFacility", {"name": "Lake", "phone": "3"}, "facility { id }")
    given = {"contactId": encode_id("Contact", contact.id), "facilityId": place["facility"]["id"]}
    made = await staff.mutate("createEpisode", given, "episode { facility { name phone address archivedAt } }")
    assert made["episode"]["facility"] == {"name": "Lake", "phone": "3", "address": "", "archivedAt": None}
