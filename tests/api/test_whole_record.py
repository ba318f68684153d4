"""A person's record leaves as an archive that holds everything and no secret, and is erased over the API."""

import io
import json
import zipfile
from datetime import timedelta

import pytest

from api.server.relay import encode_id
from clinic.charts.errors import KeptFor
from clinic.documents.models import Document
from clinic.records.models import Contact
from clinic.work.models import AuditEvent
from tests.api.client import Client
from tests.clinic.documents.signing import opened_to, paper, person, sign
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice
from tests.factories.contents import nothing_changes


async def exported(staff: Client, contact: Contact) -> str:
    answer = await staff.mutate("exportContact", {"contactId": encode_id("Contact", contact.id)}, "url")
    url: str = answer["url"]
    return url


async def test_archive_holds_everything_about_the_person_and_no_secret(
    practice: Practice, mailbox: Mailbox, staff: Client
) -> None:
    omar = await person(practice, mailbox)
    mia = await practice.contact("Mia", "Reyes", emails=("mia@example.com",))
    await opened_to(practice, omar.contact, mia)
    document = await paper(practice, omar.contact, omar.contact)
    await sign(practice, omar, document)
    url = await exported(staff, omar.contact)
    answer = await staff.http.get(url)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    kinds = {name: json.loads(packed.read(name)) for name in packed.namelist() if name.endswith(".json")}
    assert set(kinds) == {
        *(
            "contact.json",
            "contact_email.json",
            "contact_portal_state.json",
            "relationship.json",
            "portal_account.json",
            "portal_link.json",
        ),
        *("invitation.json", "letter.json", "patient_session.json", "document.json", "signature.json"),
        *(
            "signature_evidence.json",
            "evidence_mac.json",
            "completion.json",
            "signing_consent.json",
            "audit_event.json",
        ),
    }
    assert [row["given_name"] for row in kinds["contact.json"]] == ["Omar"]
    assert [row["address"] for row in kinds["contact_email.json"]] == [omar.email]
    actions = [row["action"] for row in kinds["audit_event.json"]]
    assert {"contact.created", "document.signed", "contact.exported"} <= set(actions)
    [pdf] = [name for name in packed.namelist() if name.endswith(".pdf")]
    assert packed.read(pdf) == await practice.services.files.get(f"{practice.organization.id}/{document.sha256}")
    everything = json.dumps(kinds)
    assert "Mia" not in everything, "a relative's name is theirs"
    stored = await Contact.get(id=omar.contact.id)
    secrets = ("password_hash", "token_hash", "pin_hash", stored.pin_encrypted, stored.pin_hash)
    assert [secret for secret in secrets if secret in everything] == []
    assert await AuditEvent.filter(action="contact.exported", subject_id=omar.contact.id).count() == 1


async def test_archives_address_ends_after_ten_minutes_and_with_the_session(
    practice: Practice, staff: Client, stranger: Client, clock: FixedClock
) -> None:
    contact = await practice.contact()
    url = await exported(staff, contact)
    assert (await stranger.http.get(url)).status_code == 200, "the address is the permission, as for every file"
    clock.advance(timedelta(minutes=10))
    assert (await stranger.http.get(url)).status_code == 404
    url = await exported(staff, contact)
    await staff.run("mutation { signOut }")
    assert (await stranger.http.get(url)).status_code == 404
    assert (await stranger.http.get(url[:-3])).status_code == 404


async def test_record_is_erased_and_then_unknown(practice: Practice, staff: Client) -> None:
    contact = await practice.contact()
    key = encode_id("Contact", contact.id)
    url = await exported(staff, contact)
    answer = await staff.mutate("eraseContact", {"contactId": key, "reason": "Asked for it."}, "contactId")
    assert answer["contactId"] == key
    assert (await staff.run("query Q($id: ID!) { contact(id: $id) { id } }", id=key)) == {"contact": None}
    assert (await staff.http.get(url)).status_code == 404
    events = await staff.run("{ auditEvents(first: 1) { nodes { action reason subject { id } } } }")
    [event] = events["auditEvents"]["nodes"]
    assert event == {"action": "contact.erased", "reason": "Asked for it.", "subject": None}
    again = await staff.mutate("eraseContact", {"contactId": key, "reason": "Asked for it."}, "contactId")
    assert again["__typename"] == "NotFound"


async def test_what_must_be_kept_says_why(practice: Practice, staff: Client) -> None:
    contact = await practice.contact()
    await paper(practice, contact, contact)
    given = {"contactId": encode_id("Contact", contact.id), "reason": "Asked for it."}
    async with nothing_changes():
        answer = await staff.mutate("eraseContact", given, "contactId")
    assert (answer["__typename"], answer["reason"]) == ("MustBeKept", KeptFor.OPEN_SIGNATURE.value)
    assert answer["message"] == "Someone is asked to sign a document of this record. Withdraw it first."
    assert await Document.all().count() == 1


@pytest.mark.parametrize("reason", ["", " ", "x" * 201])
async def test_reason_is_needed_in_one_line(practice: Practice, staff: Client, reason: str) -> None:
    contact = await practice.contact()
    given = {"contactId": encode_id("Contact", contact.id), "reason": reason}
    async with nothing_changes():
        answer = await staff.mutate("eraseContact", given, "contactId")
    assert answer["__typename"] == "InvalidInput"
