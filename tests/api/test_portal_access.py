"""From the gray globe to a registered patient, as the API tells it; and the printed sheet."""

from datetime import timedelta
from typing import Any

import pytest

from api.server.relay import encode_id
from clinic.letters.delivery import deliver_due_letters
from clinic.values.callers import Permission
from clinic.values.ports import MailRefused
from tests.api.client import SESSION, Client
from tests.api.records import invitation_token, registered
from tests.clock import FixedClock
from tests.factories import BORN, PASSWORD, Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.factories.letters import link_in, text_of
from tests.words import predictable

STATUS = "portalStatus { state icon summary action blockedReason letter account { email registeredAt } }"
CREATED = f"account {{ id email registeredAt contact {{ id }} }} contact {{ id {STATUS} }}"
REGISTERED = f"{SESSION} account {{ email registeredAt emailVerifiedAt contact {{ displayName {STATUS} }} }}"

SPOKEN = ("es-MX,es;q=0.9,en;q=0.8", "fr-CA")


def global_id(contact: Any) -> str:
    return encode_id("Contact", contact.id)


async def status(client: Client, contact: Any) -> dict[str, Any]:
    text = f"query Q($id: ID!) {{ contact(id: $id) {{ {STATUS} }} }}"
    answer = (await client.run(text, id=global_id(contact)))["contact"]["portalStatus"]
    assert isinstance(answer, dict)
    return answer


async def test_the_icon_speaks_the_language_that_the_request_asks_for(
    practice: Practice, staff: Client, stranger: Client, mailbox: Mailbox, clock: FixedClock
) -> None:
    contact, nowhere = await practice.contact(), await practice.contact("Noa", emails=())
    both = {language: [await status(staff.reading(language), one) for one in (contact, nowhere)] for language in SPOKEN}
    assert [(one["summary"], one["blockedReason"]) for one in both["es-MX,es;q=0.9,en;q=0.8"]] == [
        ("Todavía no hay cuenta del portal para omar.reyes@example.com.", None),
        (
            "No hay ningún correo electrónico en el expediente.",
            "No hay un correo electrónico al que invitar. Agregue uno a este contacto.",
        ),
    ]
    assert both["fr-CA"] == [await status(staff, one) for one in (contact, nowhere)]
    assert both["fr-CA"][1]["summary"] == "No email address on record."
    # A mutation's answer too, and what the person reads of themselves.
    invited = await staff.reading("es").mutate("createPortalAccount", {"contactId": global_id(contact)}, CREATED)
    assert invited["contact"]["portalStatus"]["summary"] == (
        "Con invitación: el correo a omar.reyes@example.com espera su envío."
    )
    facts = {"token": await invitation_token(practice, mailbox), "dateOfBirth": BORN.isoformat(), "password": PASSWORD}
    answer = await stranger.reading("es").mutate("acceptPortalInvitation", facts, REGISTERED)
    assert answer["account"]["contact"]["portalStatus"]["summary"] == (
        "Su cuenta del portal está vinculada a su expediente."
    )
    person = stranger.holding(answer["accessToken"])
    assert (await status(person, contact))["summary"] == "Your portal account is linked to your record."


async def test_a_person_goes_from_no_account_to_linked(
    practice: Practice, staff: Client, stranger: Client, mailbox: Mailbox, clock: FixedClock
) -> None:
    contact = await practice.contact()
    assert await status(staff, contact) == {
        "state": "NO_ACCOUNT",
        "icon": "GRAY_GLOBE_PERSON",
        "summary": "No portal account for omar.reyes@example.com yet.",
        "action": "CREATE_ACCOUNT",
        "blockedReason": None,
        "letter": "NONE",
        "account": None,
    }
    invited = await staff.mutate("createPortalAccount", {"contactId": global_id(contact)}, CREATED)
    expected = {
        "state": "INVITED",
        "icon": "BLUE_GLOBE_PERSON",
        "summary": "Invited: the email to omar.reyes@example.com is waiting to be sent.",
        "action": "PRINT_INSTRUCTIONS",
        "blockedReason": None,
        "letter": "QUEUED",
        "account": {"email": "omar.reyes@example.com", "registeredAt": None},
    }
    assert invited == {
        "__typename": "CreatePortalAccountSuccess",
        "account": {
            "id": invited["account"]["id"],
            "email": "omar.reyes@example.com",
            "registeredAt": None,
            "contact": {"id": global_id(contact)},
        },
        "contact": {"id": global_id(contact), "portalStatus": expected},
    }
    token = await invitation_token(practice, mailbox)
    assert link_in(mailbox.letters[-1]) == f"https://portal.vestibule.example/willow-creek/register/{token}"
    sent = "Invited: the email to omar.reyes@example.com was sent on Mar 2, 2026. Not yet registered."
    assert await status(staff, contact) == {**expected, "letter": "SENT", "summary": sent}

    clock.advance(timedelta(minutes=5))
    given = {"token": token, "dateOfBirth": BORN.isoformat(), "password": PASSWORD}
    signed_in = await stranger.mutate("acceptPortalInvitation", given, REGISTERED)
    account = signed_in["account"]
    assert account["registeredAt"] == account["emailVerifiedAt"] == "2026-03-02T09:05:00+00:00"
    assert account["contact"]["displayName"] == "Omar Reyes"
    patient = stranger.holding(signed_in["accessToken"])
    assert await patient.run("{ viewer { ... on PortalAccount { email } } }") == {
        "viewer": {"email": "omar.reyes@example.com"}
    }
    linked = await status(staff, contact)
    assert (linked["state"], linked["action"]) == ("LINKED", "PRINT_INSTRUCTIONS")
    assert linked["account"] == {"email": "omar.reyes@example.com", "registeredAt": "2026-03-02T09:05:00+00:00"}
    links = "query Q($id: ID!) { contact(id: $id) { portalLinks { totalCount nodes { email linkedHow unlinkedAt } } } }"
    assert (await staff.run(links, id=global_id(contact)))["contact"]["portalLinks"] == {
        "totalCount": 1,
        "nodes": [{"email": "omar.reyes@example.com", "linkedHow": "INVITATION", "unlinkedAt": None}],
    }


