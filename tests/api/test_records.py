"""Putting people on record, changing records, and finding them again."""

from datetime import timedelta
from typing import Any

from api.server.relay import encode_id
from clinic.values.callers import Permission
from tests.api.client import Client
from tests.api.records import registered
from tests.clock import FixedClock
from tests.factories import PASSWORD, Mailbox, Practice

CONTACT = "id kind givenName familyName displayName dateOfBirth language email emails portalStatus { state icon }"
FIND = "query Find($search: String, $states: [PortalState!]) { contacts(search: $search, portalState: $states) { %s } }"
NAMES = "totalCount nodes { displayName }"


async def created(staff: Client, name: str, given: dict[str, Any], success: str) -> Any:
    answer = await staff.mutate(name, given, success)
    assert answer.pop("__typename") == f"{name[0].upper()}{name[1:]}Success", answer
    [made] = answer.values()
    return made


async def put_on_record(staff: Client, given_name: str, family_name: str, *emails: str) -> str:
    given = {"givenName": given_name, "familyName": family_name, "emails": list(emails)}
    return str((await created(staff, "createContact", given, "contact { id }"))["id"])


async def test_a_contact_is_on_record_as_written_and_found_again(staff: Client) -> None:
    given = {
        "kind": "INDIVIDUAL",
        "givenName": "  Zoë ",
        "familyName": "Núñez",
        "dateOfBirth": "1980-02-29",
        "language": "es",
        "emails": ["Zoe.Nunez@Example.com", "zoe@example.org"],
        "phones": ["+1 208 555 0134"],
    }
    contact = await created(staff, "createContact", given, f"contact {{ {CONTACT} }}")
    assert contact == {
        "id": contact["id"],
        "kind": "INDIVIDUAL",
        "givenName": "Zoë",
        "familyName": "Núñez",
        "displayName": "Zoë Núñez",
        "dateOfBirth": "1980-02-29",
        "language": "es",
        "email": "Zoe.Nunez@Example.com",
        "emails": ["Zoe.Nunez@Example.com", "zoe@example.org"],
        "portalStatus": {"state": "NO_ACCOUNT", "icon": "GRAY_GLOBE_PERSON"},
    }
    found = await staff.run(
        f"query Q($id: ID!) {{ contact(id: $id) {{ {CONTACT} }} node(id: $id) {{ ... on Contact {{ {CONTACT} }} }} }}",
        id=contact["id"],
    )
    assert found == {"contact": contact, "node": contact}


async def test_least_a_contact_needs_is_a_name(staff: Client) -> None:
    contact = await created(staff, "createContact", {"givenName": "A", "familyName": "B"}, f"contact {{ {CONTACT} }}")
    assert contact == {
        "id": contact["id"],
        "kind": "CLIENT",
        "givenName": "A",
        "familyName": "B",
        "displayName": "A B",
        "dateOfBirth": None,
        "language": "en",
        "email": None,
        "emails": [],
        "portalStatus": {"state": "NO_EMAIL", "icon": "ALL_GRAY"},
    }


async def test_each_contact_has_a_pin_that_only_web_portal_shows(practice: Practice, stranger: Client) -> None:
    await practice.contact()
    pins = {}
    for permission in Permission:
        _, session = await practice.signed_in(permission)
        answer = await stranger.holding(session.access_token).run("{ contacts { nodes { portalPin } } }")
        [pins[permission.value]] = [node["portalPin"] for node in answer["contacts"]["nodes"]]
    pin = pins.pop("WEB_PORTAL")
    assert len(pin) == 9
    assert pin[4] == "-"
    assert set(pins.values()) == {None}


