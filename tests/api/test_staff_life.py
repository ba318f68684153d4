"""A staff member's life over the API: invited, at work, disabled while a screen is open, and back."""

import re
from typing import Any

import pytest

from api.server.graphql_ws.endpoint import CHECK_EVERY
from api.server.relay import encode_id
from clinic.letters.delivery import deliver_due_letters
from clinic.staff.models import StaffMember
from clinic.values.callers import Permission
from tests.api.client import SESSION, Client
from tests.api.line import STATUS, calling
from tests.api.test_live import SIGN_IN
from tests.api.test_live import address as address
from tests.factories import PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.factories.letters import text_of

IDA = "ida@practice.example"
NEW = "nine green lanterns hum"
MEMBER = "staffMember { id name email state permissions disabledAt disabledReason lastSignedInAt }"
WHO = "{ viewer { __typename ... on StaffMember { name state lastSignedInAt } } }"


@pytest.fixture
async def manager(practice: Practice, stranger: Client) -> Client:
    _, session = await practice.signed_in(Permission.MANAGE_STAFF)
    return stranger.holding(session.access_token)


async def newest_token(practice: Practice, mailbox: Mailbox, path: str) -> str:
    await deliver_due_letters(practice.services, worker_name="test")
    [token] = set(re.findall(rf"/staff/#/{path}/([\w-]+)", text_of(mailbox.letters[-1])))
    return str(token)


async def invited(manager: Client) -> dict[str, Any]:
    answer = await manager.mutate("createStaffMember", {"name": "Ida Desk", "email": IDA}, MEMBER)
    assert answer["__typename"] == "CreateStaffMemberSuccess"
    return dict(answer["staffMember"])


async def signs_in(stranger: Client, password: str = PASSWORD) -> dict[str, Any]:
    given = {"organization": "willow-creek", "email": IDA, "password": password}
    return await stranger.mutate("signInStaff", given, SESSION)


async def test_from_the_invitation_to_the_last_day_and_back(
    practice: Practice, mailbox: Mailbox, stranger: Client, manager: Client
) -> None:
    member = await invited(manager)
    assert (member["state"], member["permissions"], member["lastSignedInAt"]) == ("INVITED", [], None)
    token = await newest_token(practice, mailbox, "welcome")
    weak = await stranger.reading("es").mutate("acceptStaffInvitation", {"token": token, "password": "short"})
    assert weak["__typename"] == "WeakPassword"
    assert weak["reasons"] == ["Use al menos 15 caracteres. Una frase corta es fácil de recordar."]
    joined = await stranger.mutate(
        "acceptStaffInvitation", {"token": token, "password": PASSWORD}, "organization staffMember { name state }"
    )
    assert (joined["organization"], joined["staffMember"]) == ("willow-creek", {"name": "Ida Desk", "state": "ACTIVE"})
    again = await stranger.mutate("acceptStaffInvitation", {"token": token, "password": PASSWORD})
    assert (again["__typename"], again["reason"]) == ("InvitationNotUsable", "USED")
    session = await signs_in(stranger)
    ida = stranger.holding(session["accessToken"])
    assert (await ida.run(WHO))["viewer"]["lastSignedInAt"] is not None
    named = {"staffMemberId": member["id"]}
    gone = await manager.mutate("disableStaffMember", {**named, "reason": "Left the practice."}, MEMBER)
    assert (gone["staffMember"]["state"], gone["staffMember"]["disabledReason"]) == ("DISABLED", "Left the practice.")
    assert gone["staffMember"]["disabledAt"] is not None
    assert (await ida.post(WHO)).status_code == 401
    refreshed = await stranger.mutate("refreshSession", {"refreshToken": session["refreshToken"]})
    assert refreshed["__typename"] == "WrongCredentials"
    assert (await signs_in(stranger))["__typename"] == "WrongCredentials"
    assert (await manager.mutate("enableStaffMember", named, MEMBER))["staffMember"]["state"] == "ACTIVE"
    assert (await signs_in(stranger))["__typename"] == "SignInSuccess"


async def test_forgotten_password_by_letter(practice: Practice, mailbox: Mailbox, stranger: Client) -> None:
    await StaffMember.create(
        organization_id=practice.organization.id,
        name="Ida Desk",
        email=IDA,
        email_normal=IDA,
        password_hash="!",
        created_at=practice.services.clock.now(),
    )
    asked = {"organization": "willow-creek", "email": IDA}
    known = await stranger.mutate("requestStaffPasswordReset", asked, "message")
    for other in ({**asked, "email": "nobody@practice.example"}, {**asked, "organization": "nowhere"}):
        assert await stranger.mutate("requestStaffPasswordReset", other, "message") == known
    token = await newest_token(practice, mailbox, "reset")
    done = await stranger.mutate("resetStaffPassword", {"token": token, "password": NEW}, "organization")
    assert (done["__typename"], done["organization"]) == ("ResetStaffPasswordSuccess", "willow-creek")
    again = await stranger.mutate("resetStaffPassword", {"token": token, "password": NEW})
    assert (again["__typename"], again["reason"]) == ("LinkNotUsable", "USED")
    assert (await signs_in(stranger, NEW))["__typename"] == "SignInSuccess"


