"""Which events are queued, and that they are committed with the change that they tell of."""

import json

import pytest

from api.server.relay import encode_id
from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.actions.decline import decline_document
from clinic.portal_access.actions import invite_contact
from clinic.values.callers import Permission
from clinic.values.errors import ClinicError
from clinic.values.global_ids import global_id
from clinic.webhooks.actions import EndpointChanges, delete_endpoint, update_endpoint
from clinic.webhooks.models import WebhookDelivery
from tests.clinic.documents.signing import paper, person, sign
from tests.clinic.webhooks.listening import listen, told
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, open_practice


async def test_a_changed_icon_is_told_by_ids_only(practice: Practice, clock: FixedClock) -> None:
    await listen(practice, "portal_status.changed")

    contact = await practice.contact("Omar", emails=("omar.reyes@example.com",))

    [row] = await WebhookDelivery.all()
    assert json.loads(row.body) == {
        "type": "portal_status.changed",
        "timestamp": "2026-03-02T09:00:00.000Z",
        "data": {"organization": "willow-creek", "contactId": encode_id("Contact", contact.id)},
    }
    assert (row.attempts, row.next_attempt_at) == (0, clock.now())


async def test_registering_is_told(practice: Practice, mailbox: Mailbox) -> None:
    await listen(practice, "account.registered")

    omar = await person(practice, mailbox)

    assert await told(practice) == [
        (
            "account.registered",
            {
                "organization": "willow-creek",
                "accountId": encode_id("PortalAccount", omar.caller.account_id),
                "contactId": encode_id("Contact", omar.contact.id),
            },
        )
    ]


async def test_signing_and_sealing_are_told(practice: Practice, mailbox: Mailbox) -> None:
    omar = await person(practice, mailbox)
    document = await paper(practice, omar.contact, omar.contact)
    await listen(practice, "document.signed", "document.completed")

    await sign(practice, omar, document)
    assert [kind for kind, _ in await told(practice)] == ["document.signed"]
    await complete_due_documents(practice.services, worker_name="w")

    completed, signed = await told(practice)
    document_id = encode_id("Document", document.id)
    assert completed == ("document.completed", {"organization": "willow-creek", "documentId": document_id})
    assert (signed[0], signed[1]["documentId"]) == ("document.signed", document_id)
    assert set(signed[1]) == {"organization", "documentId", "signatureId"}


async def test_declining_is_told_without_the_reason(practice: Practice, mailbox: Mailbox) -> None:
    omar = await person(practice, mailbox)
    document = await paper(practice, omar.contact, omar.contact)
    await listen(practice, "document.declined")

    await decline_document(omar.caller, document.id, "My lawyer says no.", practice.services)

    [(kind, data)] = await told(practice)
    assert (kind, set(data)) == ("document.declined", {"organization", "documentId", "signatureId"})


async def test_what_is_refused_is_not_told(practice: Practice) -> None:
    contact = await practice.contact(emails=())
    desk = await practice.staff(Permission.WEB_PORTAL)
    await listen(practice)

    with pytest.raises(ClinicError):
        await invite_contact(desk, contact.id, practice.services)

    assert await told(practice) == []


async def test_only_chosen_events_of_endpoints_that_are_there_are_told(practice: Practice) -> None:
    await listen(practice, "document.signed")
    gone, off = await listen(practice), await listen(practice)
    await delete_endpoint(practice.system, gone.endpoint.id, practice.services)
    await update_endpoint(practice.system, off.endpoint.id, EndpointChanges(enabled=False), practice.services)

    await practice.contact()

    assert await told(practice) == []


async def test_another_practice_is_never_told(practice: Practice) -> None:
    other = await open_practice(practice.services, "harbor-house")
    await listen(other)

    await practice.contact()

    assert await WebhookDelivery.all() == []


async def test_ids_are_spelt_as_the_api_spells_them(practice: Practice) -> None:
    key = practice.organization.id
    assert global_id("Contact", key) == encode_id("Contact", key)