async def test_creating_again_answers_the_same_account_and_sends_no_second_letter(
    practice: Practice, staff: Client
) -> None:
    given = {"contactId": global_id(await practice.contact())}
    first = await staff.mutate("createPortalAccount", given, CREATED)
    async with nothing_changes():
        assert await staff.mutate("createPortalAccount", given, CREATED) == first


async def test_what_stands_in_the_way_is_said_with_its_name(
    practice: Practice, staff: Client, mailbox: Mailbox
) -> None:
    account, _ = await registered(practice, mailbox)
    [linked] = (await staff.run('{ contacts(search: "leo") { nodes { id } } }'))["contacts"]["nodes"]
    without = await practice.contact("Nora", "Gray", emails=())
    shared = await practice.contact("Mia", "Park", emails=(account.email,))
    async with nothing_changes():
        exists = await staff.mutate("createPortalAccount", {"contactId": linked["id"]})
        no_email = await staff.mutate("createPortalAccount", {"contactId": global_id(without)})
        conflict = await staff.mutate("createPortalAccount", {"contactId": global_id(shared)})
    assert exists["account"] == {"id": encode_id("PortalAccount", account.id), "email": account.email}
    assert [(a["__typename"], a["code"]) for a in (exists, no_email, conflict)] == [
        ("PortalAccountExists", "PORTAL_ACCOUNT_EXISTS"),
        ("ContactHasNoEmail", "CONTACT_HAS_NO_EMAIL"),
        ("EmailConflict", "EMAIL_CONFLICT"),
    ]


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("AUTOMATIC", "Riverside"),
        ("ORGANIZATION", "Willow Creek Counseling"),
        ("DISCREET", "Your care portal"),
    ],
)
async def test_letter_bears_the_name_staff_chose(
    sender: str, name: str, practice: Practice, staff: Client, mailbox: Mailbox
) -> None:
    contact = global_id(await practice.contact())
    facility = await staff.mutate("createFacility", {"name": "Riverside"}, "facility { id }")
    await staff.mutate("createEpisode", {"contactId": contact, "facilityId": facility["facility"]["id"]})
    await staff.mutate("createPortalAccount", {"contactId": contact, "sender": sender})
    await invitation_token(practice, mailbox)
    [letter] = mailbox.letters
    assert letter["From"].addresses[0].display_name == name
    assert ("Willow Creek" in text_of(letter)) is (sender != "DISCREET")


async def test_without_web_portal_the_state_shows_and_no_action(practice: Practice, stranger: Client) -> None:
    contact = await practice.contact()
    _, session = await practice.signed_in(Permission.MANAGE_CONTACTS)
    shown = await status(stranger.holding(session.access_token), contact)
    assert (shown["state"], shown["action"]) == ("NO_ACCOUNT", None)
    assert shown["blockedReason"] == "You need the permission WEB_PORTAL to do this. Ask someone who manages staff."


async def test_conflict_shows_the_account_only_to_those_who_may_see_the_other_record(
    practice: Practice, stranger: Client, mailbox: Mailbox
) -> None:
    account, _ = await registered(practice, mailbox)
    shared = await practice.contact("Mia", "Park", emails=(account.email,))
    for permissions, shows in ((list(Permission), True), ([Permission.WEB_PORTAL], False)):
        _, session = await practice.signed_in(*permissions)
        answer = await status(stranger.holding(session.access_token), shared)
        assert (answer["state"], answer["icon"], answer["action"]) == ("EMAIL_CONFLICT", "GRAY_GLOBE_WARNING", None)
        assert (answer["account"] is not None) is shows
        assert "Leo" not in predictable(str(answer))


async def test_a_bounced_letter_shows_on_the_icon(practice: Practice, staff: Client, mailbox: Mailbox) -> None:
    contact = await practice.contact()
    await staff.mutate("createPortalAccount", {"contactId": global_id(contact)})
    mailbox.trouble = MailRefused("550 no such mailbox")
    await deliver_due_letters(practice.services, worker_name="test")
    shown = await status(staff, contact)
    assert (shown["state"], shown["letter"]) == ("INVITED", "BOUNCED")
    assert "550 no such mailbox" in shown["summary"]


