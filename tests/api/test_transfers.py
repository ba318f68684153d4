"""Transfers over the API: what the second person judges by, and taking a request back."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from api.server.relay import encode_id, split_id
from clinic.portal_access.models import PortalLink
from clinic.records.models import Contact
from clinic.values.callers import Permission
from clinic.work.models import AuditEvent
from tests.api.client import Client
from tests.clinic.portal_access.ways import registered
from tests.clock import FixedClock
from tests.factories import BORN, Mailbox, Practice

REVIEW = (
    "review { accountEmail registeredAt lastSignedInAt linkedAt linkedHow "
    "holder { id displayName dateOfBirth emails } }"
)
WAITING = (
    f"query Q($of: ID) {{ portalTransfers(contactId: $of) {{ nodes {{ id reason askedBy {{ name }} {REVIEW} }} }} }}"
)


def of(contact: Contact) -> str:
    return encode_id("Contact", contact.id)


async def client_of(practice: Practice, stranger: Client, *permissions: Permission) -> Client:
    _, session = await practice.signed_in(*permissions)
    return stranger.holding(session.access_token)


@pytest.fixture
async def holder(practice: Practice, mailbox: Mailbox) -> Contact:
    holder = await practice.contact("Rosa", emails=("family@example.com",))
    await registered(practice, mailbox, holder)
    return holder


@pytest.fixture
async def contact(practice: Practice, holder: Contact) -> Contact:
    return await practice.contact(emails=("family@example.com",))


async def requested(asker: Client, contact: Contact) -> dict[str, Any]:
    given = {"contactId": of(contact), "reason": "showed her passport"}
    answer = await asker.mutate("requestPortalTransfer", given, f"transfer {{ id withdrawnAt {REVIEW} }}")
    transfer: dict[str, Any] = answer["transfer"]
    return transfer


async def test_the_second_person_sees_the_holder_and_that_is_noted(
    practice: Practice, stranger: Client, holder: Contact, contact: Contact
) -> None:
    asker = await client_of(practice, stranger, *Permission)
    decider = await client_of(practice, stranger, Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS)
    asked = await requested(asker, contact)
    assert asked["review"] is None

    [seen] = (await decider.run(WAITING, of=of(contact)))["portalTransfers"]["nodes"]

    now = practice.services.clock.now().isoformat()
    assert seen["review"] == {
        "accountEmail": "family@example.com",
        "registeredAt": now,
        "lastSignedInAt": now,
        "linkedAt": now,
        "linkedHow": "INVITATION",
        "holder": {
            "id": of(holder),
            "displayName": holder.display_name,
            "dateOfBirth": BORN.isoformat(),
            "emails": ["family@example.com"],
        },
    }
    viewed = await AuditEvent.filter(action="contact.viewed", actor_kind="staff").values_list("subject_id", flat=True)
    assert holder.id in {UUID(str(each)) for each in viewed}
    [own] = (await asker.run(WAITING))["portalTransfers"]["nodes"]
    assert own["review"] is None
    assert (await decider.run(WAITING, of=of(holder)))["portalTransfers"]["nodes"] == []


async def test_the_requester_takes_it_back_and_a_colleague_can_not(
    practice: Practice, stranger: Client, contact: Contact
) -> None:
    asker = await client_of(practice, stranger, Permission.WEB_PORTAL)
    decider = await client_of(practice, stranger, Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS)
    given = {"transferId": (await requested(asker, contact))["id"]}

    refused = await decider.mutate("withdrawPortalTransfer", given)
    withdrawn = await asker.mutate("withdrawPortalTransfer", given, "transfer { withdrawnAt decidedAt approved }")

    assert (refused["__typename"], refused["code"]) == ("NotYourRequest", "NOT_YOUR_REQUEST")
    now = practice.services.clock.now().isoformat()
    assert withdrawn["transfer"] == {"withdrawnAt": now, "decidedAt": None, "approved": None}
    late = await decider.mutate("approvePortalTransfer", given)
    assert (late["__typename"], late["code"]) == ("AlreadyDecided", "ALREADY_DECIDED")


async def test_who_is_no_second_person_is_told_why(
    practice: Practice, stranger: Client, contact: Contact, clock: FixedClock
) -> None:
    asker = await client_of(practice, stranger, *Permission)
    given = {"transferId": (await requested(asker, contact))["id"]}
    own = await asker.mutate("approvePortalTransfer", given)
    clock.advance(timedelta(minutes=1))
    newcomer = await client_of(practice, stranger, *Permission)
    refused = await newcomer.mutate("approvePortalTransfer", given)
    assert (own["reason"], refused["reason"]) == ("REQUESTED_IT", "ACCOUNT_TOO_NEW")
    assert refused["message"] == "Somebody else has to approve this: your account is newer than the request."


async def test_the_history_says_that_it_was_a_transfer(practice: Practice, stranger: Client, contact: Contact) -> None:
    asker = await client_of(practice, stranger, Permission.WEB_PORTAL)
    decider = await client_of(practice, stranger, Permission.WEB_PORTAL, Permission.MANAGE_CONTACTS)
    given = {"transferId": (await requested(asker, contact))["id"]}
    history = "contact { portalLinks { nodes { id linkedHow } } }"
    approved = await decider.mutate("approvePortalTransfer", given, history)
    [link] = approved["contact"]["portalLinks"]["nodes"]
    assert link["linkedHow"] == "TRANSFER"
    assert (await PortalLink.get(unlinked_at=None)).id == split_id(link["id"], "PortalLink")[1]
