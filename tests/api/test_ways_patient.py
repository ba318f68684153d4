"""The patient's ways by the API, as an app goes them: register, confirm, connect, and the account's own settings."""

from typing import Any

import pytest

from api.server.relay import encode_id
from clinic.letters.delivery import deliver_due_letters
from clinic.portal_access.models import PortalAccount
from clinic.values.callers import Permission
from tests.api.client import SESSION, Client
from tests.api.records import registered
from tests.clinic.portal_access.account_letters import room_in
from tests.factories import PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes

SECRET = "kept by the app"
NEW_PASSWORD = "nine copper rivers hum"
EMAIL = "omar.reyes@example.com"


async def letter(practice: Practice, mailbox: Mailbox, position: int = -1) -> tuple[str, str]:
    """The page the newest letter leads to, and its token."""
    await deliver_due_letters(practice.services, worker_name="test")
    return room_in(mailbox.letters[position])


async def verified(practice: Practice, stranger: Client, mailbox: Mailbox) -> Client:
    """Somebody who registered alone and confirmed the address."""
    given = {"organization": "willow-creek", "email": EMAIL, "password": PASSWORD, "deviceSecret": SECRET}
    await stranger.mutate("registerPortalAccount", given)
    _, token = await letter(practice, mailbox)
    answer = await stranger.mutate("verifyPortalEmail", {"token": token, "deviceSecret": SECRET}, SESSION)
    return stranger.holding(answer["accessToken"])


async def signed_in(stranger: Client, email: str = EMAIL, password: str = PASSWORD) -> dict[str, Any]:
    given = {"organization": "willow-creek", "email": email, "password": password}
    return await stranger.mutate("signInPatient", given, SESSION)


async def test_from_the_web_link_to_the_record_with_the_pin_of_the_sheet(
    practice: Practice, stranger: Client, staff: Client, mailbox: Mailbox
) -> None:
    contact = await practice.contact()
    given = {"organization": "willow-creek", "email": EMAIL, "password": PASSWORD, "deviceSecret": SECRET}
    answer = await stranger.mutate("registerPortalAccount", given, "message")
    assert answer == {
        "__typename": "RegisterPortalAccountSuccess",
        "message": "We have sent an email to this address. Open its link to go on.",
    }
    assert (await signed_in(stranger))["__typename"] == "WrongCredentials"
    room, token = await letter(practice, mailbox)
    assert room == "verify"
    confirmed = await stranger.mutate(
        "verifyPortalEmail",
        {"token": token, "deviceSecret": SECRET},
        f"{SESSION} account {{ email contact {{ id }} }}",
    )
    assert confirmed["account"] == {"email": EMAIL, "contact": None}
    patient = stranger.holding(confirmed["accessToken"])
    pin = (
        await staff.run("query Q($id: ID!) { contact(id: $id) { portalPin } }", id=encode_id("Contact", contact.id))
    )["contact"]["portalPin"]

    wrong = await patient.mutate("connectWithPin", {"pin": pin, "dateOfBirth": "1999-01-01"})
    assert wrong["__typename"] == "IdentityNotConfirmed"
    connected = await patient.mutate(
        "connectWithPin", {"pin": pin, "dateOfBirth": "1980-05-04"}, "contact { displayName } account { email }"
    )

    assert connected["contact"] == {"displayName": "Omar Reyes"}
    own = "{ viewer { ... on PortalAccount { contact { displayName portalStatus { state } } } } }"
    shown = {"displayName": "Omar Reyes", "portalStatus": {"state": "LINKED"}}
    assert (await patient.run(own))["viewer"] == {"contact": shown}
    again = await patient.mutate("connectWithPin", {"pin": pin, "dateOfBirth": "1980-05-04"})
    assert again["__typename"] == "AlreadyLinked"


async def test_confirmed_from_elsewhere_a_new_password_is_chosen(
    practice: Practice, stranger: Client, mailbox: Mailbox
) -> None:
    given = {"organization": "willow-creek", "email": EMAIL, "password": PASSWORD}
    await stranger.mutate("registerPortalAccount", given)
    _, token = await letter(practice, mailbox)
    asked = await stranger.mutate("verifyPortalEmail", {"token": token, "organization": "willow-creek"})
    assert (asked["__typename"], asked["code"]) == ("ChooseNewPassword", "CHOOSE_NEW_PASSWORD")
    weak = await stranger.mutate("verifyPortalEmail", {"token": token, "newPassword": "short"})
    assert weak["__typename"] == "WeakPassword"
    done = await stranger.mutate("verifyPortalEmail", {"token": token, "newPassword": NEW_PASSWORD}, SESSION)
    assert done["__typename"] == "VerifyPortalEmailSuccess"
    assert (await signed_in(stranger))["__typename"] == "WrongCredentials"
    assert (await signed_in(stranger, password=NEW_PASSWORD))["__typename"] == "SignInSuccess"
    used = await stranger.mutate("verifyPortalEmail", {"token": token, "newPassword": NEW_PASSWORD})
    assert (used["__typename"], used["reason"]) == ("LinkNotUsable", "USED")


