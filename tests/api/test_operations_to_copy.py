"""Each operation of docs/operations-to-copy.md, run as it stands on the page: a front desk's day and a patient's."""

import re
from pathlib import Path
from typing import Any

import pytest
from graphql import DocumentNode, OperationDefinitionNode, parse

from clinic.letters.delivery import deliver_due_letters
from clinic.staff.actions import create_staff_member
from tests.api.client import Client
from tests.api.line import calling, serving
from tests.clinic.portal_access.account_letters import room_in
from tests.factories import EVERY_PERMISSION, PASSWORD, Mailbox, Practice

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "operations-to-copy.md").read_text(encoding="utf-8")
DESK = "desk@willow-creek.example"
OMAR = "omar.reyes@example.com"
ANA = "ana.silva@example.com"


def texts(source: str) -> dict[str, str]:
    """The operations of a document, each by its name and as it is written."""
    document: DocumentNode = parse(source)
    found = {}
    for node in document.definitions:
        assert isinstance(node, OperationDefinitionNode)
        assert node.name is not None
        assert node.loc is not None
        found[node.name.value] = source[node.loc.start : node.loc.end]
    return found


BLOCKS = re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)
OPERATIONS = texts("\n".join(BLOCKS))


class Copied:
    """A client that runs the page's operations and remembers which."""

    ran: set[str]

    def __init__(self, client: Client, ran: set[str]) -> None:
        self.client = client
        self.ran = ran

    async def query(self, name: str, **variables: Any) -> Any:
        self.ran.add(name)
        [answer] = (await self.client.run(OPERATIONS[name], **variables)).values()
        return answer

    async def does(self, name: str, **given: Any) -> Any:
        """The success of a mutation."""
        answer = await self.query(name, input=given)
        assert answer["__typename"].endswith("Success"), answer
        return answer

    def holding(self, session: dict[str, str]) -> "Copied":
        return Copied(self.client.holding(session["accessToken"]), self.ran)


async def test_the_operations_that_clients_are_made_of_are_those_of_the_page() -> None:
    files = sorted((ROOT / "clients" / "operations").glob("*.graphql"))
    assert texts("\n".join(file.read_text(encoding="utf-8") for file in files)) == OPERATIONS


async def newest_token(practice: Practice, mailbox: Mailbox, email: str) -> str:
    """The token of the newest letter to an address."""
    await deliver_due_letters(practice.services, worker_name="test")
    return room_in([letter for letter in mailbox.letters if letter["To"] == email][-1])[1]


@pytest.fixture
async def desk(practice: Practice, stranger: Client) -> Copied:
    """A staff member who signed in by the page's operation."""
    await create_staff_member(
        practice.system,
        name="Fran",
        email=DESK,
        password=PASSWORD,
        permissions=EVERY_PERMISSION,
        services=practice.services,
    )
    door = Copied(stranger, set())
    return door.holding(await door.does("SignInStaff", organization="willow-creek", email=DESK, password=PASSWORD))


async def test_every_operation_of_the_page_runs(
    app: Any, practice: Practice, stranger: Client, desk: Copied, mailbox: Mailbox
) -> None:
    contact_id = await books_a_day(desk)
    patient = await is_invited(practice, desk, Copied(stranger, desk.ran), mailbox, contact_id)
    await signs(practice, desk, patient, contact_id)
    await comes_alone(practice, desk, Copied(stranger, desk.ran), mailbox)
    async with serving(app) as address, calling(address, desk.client.token) as line:
        desk.ran.add("StatusChanged")
        name = await line.subscribes(OPERATIONS["StatusChanged"], contactIds=[contact_id])
        await desk.does("UnlinkAccount", contactId=contact_id, reason="moved away")
        assert (await line.told(name))["portalStatusChanged"]["id"] == contact_id
    await ends(desk, Copied(stranger, desk.ran))
    assert desk.ran == OPERATIONS.keys()


async def books_a_day(desk: Copied) -> str:
    """A person and their appointment, moved and cancelled; the person's id."""
    facts = {"givenName": "Omar", "familyName": "Reyes", "dateOfBirth": "1980-05-04", "emails": [OMAR]}
    contact_id: str = (await desk.does("CreateContact", **facts))["contact"]["id"]
    times = {"startsAt": "2026-03-02T09:30:00-05:00", "endsAt": "2026-03-02T10:00:00-05:00"}
    booked = (await desk.does("CreateAppointment", contactId=contact_id, **times))["appointment"]
    day = {"from": "2026-03-02T00:00:00-05:00", "to": "2026-03-03T00:00:00-05:00"}
    [shown] = (await desk.query("Day", **day))["nodes"]
    assert shown["contact"]["portalStatus"]["action"] == "CREATE_ACCOUNT"
    moved = {"startsAt": "2026-03-02T11:00:00-05:00", "endsAt": "2026-03-02T11:30:00-05:00"}
    seen = {"appointmentId": booked["id"], "version": booked["version"]}
    await desk.does("MoveAppointment", **seen, **moved)
    assert (await desk.query("MoveAppointment", input={**seen, **times}))["__typename"] == "ChangedMeanwhile"
    await desk.does("CancelAppointment", appointmentId=booked["id"])
    assert (await desk.query("FindContacts", search="Reyes"))["nodes"][0]["id"] == contact_id
    return contact_id


