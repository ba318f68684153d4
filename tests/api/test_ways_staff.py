"""The staff's ways by the API: lists, sending again, taking back, linking, closing, the transfer, the worklists.

Who may run them is test_access.py's business.
"""

from datetime import timedelta
from typing import Any

import pytest

from api.server.relay import encode_id
from clinic.letters.delivery import deliver_due_letters
from clinic.mail.models import Letter
from clinic.portal_access.models import PortalAccount
from clinic.records.models import Contact
from clinic.values.callers import Permission
from tests.api.client import Client
from tests.api.records import registered
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice
from tests.factories.contents import nothing_changes
from tests.words import predictable

STATUS = "portalStatus { state summary action alsoAllowed remedies blockedReason invitationExpiresAt account { id } }"
ASK = f"query Q($id: ID!) {{ contact(id: $id) {{ {STATUS} portalLinks {{ nodes {{ linkedHow unlinkReason }} }} }} }}"


def of(row: Contact | PortalAccount) -> str:
    return encode_id(type(row).__name__, row.id)


async def status(client: Client, contact: Contact) -> dict[str, Any]:
    answer = (await client.run(ASK, id=of(contact)))["contact"]["portalStatus"]
    assert isinstance(answer, dict)
    return answer


async def alone(practice: Practice, email: str) -> PortalAccount:
    """An account whose person registered without an invitation."""
    now = practice.services.clock.now()
    return await PortalAccount.create(
        organization_id=practice.organization.id,
        email=email,
        email_normal=email,
        password_hash="!",
        created_at=now,
        registered_at=now,
        email_verified_at=now,
    )


async def deliver(practice: Practice) -> None:
    await deliver_due_letters(practice.services, worker_name="test")


async def test_a_list_is_answered_one_by_one_in_its_order(practice: Practice, staff: Client) -> None:
    good, bare = await practice.contact(), await practice.contact("Nora", emails=())
    asked = [of(bare), of(good), "no id", of(good)]

    answer = await staff.mutate(
        "createPortalAccounts",
        {"contactIds": asked},
        "createdCount refusedCount results { contactId result { __typename "
        "... on CreatePortalAccountSuccess { contact { id portalStatus { state } } account { email } } "
        "... on UserError { code } } }",
    )

    success = {
        "__typename": "CreatePortalAccountSuccess",
        "contact": {"id": of(good), "portalStatus": {"state": "INVITED"}},
        "account": {"email": "omar.reyes@example.com"},
    }
    assert answer == {
        "__typename": "CreatePortalAccountsSuccess",
        "createdCount": 2,
        "refusedCount": 2,
        "results": [
            {"contactId": asked[0], "result": {"__typename": "ContactHasNoEmail", "code": "CONTACT_HAS_NO_EMAIL"}},
            {"contactId": asked[1], "result": success},
            {"contactId": asked[2], "result": {"__typename": "NotFound", "code": "NOT_FOUND"}},
            {"contactId": asked[3], "result": success},
        ],
    }
    assert await Letter.all().count() == 1


async def test_an_invited_contact_can_be_sent_to_again_or_taken_back(
    practice: Practice, staff: Client, mailbox: Mailbox, clock: FixedClock
) -> None:
    contact = await practice.contact()
    await staff.mutate("createPortalAccount", {"contactId": of(contact)})
    await deliver(practice)
    clock.advance(timedelta(minutes=5))
    before = await status(staff, contact)
    assert before["alsoAllowed"] == ["RESEND_INVITATION", "REVOKE_INVITATION", "REGENERATE_PIN"]
    assert before["invitationExpiresAt"] == "2026-03-12T09:00:00+00:00"

    sent = await staff.mutate("resendPortalInvitation", {"contactId": of(contact)}, f"contact {{ {STATUS} }}")

    assert sent["contact"]["portalStatus"]["invitationExpiresAt"] == "2026-03-12T09:05:00+00:00"
    await deliver(practice)
    assert len(mailbox.letters) == 2
    revoked = await staff.mutate(
        "revokePortalInvitation", {"contactId": of(contact), "reason": "too early"}, f"contact {{ {STATUS} }}"
    )
    assert revoked["contact"]["portalStatus"]["state"] == "NO_ACCOUNT"
    async with nothing_changes():
        again = await staff.mutate("revokePortalInvitation", {"contactId": of(contact)})
        assert again["__typename"] == "NotLinked"