async def test_own_password_and_sessions(
    practice: Practice, stranger: Client, mailbox: Mailbox, manager: Client
) -> None:
    await invited(manager)
    token = await newest_token(practice, mailbox, "welcome")
    await stranger.mutate("acceptStaffInvitation", {"token": token, "password": PASSWORD})
    here, elsewhere, third = [stranger.holding((await signs_in(stranger))["accessToken"]) for _ in range(3)]
    listed = (await here.run("{ mySessions { id current byApp } }"))["mySessions"]
    assert [row["current"] for row in listed].count(True) == 1
    [there] = [
        row["id"] for row in (await elsewhere.run("{ mySessions { id current } }"))["mySessions"] if row["current"]
    ]
    ended = await here.mutate("endSession", {"sessionId": there}, "sessions { id }")
    assert len(ended["sessions"]) == 2
    assert (await elsewhere.post(WHO)).status_code == 401
    given = {"currentPassword": PASSWORD, "newPassword": NEW}
    changed = await here.mutate("changePassword", given, "account { id } staffMember { name }")
    assert (changed["account"], changed["staffMember"]) == (None, {"name": "Ida Desk"})
    assert (await third.post(WHO)).status_code == 401
    assert (await here.post(WHO)).status_code == 200


async def test_last_manager_stays(practice: Practice, manager: Client) -> None:
    me = (await manager.run("{ viewer { ... on StaffMember { id } } }"))["viewer"]["id"]
    async with nothing_changes():
        for name, given in (
            ("setStaffPermissions", {"staffMemberId": me, "permissions": []}),
            ("disableStaffMember", {"staffMemberId": me, "reason": "Left."}),
        ):
            assert await manager.mutate(name, given) == {
                "__typename": "LastManager",
                "code": "LAST_MANAGER",
                "message": "Nobody else who can sign in may manage staff. Give somebody else MANAGE_STAFF first.",
            }


async def test_list_by_state_in_pages(practice: Practice, stranger: Client, manager: Client) -> None:
    await invited(manager)
    gone, _ = await practice.signed_in()
    reason = {"staffMemberId": encode_id("StaffMember", gone.staff_member_id), "reason": "Left."}
    await manager.mutate("disableStaffMember", reason)
    asked = "query Q($s: [StaffState!], $n: Int, $a: String) { staffMembers(state: $s, first: $n, after: $a) { %s } }"
    fields = "totalCount nodes { name state disabledReason } pageInfo { hasNextPage endCursor }"

    async def states(client: Client, *wanted: str) -> list[str]:
        found = (await client.run(asked % fields, s=list(wanted) or None))["staffMembers"]
        assert found["totalCount"] == len(found["nodes"])
        return sorted(node["state"] for node in found["nodes"])

    assert await states(manager) == ["ACTIVE", "DISABLED", "INVITED"]
    assert await states(manager, "INVITED", "DISABLED") == ["DISABLED", "INVITED"]
    first = (await manager.run(asked % fields, n=2))["staffMembers"]
    assert (len(first["nodes"]), first["pageInfo"]["hasNextPage"]) == (2, True)
    rest = (await manager.run(asked % fields, n=2, a=first["pageInfo"]["endCursor"]))["staffMembers"]
    assert len(rest["nodes"]) == 1
    _, session = await practice.signed_in()
    colleague = stranger.holding(session.access_token)
    private = "nodes { state disabledReason lastSignedInAt }"
    for node in (await colleague.run(asked % private, s=["DISABLED"]))["staffMembers"]["nodes"]:
        assert (node["disabledReason"], node["lastSignedInAt"]) == (None, None)
    told = (await manager.run(asked % private, s=["DISABLED"]))["staffMembers"]["nodes"]
    assert [node["disabledReason"] for node in told] == ["Left."]


async def test_open_screen_closes_within_a_second_of_disabling(
    address: str, practice: Practice, stranger: Client, manager: Client
) -> None:
    leaver, session = await practice.signed_in(Permission.WEB_PORTAL)
    async with calling(address, session.access_token) as line:
        await line.subscribes(STATUS)
        given = {"staffMemberId": encode_id("StaffMember", leaver.staff_member_id), "reason": "Left."}
        assert (await manager.mutate("disableStaffMember", given))["__typename"] == "DisableStaffMemberSuccess"
        assert await line.closed() == SIGN_IN
    # What the second is made of: the longest wait for the next look, and the time of one statement.
    assert CHECK_EVERY <= 0.5