async def test_an_address_changed_before_registering_takes_the_invitation_back(
    practice: Practice, staff: Client, stranger: Client, mailbox: Mailbox
) -> None:
    contact = await practice.contact()
    await staff.mutate("createPortalAccount", {"contactId": global_id(contact)})
    token = await invitation_token(practice, mailbox)
    await staff.mutate("updateContact", {"contactId": global_id(contact), "emails": ["new@example.com"]})
    assert (await status(staff, contact))["state"] == "NO_ACCOUNT"
    given = {"token": token, "dateOfBirth": BORN.isoformat(), "password": PASSWORD}
    async with nothing_changes():
        answer = await stranger.mutate("acceptPortalInvitation", given)
    assert (answer["__typename"], answer["reason"]) == ("InvitationNotUsable", "REVOKED")


async def test_invitation_is_accepted_once_by_who_proves_who_they_are(
    practice: Practice, other_practice: Practice, staff: Client, stranger: Client, mailbox: Mailbox
) -> None:
    contact = await practice.contact()
    await staff.mutate("createPortalAccount", {"contactId": global_id(contact)})
    right = {
        "organization": "willow-creek",
        "token": await invitation_token(practice, mailbox),
        "dateOfBirth": BORN.isoformat(),
        "password": PASSWORD,
    }

    async def refused(**changes: object) -> dict[str, Any]:
        async with nothing_changes():
            return await stranger.mutate("acceptPortalInvitation", {**right, **changes})

    unknown = [{"organization": "harbor-house"}, {"organization": "no-such"}, {"token": "made-up"}, {"token": ""}]
    for changes in unknown:
        answer = await refused(**changes)
        assert (answer["__typename"], answer["reason"]) == ("InvitationNotUsable", "UNKNOWN"), changes
    for claim in ({"dateOfBirth": "1980-05-05"}, {"dateOfBirth": None}, {"dateOfBirth": None, "pin": "K7MP-4TQX"}):
        assert (await refused(**claim))["__typename"] == "IdentityNotConfirmed", claim
    assert (await refused(password="short"))["reasons"] == [
        "Use at least 15 characters. A short sentence is easy to remember."
    ]
    assert (await stranger.mutate("acceptPortalInvitation", right))["__typename"] == "AcceptPortalInvitationSuccess"
    again = await refused()
    assert (again["__typename"], again["reason"]) == ("InvitationNotUsable", "USED")


async def test_guessing_the_date_of_birth_pauses(
    practice: Practice, staff: Client, stranger: Client, mailbox: Mailbox, clock: FixedClock
) -> None:
    contact = await practice.contact()
    await staff.mutate("createPortalAccount", {"contactId": global_id(contact)})
    right = {
        "token": await invitation_token(practice, mailbox),
        "dateOfBirth": BORN.isoformat(),
        "password": PASSWORD,
    }
    for _ in range(5):
        answer = await stranger.mutate("acceptPortalInvitation", {**right, "dateOfBirth": "1999-01-01"})
        assert answer["__typename"] == "IdentityNotConfirmed"
    paused = await stranger.mutate("acceptPortalInvitation", right)
    assert (paused["__typename"], paused["retryAfterSeconds"]) == ("TooManyAttempts", 1800)
    clock.advance(timedelta(minutes=30))
    assert (await stranger.mutate("acceptPortalInvitation", right))["__typename"] == "AcceptPortalInvitationSuccess"


async def test_without_a_date_of_birth_the_pin_proves_it(
    practice: Practice, staff: Client, stranger: Client, mailbox: Mailbox
) -> None:
    contact = await practice.contact(date_of_birth=None)
    await staff.mutate("createPortalAccount", {"contactId": global_id(contact)})
    token = await invitation_token(practice, mailbox)
    text = "query Q($id: ID!) { contact(id: $id) { portalPin } }"
    pin = (await staff.run(text, id=global_id(contact)))["contact"]["portalPin"]
    given = {"token": token, "dateOfBirth": BORN.isoformat(), "password": PASSWORD}
    assert (await stranger.mutate("acceptPortalInvitation", given))["__typename"] == "IdentityNotConfirmed"
    accepted = await stranger.mutate("acceptPortalInvitation", {**given, "pin": pin.lower().replace("-", " ")})
    assert accepted["__typename"] == "AcceptPortalInvitationSuccess"


async def test_an_invitation_runs_out_after_ten_days(
    practice: Practice, staff: Client, stranger: Client, mailbox: Mailbox, clock: FixedClock
) -> None:
    contact = await practice.contact()
    await staff.mutate("createPortalAccount", {"contactId": global_id(contact)})
    token = await invitation_token(practice, mailbox)
    clock.advance(timedelta(days=10))
    given = {"token": token, "dateOfBirth": BORN.isoformat(), "password": PASSWORD}
    answer = await stranger.mutate("acceptPortalInvitation", given)
    assert (answer["__typename"], answer["reason"]) == ("InvitationNotUsable", "EXPIRED")