async def test_more_than_five_letters_a_day_are_refused_with_the_time_to_wait(
    practice: Practice, staff: Client
) -> None:
    contact = await practice.contact()
    await staff.mutate("createPortalAccount", {"contactId": of(contact)})
    for _ in range(5):
        await staff.mutate("resendPortalInvitation", {"contactId": of(contact)})
    refused = await staff.mutate("resendPortalInvitation", {"contactId": of(contact)})
    assert (refused["__typename"], refused["retryAfterSeconds"]) == ("TooManyAttempts", 24 * 3600)


async def test_an_account_is_found_chosen_linked_unlinked_and_relinked(practice: Practice, staff: Client) -> None:
    contact = await practice.contact(emails=("first@example.com", "second@example.com"))
    first, second = [await alone(practice, email) for email in ("first@example.com", "second@example.com")]
    assert (await status(staff, contact))["action"] == "LINK_ACCOUNT"
    several = await staff.run(
        "mutation Do($input: LinkPortalAccountInput!) { linkPortalAccount(input: $input) { __typename "
        "... on SeveralAccounts { code accounts { id email contact { id } } } } }",
        input={"contactId": of(contact)},
    )
    assert several["linkPortalAccount"] == {
        "__typename": "SeveralAccounts",
        "code": "SEVERAL_ACCOUNTS",
        "accounts": [{"id": of(row), "email": row.email, "contact": None} for row in (first, second)],
    }

    chosen = {"contactId": of(contact), "accountId": of(second)}
    linked = await staff.mutate(
        "linkPortalAccount", chosen, f"account {{ id contact {{ id }} }} contact {{ {STATUS} }}"
    )

    assert linked["account"] == {"id": of(second), "contact": {"id": of(contact)}}
    assert linked["contact"]["portalStatus"]["state"] == "LINKED"
    assert linked["contact"]["portalStatus"]["alsoAllowed"] == ["UNLINK_ACCOUNT", "DISABLE_ACCOUNT", "REGENERATE_PIN"]
    assert (await staff.mutate("linkPortalAccount", chosen))["__typename"] == "AlreadyLinked"
    ended = await staff.mutate(
        "unlinkPortalAccount", {"contactId": of(contact), "reason": "moved away"}, f"contact {{ {STATUS} }}"
    )
    assert ended["contact"]["portalStatus"]["state"] == "ACCOUNT_NOT_LINKED"
    await staff.mutate("linkPortalAccount", chosen)
    history = (await staff.run(ASK, id=of(contact)))["contact"]["portalLinks"]["nodes"]
    assert sorted(history, key=str) == [
        {"linkedHow": "STAFF", "unlinkReason": "moved away"},
        {"linkedHow": "STAFF", "unlinkReason": None},
    ]


async def test_the_account_a_record_had_is_offered_and_linked_again_whatever_its_address(
    practice: Practice, staff: Client, stranger: Client, mailbox: Mailbox
) -> None:
    account, _ = await registered(practice, mailbox)
    contact = await Contact.get(organization_id=practice.organization.id)
    await staff.mutate("unlinkPortalAccount", {"contactId": of(contact), "reason": "moved away"})
    await PortalAccount.filter(id=account.id).update(email="new@example.com", email_normal="new@example.com")
    ask = "query Q($id: ID!) { contact(id: $id) { formerPortalAccounts { id email } portalStatus { state } } }"
    found = {"formerPortalAccounts": [{"id": of(account), "email": "new@example.com"}]}
    assert (await staff.run(ask, id=of(contact)))["contact"] == {**found, "portalStatus": {"state": "NO_ACCOUNT"}}
    _, looking = await practice.signed_in(Permission.MANAGE_CONTACTS)
    withheld = await stranger.holding(looking.access_token).run(ask, id=of(contact))
    assert withheld["contact"]["formerPortalAccounts"] == []

    linked = await staff.mutate(
        "linkPortalAccount",
        {"contactId": of(contact), "accountId": of(account)},
        "contact { formerPortalAccounts { id } portalStatus { state } }",
    )

    assert linked["contact"] == {"formerPortalAccounts": [], "portalStatus": {"state": "LINKED"}}