async def test_change_touches_what_is_named_and_null_empties_the_date_of_birth(staff: Client) -> None:
    given = {"givenName": "Ana", "familyName": "Santos", "dateOfBirth": "1990-01-31", "emails": ["ana@example.com"]}
    before = await created(staff, "createContact", given, f"contact {{ {CONTACT} }}")

    async def changed(**changes: Any) -> Any:
        change = {"contactId": before["id"], **changes}
        return await created(staff, "updateContact", change, f"contact {{ {CONTACT} }}")

    assert await changed() == before
    assert await changed(givenName=None, familyName=None, kind=None, emails=None, language=None) == before
    renamed = {**before, "familyName": "Silva", "displayName": "Ana Silva", "language": "es"}
    assert await changed(familyName="Silva", language="es") == renamed
    assert await changed(dateOfBirth=None) == {**renamed, "dateOfBirth": None}
    readdressed = await changed(emails=["ana@example.org", "ana@example.com"], dateOfBirth="1990-01-31")
    assert readdressed == {**renamed, "email": "ana@example.org", "emails": ["ana@example.org", "ana@example.com"]}
    bare = await changed(emails=[])
    assert (bare["email"], bare["emails"], bare["portalStatus"]["state"]) == (None, [], "NO_EMAIL")


SEARCHES = [
    ("omar", ["Omar Reyes"]),
    ("REY oma", ["Omar Reyes"]),
    ("nunez", ["Zoë Núñez"]),
    ("zoe@example.com", ["Zoë Núñez"]),
    ("ZOE@EXAMPLE.COM", ["Zoë Núñez"]),
    ("zo", ["Zoë Núñez"]),
    ("", ["Zoë Núñez", "Omar Reyes"]),
    ("   ", ["Zoë Núñez", "Omar Reyes"]),
    ("mar", []),
    ("%", []),
    ("o_ar", []),
    ("omar nunez", []),
]


async def test_search_finds_beginnings_of_names_and_addresses(staff: Client) -> None:
    await put_on_record(staff, "Omar", "Reyes", "omar.reyes@example.com")
    await put_on_record(staff, "Zoë", "Núñez", "zoe@example.com")
    for search, found in SEARCHES:
        contacts = (await staff.run(FIND % NAMES, search=search))["contacts"]
        assert contacts == {"totalCount": len(found), "nodes": [{"displayName": name} for name in found]}, search


async def test_contacts_are_filtered_by_state(staff: Client) -> None:
    omar = await put_on_record(staff, "Omar", "Reyes", "omar@example.com")
    await put_on_record(staff, "Nora", "Gray")
    await put_on_record(staff, "Mia", "Reyes", "omar@example.com")
    await staff.mutate("createPortalAccount", {"contactId": omar})
    expected = {
        ("INVITED",): ["Omar Reyes"],
        ("NO_EMAIL", "EMAIL_CONFLICT"): ["Nora Gray", "Mia Reyes"],
        ("LINKED", "NO_ACCOUNT", "ACCOUNT_NOT_LINKED"): [],
        (): [],
    }
    for states, names in expected.items():
        contacts = (await staff.run(FIND % NAMES, states=states))["contacts"]
        assert contacts == {"totalCount": len(names), "nodes": [{"displayName": name} for name in names]}


async def test_pages_lead_forth_and_back_without_a_gap(staff: Client) -> None:
    for number in range(7):
        await put_on_record(staff, f"P{number}", "Same")
    page = "edges { cursor node { givenName } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
    text = (
        "query Q($first: Int, $after: String, $last: Int, $before: String) "
        f"{{ contacts(first: $first, after: $after, last: $last, before: $before) {{ {page} }} }}"
    )

    async def asked(**where: object) -> tuple[str, bool, bool, str, str]:
        contacts = (await staff.run(text, **where))["contacts"]
        info = contacts["pageInfo"]
        names = "".join(edge["node"]["givenName"][1:] for edge in contacts["edges"])
        assert (info["startCursor"], info["endCursor"]) == (
            contacts["edges"][0]["cursor"],
            contacts["edges"][-1]["cursor"],
        )
        return names, info["hasPreviousPage"], info["hasNextPage"], info["startCursor"], info["endCursor"]

    *first, _, end = await asked(first=3)
    assert first == ["012", False, True]
    *second, start, end = await asked(first=3, after=end)
    assert second == ["345", True, True]
    assert (await asked(first=3, after=end))[:3] == ("6", True, False)
    assert (await asked(last=3, before=start))[:3] == ("012", False, True)
    assert (await asked(last=2))[:3] == ("56", True, False)
    assert (await asked())[:3] == ("0123456", False, False)