async def test_after_staff_linked_the_record_opens_once_its_person_showed_who_they_are(
    practice: Practice, stranger: Client, staff: Client, mailbox: Mailbox
) -> None:
    patient = await verified(practice, stranger, mailbox)
    contact = await practice.contact()
    await staff.mutate("linkPortalAccount", {"contactId": encode_id("Contact", contact.id)})
    own = "{ viewer { ... on PortalAccount { contact { displayName } } } }"
    assert (await patient.run(own))["viewer"] == {"contact": None}

    wrong = await patient.mutate("confirmIdentity", {"dateOfBirth": "1999-01-01"})
    assert wrong["__typename"] == "IdentityNotConfirmed"
    assert (await patient.run(own))["viewer"] == {"contact": None}
    right = await patient.mutate(
        "confirmIdentity", {"dateOfBirth": "1980-05-04"}, "account { contact { displayName } }"
    )

    assert right["account"] == {"contact": {"displayName": "Omar Reyes"}}
    async with nothing_changes():
        again = await patient.mutate("confirmIdentity", {})
        assert again["__typename"] == "ConfirmIdentitySuccess"


async def test_a_forgotten_password_is_replaced_by_the_letter_and_other_sessions_end(
    practice: Practice, stranger: Client, mailbox: Mailbox
) -> None:
    patient = await verified(practice, stranger, mailbox)
    known = {"organization": "willow-creek", "email": EMAIL}
    answers = [
        await stranger.mutate("requestPasswordReset", {**known, "email": email}, "message")
        for email in (EMAIL, "nobody@example.com")
    ]
    assert answers[0] == answers[1]
    room, token = await letter(practice, mailbox)
    assert (room, len(mailbox.letters)) == ("reset", 2)

    done = await stranger.mutate(
        "resetPassword", {"token": token, "password": NEW_PASSWORD}, f"{SESSION} account {{ email }}"
    )

    assert done["account"] == {"email": EMAIL}
    assert (await patient.post("{ viewer { __typename } }")).status_code == 401
    fresh = stranger.holding(done["accessToken"])
    assert (await fresh.run("{ viewer { __typename } }"))["viewer"] == {"__typename": "PortalAccount"}
    used = await stranger.mutate("resetPassword", {"token": token, "password": NEW_PASSWORD})
    assert (used["__typename"], used["reason"]) == ("LinkNotUsable", "USED")


async def test_a_changed_address_is_confirmed_at_the_new_one_and_objected_to_at_the_old(
    practice: Practice, stranger: Client, mailbox: Mailbox
) -> None:
    patient = await verified(practice, stranger, mailbox)
    change = {"newEmail": "omar@work.example", "password": PASSWORD, "deviceSecret": SECRET}
    wrong = await patient.mutate("changeEmail", {**change, "password": "no"})
    assert wrong["__typename"] == "WrongCredentials"
    asked = await patient.mutate("changeEmail", change, "account { email } message")
    assert asked["account"] == {"email": EMAIL}
    await deliver_due_letters(practice.services, worker_name="test")
    tokens = {str(mail["To"]): room_in(mail) for mail in mailbox.letters[-2:]}
    assert {to: room for to, (room, _) in tokens.items()} == {"omar@work.example": "verify", EMAIL: "keep"}

    confirm = {"token": tokens["omar@work.example"][1], "deviceSecret": SECRET}
    done = await stranger.mutate("verifyPortalEmail", confirm, "account { email }")

    assert done["account"] == {"email": "omar@work.example"}
    assert (await signed_in(stranger, "omar@work.example"))["__typename"] == "SignInSuccess"
    kept = await stranger.mutate("keepEmail", {"token": tokens[EMAIL][1]}, "message")
    assert kept["__typename"] == "KeepEmailSuccess"
    assert (await PortalAccount.get(withdrawn_at=None)).email == EMAIL
    assert (await signed_in(stranger, "omar@work.example"))["__typename"] == "WrongCredentials"