async def test_a_patient_is_out_at_the_next_request_after_unlinking_and_after_disabling(
    practice: Practice, staff: Client, stranger: Client, mailbox: Mailbox
) -> None:
    account, session = await registered(practice, mailbox)
    contact = await Contact.get(organization_id=practice.organization.id)
    patient = stranger.holding(session.access_token)
    own = "{ viewer { ... on PortalAccount { contact { displayName } } } }"
    assert (await patient.run(own))["viewer"] == {"contact": {"displayName": contact.display_name}}

    await staff.mutate("unlinkPortalAccount", {"contactId": of(contact), "reason": "moved away"})

    assert (await patient.post(own)).status_code == 401
    closed = await staff.mutate(
        "disablePortalAccount", {"accountId": of(account), "reason": "DECEASED"}, "account { disabledAt }"
    )
    assert closed["account"]["disabledAt"] == "2026-03-02T09:00:00+00:00"
    seen = await status(staff, contact)
    assert seen["summary"].endswith("Disabled: deceased.")
    assert seen["alsoAllowed"] == ["ENABLE_ACCOUNT", "REGENERATE_PIN"]
    opened = await staff.mutate(
        "enablePortalAccount", {"accountId": of(account), "reason": "a mistake"}, "account { disabledAt }"
    )
    assert opened["account"]["disabledAt"] is None


async def test_a_new_pin_is_shown_at_once(practice: Practice, staff: Client) -> None:
    contact = await practice.contact()
    before = await staff.run("query Q($id: ID!) { contact(id: $id) { portalPin } }", id=of(contact))
    after = await staff.mutate("regeneratePortalPin", {"contactId": of(contact)}, "contact { portalPin }")
    assert after["contact"]["portalPin"] != before["contact"]["portalPin"]


async def test_a_conflict_is_settled_by_a_second_person_who_learns_nothing_of_the_other_record(
    practice: Practice, stranger: Client, mailbox: Mailbox
) -> None:
    holder = await practice.contact("Rosa", "Luna", emails=("omar.reyes@example.com",))
    now = practice.services.clock.now()
    account = await alone(practice, "omar.reyes@example.com")
    _, asking = await practice.signed_in(Permission.WEB_PORTAL)
    _, deciding = await practice.signed_in(Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS)
    asker, decider = stranger.holding(asking.access_token), stranger.holding(deciding.access_token)
    await decider.mutate("linkPortalAccount", {"contactId": of(holder)})
    contact = await practice.contact()
    seen = await status(asker, contact)
    assert (seen["state"], seen["action"], seen["account"]) == ("EMAIL_CONFLICT", None, None)
    assert seen["alsoAllowed"] == ["REQUEST_TRANSFER", "REGENERATE_PIN"]
    assert seen["remedies"] == ["USE_ANOTHER_ADDRESS", "GIVE_RELATIVE_ACCESS", "REQUEST_TRANSFER"]

    given = {"contactId": of(contact), "reason": "showed her passport"}
    fields = "transfer { id reason askedAt decidedAt approved contact { id } askedBy { name } }"
    asked = (await asker.mutate("requestPortalTransfer", given, fields))["transfer"]

    assert asked["reason"] == "showed her passport"
    assert (asked["contact"], asked["askedAt"]) == ({"id": of(contact)}, now.isoformat())
    waiting = (
        f"{{ portalTransfers {{ totalCount nodes {{ {fields.removeprefix('transfer {').removesuffix('}')} }} }} }}"
    )
    page = (await decider.run(waiting))["portalTransfers"]
    assert page == {"totalCount": 1, "nodes": [asked]}
    _, looking = await practice.signed_in()
    withheld = (await stranger.holding(looking.access_token).run(waiting))["portalTransfers"]["nodes"]
    assert withheld == [{**asked, "reason": None}]
    own = await asker.mutate("approvePortalTransfer", {"transferId": asked["id"]})
    assert (own["__typename"], own["permission"]) == ("NotPermitted", "MANAGE_CONTACTS")
    approved = await decider.mutate(
        "approvePortalTransfer",
        {"transferId": asked["id"]},
        f"transfer {{ approved decidedAt }} contact {{ {STATUS} }}",
    )
    assert approved["transfer"] == {"approved": True, "decidedAt": now.isoformat()}
    assert approved["contact"]["portalStatus"]["state"] == "LINKED"
    assert approved["contact"]["portalStatus"]["account"] == {"id": of(account)}
    told = f"{seen} {asked} {page} {approved}"
    assert "Rosa" not in predictable(told)
    assert of(holder) not in told
    assert (await decider.run(waiting))["portalTransfers"]["totalCount"] == 0