async def test_relationship_ties_two_people_seen_from_both(staff: Client) -> None:
    leo, mia = await put_on_record(staff, "Leo", "Park"), await put_on_record(staff, "Mia", "Park")
    both = "relationship { id kind portalAccess endsOn client { id } relative { id } }"
    given = {"clientId": mia, "relativeId": leo, "kind": "father"}
    made = await created(staff, "createRelationship", given, both)
    assert made == {
        "id": made["id"],
        "kind": "father",
        "portalAccess": False,
        "endsOn": None,
        "client": {"id": mia},
        "relative": {"id": leo},
    }
    assert await created(staff, "createRelationship", given, both) == made
    again = await staff.mutate("createRelationship", {**given, "kind": "parent"})
    assert [field["path"] for field in again["fields"]] == ["relativeId"]
    itself = await staff.mutate("createRelationship", {**given, "relativeId": mia})
    assert [field["path"] for field in itself["fields"]] == ["relativeId"]
    change = {"relationshipId": made["id"], "portalAccess": True, "endsOn": "2030-01-01"}
    changed = await created(staff, "updateRelationship", change, both)
    assert changed == {**made, "portalAccess": True, "endsOn": "2030-01-01"}
    assert await created(staff, "updateRelationship", {"relationshipId": made["id"], "endsOn": None}, both) == {
        **changed,
        "endsOn": None,
    }
    for contact in (leo, mia):
        answer = await staff.run("query Q($id: ID!) { contact(id: $id) { relationships { id } } }", id=contact)
        assert answer == {"contact": {"relationships": [{"id": made["id"]}]}}


async def test_episode_has_a_facility_or_none_and_the_next_one_takes_its_place(
    staff: Client, clock: FixedClock
) -> None:
    contact = await put_on_record(staff, "Omar", "Reyes")
    facility = await created(staff, "createFacility", {"name": "Riverside"}, "facility { id name }")
    assert await created(staff, "createFacility", {"name": "Riverside"}, "facility { id name }") == facility
    episode = "episode { id contact { id } facility { id name } }"
    first = await created(staff, "createEpisode", {"contactId": contact, "facilityId": facility["id"]}, episode)
    assert (first["contact"], first["facility"]) == ({"id": contact}, facility)
    current = "query Q($id: ID!) { contact(id: $id) { currentEpisode { id facility { id name } } } }"
    assert await staff.run(current, id=contact) == {
        "contact": {"currentEpisode": {"id": first["id"], "facility": facility}}
    }
    moved = await created(staff, "updateEpisode", {"episodeId": first["id"], "facilityId": None}, episode)
    assert moved == {**first, "facility": None}
    clock.advance(timedelta(minutes=5))
    second = await created(staff, "createEpisode", {"contactId": contact}, episode)
    assert await staff.run(current, id=contact) == {
        "contact": {"currentEpisode": {"id": second["id"], "facility": None}}
    }
    assert (await staff.run("{ organization { facilities { id name } } }"))["organization"]["facilities"] == [facility]