async def test_password_language_and_sessions_are_ones_own(
    practice: Practice, stranger: Client, mailbox: Mailbox
) -> None:
    account, session = await registered(practice, mailbox)
    patient = stranger.holding(session.access_token)
    other = await signed_in(stranger, account.email)
    listed = (await patient.run("{ mySessions { id current byApp } }"))["mySessions"]
    assert sorted((row["current"], row["byApp"]) for row in listed) == [(False, True), (True, True)]
    [theirs] = [row["id"] for row in listed if not row["current"]]

    ended = await patient.mutate("endSession", {"sessionId": theirs}, "sessions { current }")

    assert ended["sessions"] == [{"current": True}]
    assert (await stranger.holding(other["accessToken"]).post("{ viewer { __typename } }")).status_code == 401
    third = await signed_in(stranger, account.email)
    change = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    assert (await patient.mutate("changePassword", {**change, "currentPassword": "no"}))["code"] == "WRONG_CREDENTIALS"
    changed = await patient.mutate("changePassword", change, "account { email }")
    assert changed["account"] == {"email": account.email}
    assert (await stranger.holding(third["accessToken"]).post("{ viewer { __typename } }")).status_code == 401
    assert (await patient.mutate("setLanguage", {"language": "es"}))["__typename"] == "SetLanguageSuccess"
    assert (await PortalAccount.get(id=account.id)).language == "es"
    assert (await patient.mutate("setLanguage", {"language": "tlh"}))["__typename"] == "InvalidInput"


async def test_anothers_session_is_as_unknown_as_one_never_opened(
    practice: Practice, other_practice: Practice, stranger: Client, mailbox: Mailbox
) -> None:
    _, session = await registered(practice, mailbox)
    _, elsewhere = await registered(other_practice, mailbox)
    patient = stranger.holding(session.access_token)
    async with nothing_changes():
        for bad in (encode_id("Session", elsewhere.session_id), encode_id("Contact", session.session_id), "x"):
            answer = await patient.mutate("endSession", {"sessionId": bad})
            assert (answer["__typename"], answer["path"]) == ("NotFound", "sessionId")


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("verifyPortalEmail", {}),
        ("resetPassword", {"password": NEW_PASSWORD}),
        ("keepEmail", {}),
    ],
)
async def test_a_link_opens_only_its_own_door_at_its_own_practice(
    practice: Practice, other_practice: Practice, stranger: Client, mailbox: Mailbox, name: str, more: dict[str, str]
) -> None:
    patient = await verified(practice, stranger, mailbox)
    await stranger.mutate("requestPasswordReset", {"organization": "willow-creek", "email": EMAIL})
    _, reset = await letter(practice, mailbox)
    await patient.mutate("changeEmail", {"newEmail": "omar@work.example", "password": PASSWORD})
    await deliver_due_letters(practice.services, worker_name="test")
    doors = {"verify": "verifyPortalEmail", "reset": "resetPassword", "keep": "keepEmail"}
    tokens = {doors[room]: token for room, token in map(room_in, mailbox.letters[-2:])} | {"resetPassword": reset}
    others = [token for door, token in tokens.items() if door != name]
    unknown = {"__typename": "LinkNotUsable", "code": "LINK_NOT_USABLE", "reason": "UNKNOWN"}
    async with nothing_changes():
        for given in [
            *({"token": token} for token in [*others, "made-up", "", "x" * 5000]),
            {"token": tokens[name], "organization": "harbor-house"},
            {"token": tokens[name], "organization": "no such place"},
        ]:
            answer = await stranger.mutate(name, {**given, **more})
            assert {key: answer[key] for key in unknown} == unknown


async def test_a_practice_that_is_not_there_has_no_door(practice: Practice, stranger: Client) -> None:
    async with nothing_changes():
        for name, more in (("registerPortalAccount", {"password": PASSWORD}), ("requestPasswordReset", {})):
            answer = await stranger.mutate(name, {"organization": "nowhere", "email": EMAIL, **more})
            assert (answer["__typename"], answer["path"]) == ("NotFound", "organization")


async def test_staff_have_no_account_of_their_own(practice: Practice, stranger: Client) -> None:
    _, session = await practice.signed_in(Permission.WEB_PORTAL)
    refusal = await stranger.holding(session.access_token).refusal("{ documentShelves { own } }")
    assert refusal == {"code": "FORBIDDEN", "message": "This is for patients."}