async def test_a_transfer_about_a_link_that_is_no_more_is_refused_by_its_name(
    practice: Practice, stranger: Client, clock: FixedClock
) -> None:
    await alone(practice, "omar.reyes@example.com")
    holder, contact = await practice.contact("Rosa"), await practice.contact()
    asker, decider = [stranger.holding((await practice.signed_in(*Permission))[1].access_token) for _ in range(2)]
    await asker.mutate("linkPortalAccount", {"contactId": of(holder)})
    given = {"contactId": of(contact), "reason": "showed her passport"}
    asked = (await asker.mutate("requestPortalTransfer", given, "transfer { id }"))["transfer"]
    await asker.mutate("unlinkPortalAccount", {"contactId": of(holder), "reason": "moved away"})
    clock.advance(timedelta(minutes=1))
    await asker.mutate("linkPortalAccount", {"contactId": of(holder)})

    refused = await decider.mutate("approvePortalTransfer", {"transferId": asked["id"]})

    assert (refused["__typename"], refused["code"]) == ("ConflictChanged", "CONFLICT_CHANGED")
    assert (await status(asker, holder))["state"] == "LINKED"


async def test_the_worklist_counts_every_state_and_shows_the_longest_waiting_first(
    practice: Practice, other_practice: Practice, staff: Client, clock: FixedClock
) -> None:
    await other_practice.contact()
    await practice.contact("Nora", emails=())
    names = ("Zoe", "Ana", "Mia", "Leo", "Ida")
    for name in names:
        contact = await practice.contact(name, emails=(f"{name}@example.com",))
        await staff.mutate("createPortalAccount", {"contactId": of(contact)})
        clock.advance(timedelta(minutes=1))
    counts = (await staff.run("{ portalStateCounts { state count } }"))["portalStateCounts"]
    expected = {"NO_EMAIL": 1, "INVITED": 5, "NO_ACCOUNT": 0, "LINKED": 0, "ACCOUNT_NOT_LINKED": 0, "EMAIL_CONFLICT": 0}
    assert {row["state"]: row["count"] for row in counts} == expected

    text = (
        "query Q($first: Int, $after: String, $last: Int, $before: String) { contacts(orderBy: OLDEST_INVITATION, "
        "portalState: [INVITED], first: $first, after: $after, last: $last, before: $before) "
        "{ totalCount nodes { givenName } pageInfo { endCursor startCursor hasNextPage hasPreviousPage } } }"
    )
    seen: list[str] = []
    after = None
    while True:
        page = (await staff.run(text, first=2, after=after))["contacts"]
        assert page["totalCount"] == 5
        seen += [node["givenName"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert tuple(seen) == names
    end = (await staff.run(text, last=2))["contacts"]
    assert [node["givenName"] for node in end["nodes"]] == ["Leo", "Ida"]
    before = (await staff.run(text, last=2, before=end["pageInfo"]["startCursor"]))["contacts"]
    assert [node["givenName"] for node in before["nodes"]] == ["Ana", "Mia"]
    by_name = "{ contacts(orderBy: NAME, first: 1) { pageInfo { endCursor } } }"
    cursor = (await staff.run(by_name))["contacts"]["pageInfo"]["endCursor"]
    refusal = await staff.refusal(text, first=2, after=cursor)
    assert (refusal["code"], refusal["argument"]) == ("BAD_USER_INPUT", "after")


@pytest.mark.parametrize("number", [1, 30])
async def test_worklists_cost_the_same_for_one_and_for_many(
    practice: Practice, staff: Client, clock: FixedClock, count_statements: Any, number: int
) -> None:
    for index in range(number):
        contact = await practice.contact(emails=(f"omar{index}@example.com",))
        await staff.mutate("createPortalAccount", {"contactId": of(contact)})
    costs = []
    for text in (
        "{ portalStateCounts { state count } }",
        "{ contacts(orderBy: OLDEST_INVITATION, first: 50) { nodes { givenName portalStatus { summary } } } }",
    ):
        with count_statements() as sent:
            await staff.run(text)
        costs.append(len(sent) - 1)
    assert costs == [1, 3]


async def test_access_about_to_end_is_listed_with_its_day(practice: Practice, staff: Client) -> None:
    child = await practice.contact("Mia", "Park", emails=())
    parent = await practice.contact("Leo", "Park", emails=())
    await staff.mutate("updateContact", {"contactId": of(child), "dateOfBirth": "2013-03-12"})
    tie = {"clientId": of(child), "relativeId": of(parent), "kind": "father", "portalAccess": True}
    await staff.mutate("createRelationship", tie)
    text = (
        "{ endingAccess { totalCount nodes { endsOn relationship { kind client { givenName } relative { givenName } } "
        "} } organization { relativesEndAtAge ageingWarningDays } }"
    )
    assert await staff.run(text) == {
        "endingAccess": {"totalCount": 0, "nodes": []},
        "organization": {"relativesEndAtAge": None, "ageingWarningDays": 30},
    }
    ruled = await staff.mutate(
        "updateOrganization", {"relativesEndAtAge": 13}, "organization { relativesEndAtAge ageingWarningDays }"
    )
    assert ruled["organization"] == {"relativesEndAtAge": 13, "ageingWarningDays": 30}
    relationship = {"kind": "father", "client": {"givenName": "Mia"}, "relative": {"givenName": "Leo"}}
    assert (await staff.run(text))["endingAccess"] == {
        "totalCount": 1,
        "nodes": [{"endsOn": "2026-03-12", "relationship": relationship}],
    }
    kept = await staff.mutate("updateOrganization", {"ageingWarningDays": 5}, "organization { relativesEndAtAge }")
    assert kept["organization"] == {"relativesEndAtAge": 13}
    assert (await staff.run(text))["endingAccess"]["totalCount"] == 0
    quiet = await staff.mutate("updateOrganization", {"signingReminders": False}, "organization { signingReminders }")
    assert quiet["organization"] == {"signingReminders": False}
    lifted = await staff.mutate("updateOrganization", {"relativesEndAtAge": None}, "organization { relativesEndAtAge }")
    assert lifted["organization"] == {"relativesEndAtAge": None}
    assert (await staff.run("{ organization { signingReminders ageingWarningDays } }"))["organization"] == {
        "signingReminders": False,
        "ageingWarningDays": 5,
    }
    wrong = await staff.mutate("updateOrganization", {"relativesEndAtAge": 14})
    assert (wrong["__typename"], wrong["fields"][0]["path"]) == ("InvalidInput", "relativesEndAtAge")