async def test_calendar_holds_what_starts_within_the_span_in_order(practice: Practice, staff: Client) -> None:
    caller = await practice.staff()
    colleague = encode_id("StaffMember", caller.staff_member_id)
    contact = await put_on_record(staff, "Omar", "Reyes")
    facility = await created(staff, "createFacility", {"name": "Riverside"}, "facility { id }")
    entry = "appointment { id startsAt endsAt contact { id } facility { id } }"
    made = {}
    for hour, more in ((11, {}), (9, {"facilityId": facility["id"]}), (10, {"staffMemberId": colleague})):
        times = {"startsAt": f"2026-03-02T{hour:02}:00:00-07:00", "endsAt": f"2026-03-02T{hour:02}:50:00-07:00"}
        given = {"contactId": contact, **times, **more}
        made[hour] = await created(staff, "createAppointment", given, entry)
    assert made[9] == {
        "id": made[9]["id"],
        "startsAt": "2026-03-02T16:00:00+00:00",
        "endsAt": "2026-03-02T16:50:00+00:00",
        "contact": {"id": contact},
        "facility": {"id": facility["id"]},
    }
    text = (
        "query Q($from: DateTime!, $to: DateTime!, $facilityId: ID, $staffMemberId: ID) { appointments("
        "from: $from, to: $to, facilityId: $facilityId, staffMemberId: $staffMemberId) { totalCount nodes { id } } }"
    )

    async def hours(begin: int, end: int, **narrowed: str) -> list[int]:
        span = {"from": f"2026-03-02T{begin:02}:00:00-07:00", "to": f"2026-03-02T{end:02}:00:00-07:00"}
        page = (await staff.run(text, **span, **narrowed))["appointments"]
        assert page["totalCount"] == len(page["nodes"])
        return [hour for node in page["nodes"] for hour in made if made[hour]["id"] == node["id"]]

    assert await hours(9, 12) == [9, 10, 11]
    assert await hours(9, 11) == [9, 10]
    assert await hours(11, 9) == []
    assert await hours(9, 12, facilityId=facility["id"]) == [9]
    assert await hours(9, 12, staffMemberId=colleague) == [10]
    own = await staff.run(
        "query Q($id: ID!) { contact(id: $id) { appointments(first: 2) { nodes { id } } } }", id=contact
    )
    assert [node["id"] for node in own["contact"]["appointments"]["nodes"]] == [made[9]["id"], made[10]["id"]]


async def test_staff_member_is_added_without_permissions_and_may_sign_in(staff: Client, stranger: Client) -> None:
    given = {"name": "Billie Ng", "email": "Billie@practice.example", "password": PASSWORD}
    member = await created(staff, "createStaffMember", given, "staffMember { id name email permissions }")
    assert member == {"id": member["id"], "name": "Billie Ng", "email": "Billie@practice.example", "permissions": []}
    taken = await staff.mutate("createStaffMember", {**given, "email": "billie@PRACTICE.example"})
    assert taken["__typename"] == "EmailTaken"
    weak = await staff.mutate("createStaffMember", {**given, "email": "b@practice.example", "password": "Billie Ng"})
    assert (weak["__typename"], len(weak["reasons"])) == ("WeakPassword", 1)
    granted = await created(
        staff,
        "setStaffPermissions",
        {"staffMemberId": member["id"], "permissions": ["WEB_PORTAL", "MANAGE_CONTACTS", "WEB_PORTAL"]},
        "staffMember { id permissions }",
    )
    assert granted == {"id": member["id"], "permissions": ["MANAGE_CONTACTS", "WEB_PORTAL"]}
    credentials = {"organization": "willow-creek", "email": given["email"], "password": PASSWORD}
    session = await stranger.mutate("signInStaff", credentials, "viewer { ... on Node { id } }")
    assert session["viewer"] == {"id": member["id"]}


async def test_patients_see_their_own_record_without_what_staff_note_and_nobody_elses(
    practice: Practice, mailbox: Mailbox, stranger: Client, staff: Client
) -> None:
    _, session = await registered(practice, mailbox)
    patient = stranger.holding(session.access_token)
    text = """{ viewer { ... on PortalAccount { contact {
      id displayName portalPin portalStatus { state action }
      portalLinks { totalCount } appointments { totalCount } currentEpisode { id }
      relationships { kind client { displayName } relative { displayName } }
    } } } }"""
    contact = (await patient.run(text))["viewer"]["contact"]
    own = contact["id"]
    mia = await put_on_record(staff, "Mia", "Park")
    await created(staff, "createRelationship", {"clientId": mia, "relativeId": own, "kind": "f"}, "relationship { id }")
    assert (await patient.run(text))["viewer"]["contact"] == {
        "id": own,
        "displayName": "Leo Park",
        "portalPin": None,
        "portalStatus": {"state": "LINKED", "action": None},
        "portalLinks": {"totalCount": 0},
        "appointments": {"totalCount": 0},
        "currentEpisode": None,
        "relationships": [],
    }