async def is_invited(practice: Practice, desk: Copied, stranger: Copied, mailbox: Mailbox, contact_id: str) -> Copied:
    """From the gray globe to the linked account."""
    named = {"contactId": contact_id}
    made = await desk.does("CreatePortalAccount", **named, idempotencyKey="globe-1")
    assert made["contact"]["portalStatus"]["icon"] == "BLUE_GLOBE_PERSON"
    await desk.does("RevokeInvitation", **named)
    await desk.does("CreatePortalAccount", **named)
    await desk.does("ResendInvitation", **named)
    assert (await desk.does("PrintInstructions", **named))["url"].startswith("http")
    token = await newest_token(practice, mailbox, OMAR)
    entering = {"token": token, "dateOfBirth": "1980-05-04", "password": PASSWORD}
    patient = stranger.holding(await stranger.does("AcceptInvitation", **entering))
    assert (await desk.query("ContactPortal", id=contact_id))["portalStatus"]["state"] == "LINKED"
    return patient


async def signs(practice: Practice, desk: Copied, patient: Copied, contact_id: str) -> None:
    """A document that is signed, and one that is declined."""
    for title in ("Consent to care", "Photo consent"):
        given = {"contactId": contact_id, "title": title, "text": f"# {title}\n\nI agree.", "signerIds": [contact_id]}
        document = (await desk.does("CreateDocument", **given))["document"]
        assert (await desk.query("WhoWouldSee", documentId=document["id"]))["allAuthorized"]["now"]
        await desk.does("ShareDocument", documentId=document["id"], allAuthorized=True)
    mine = (await patient.query("MyDocuments"))["documents"]["nodes"]
    assert [document["awaitsYou"] for document in mine] == [True, True]
    first, second = mine
    assert (await patient.query("DocumentPages", id=first["id"]))["sha256"] == first["sha256"]
    consent = await patient.query("Consent", language="en")
    shown = {"sha256": first["sha256"], "consentVersion": consent["version"], "language": consent["language"]}
    await patient.does("SignDocument", documentId=first["id"], typedName="Omar Reyes", password=PASSWORD, **shown)
    await patient.does("DeclineDocument", documentId=second["id"], reason="I would rather not.")
    state = await desk.query("DocumentState", id=second["id"])
    assert (state["signatureState"], state["signatures"][0]["declineReason"]) == ("DECLINED", "I would rather not.")
    await desk.does("UnshareDocument", documentId=second["id"])


async def comes_alone(practice: Practice, desk: Copied, stranger: Copied, mailbox: Mailbox) -> None:
    """Two people register without an invitation: one is linked by staff, the other has the PIN of the sheet."""
    here = {"organization": "willow-creek"}
    for given_name, email in (("Ana", ANA), ("Ines", "ines.novak@example.com")):
        facts = {"givenName": given_name, "familyName": "Silva", "dateOfBirth": "1980-05-04", "emails": [email]}
        contact_id = (await desk.does("CreateContact", **facts))["contact"]["id"]
        known = {**here, "email": email, "password": PASSWORD}
        await stranger.does("Register", **known, deviceSecret="kept by the app")
        token = await newest_token(practice, mailbox, email)
        person = stranger.holding(await stranger.does("VerifyEmail", token=token, deviceSecret="kept by the app"))
        if email == ANA:
            await desk.does("LinkAccount", contactId=contact_id)
            shown = await person.does("ConfirmIdentity", dateOfBirth="1980-05-04")
            assert shown["account"]["contact"]["displayName"] == "Ana Silva"
        else:
            pin = (await desk.query("ContactPortal", id=contact_id))["portalPin"]
            wrong = await person.query("ConnectWithPin", input={"pin": pin, "dateOfBirth": "1999-01-01"})
            assert wrong["code"] == "IDENTITY_NOT_CONFIRMED"
            await person.does("ConnectWithPin", pin=pin, dateOfBirth="1980-05-04")
    await stranger.does("AskForReset", **here, email=ANA)
    token = await newest_token(practice, mailbox, ANA)
    await stranger.does("ResetPassword", token=token, password="nine copper rivers hum")
    again = await stranger.does("SignInPatient", **here, email=ANA, password="nine copper rivers hum")
    ana = stranger.holding(again)
    sessions = await ana.query("MySessions")
    [own] = [session["id"] for session in sessions if session["current"]]
    await ana.does("EndSession", sessionId=own)


async def ends(desk: Copied, stranger: Copied) -> None:
    """A session is renewed and ended. The second step is refused here: its words are tried by its own tests."""
    wrong = await stranger.query("CompleteSignIn", input={"challenge": "none", "code": "123456"})
    assert wrong["__typename"] == "ChallengeNotUsable"
    signed_in = await stranger.does("SignInStaff", organization="willow-creek", email=DESK, password=PASSWORD)
    renewed = stranger.holding(await stranger.does("RefreshSession", refreshToken=signed_in["refreshToken"]))
    assert await renewed.query("SignOut") is True
