"""A key answers its own caller and nobody else, and only as long as they may still ask."""

from clinic.records.models import Contact
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission
from tests.api.client import Client
from tests.factories import EVERY_PERMISSION, Practice

ANA = {"givenName": "Ana", "familyName": "Santos", "idempotencyKey": "k-1"}
MADE = "contact { id displayName }"


async def test_key_of_another_caller_makes_another_record(
    practice: Practice, other_practice: Practice, stranger: Client
) -> None:
    made = []
    for desk in (practice, practice, other_practice):
        _, session = await desk.signed_in(*EVERY_PERMISSION)
        client = stranger.holding(session.access_token)
        made.append((await client.mutate("createContact", ANA, MADE))["contact"]["id"])
    assert len(set(made)) == 3
    assert await Contact.filter(organization_id=other_practice.organization.id).count() == 1


async def test_key_is_worth_nothing_once_the_permission_is_gone(practice: Practice, stranger: Client) -> None:
    caller, session = await practice.signed_in(*EVERY_PERMISSION)
    client = stranger.holding(session.access_token)
    contact = (await client.mutate("createContact", ANA, MADE))["contact"]["id"]
    asked = {"contactId": contact, "idempotencyKey": "k-2"}
    mutations = {
        "createContact": ANA,
        "createEpisode": asked,
        "createAppointment": {**asked, "startsAt": "2026-03-02T09:00:00Z", "endsAt": "2026-03-02T10:00:00Z"},
        "printPortalInstructions": asked,
        "createFacility": {"name": "Riverside", "idempotencyKey": "k-2"},
    }
    for name, given in mutations.items():
        assert (await client.mutate(name, given))["__typename"].endswith("Success")
    await StaffMember.filter(id=caller.staff_member_id).update(permissions=Permission.VIEW_AUDIT.value)
    for name, given in mutations.items():
        assert (await client.mutate(name, given))["__typename"] == "NotPermitted"


async def test_key_with_another_body_is_refused_and_tells_nothing(staff: Client) -> None:
    await staff.mutate("createContact", ANA)
    answer = await staff.mutate("createContact", {**ANA, "givenName": "Mia"})
    assert answer["fields"] == [
        {"path": "idempotencyKey", "message": "This key was used for another request. Use a new one."}
    ]
    assert "Ana" not in str(answer)
