"""A hundred contacts with all that can hang on them, written in a few statements: what is measured is reading them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from clinic.documents.models import Document, DocumentSharing, Signature, SignatureState
from clinic.mail.models import Letter, LetterKind
from clinic.organizations.models import Facility
from clinic.portal_access.models import Invitation, LetterSender, LinkedHow, PortalAccount, PortalLink
from clinic.records.models import Appointment, Contact, ContactEmail, ContactKind, Episode, Relationship
from clinic.upkeep.state_verification import store_missing_states
from tests.factories import Practice
from tests.factories.documents import author_of, columns

CROWD = 100


async def make_crowd(practice: Practice) -> None:
    """Each contact has two addresses, an episode, two appointments and a relative; every second one is invited."""
    now, here = practice.services.clock.now(), practice.organization.id
    facility = await Facility.create(organization_id=here, name="Riverside")
    contacts = [_contact(practice, number) for number in range(CROWD)]
    await Contact.bulk_create(contacts)
    for position, host in enumerate(("example.com", "example.org")):
        await ContactEmail.bulk_create(
            ContactEmail(
                organization_id=here,
                contact_id=contact.id,
                position=position,
                address=f"{contact.given_key}@{host}",
                address_normal=f"{contact.given_key}@{host}",
            )
            for contact in contacts
        )
    await Episode.bulk_create(
        Episode(organization_id=here, contact_id=contact.id, facility_id=facility.id, started_at=now)
        for contact in contacts
    )
    for hour in (1, 2):
        times = {"starts_at": now + timedelta(hours=hour), "ends_at": now + timedelta(hours=hour + 1)}
        await Appointment.bulk_create(
            Appointment(organization_id=here, contact_id=contact.id, facility_id=facility.id, **times)
            for contact in contacts
        )
    neighbours = zip(contacts, [*contacts[1:], contacts[0]], strict=True)
    await Relationship.bulk_create(
        Relationship(organization_id=here, client_id=client.id, relative_id=relative.id, kind="cousin")
        for client, relative in neighbours
    )
    await _invite(practice, contacts[::2])
    await _share(practice, contacts)
    await store_missing_states()


async def _invite(practice: Practice, contacts: list[Contact]) -> None:
    now, here = practice.services.clock.now(), practice.organization.id
    accounts = {
        contact.id: PortalAccount(
            organization_id=here,
            id=uuid4(),
            email=f"{contact.given_key}@example.com",
            email_normal=f"{contact.given_key}@example.com",
            created_at=now,
        )
        for contact in contacts
    }
    invitations = [
        Invitation(
            organization_id=here,
            id=uuid4(),
            account_id=account.id,
            contact_id=contact_id,
            sender=LetterSender.ORGANIZATION,
            sender_name="Willow Creek Counseling",
            language="en",
            created_at=now,
            expires_at=now + timedelta(days=10),
        )
        for contact_id, account in accounts.items()
    ]
    await PortalAccount.bulk_create(accounts.values())
    await PortalLink.bulk_create(
        PortalLink(
            organization_id=here,
            account_id=account.id,
            contact_id=contact_id,
            email=account.email,
            linked_at=now,
            linked_how=LinkedHow.INVITATION,
            identity_confirmed_at=now,
        )
        for contact_id, account in accounts.items()
    )
    await Invitation.bulk_create(invitations)
    await Letter.bulk_create(
        Letter(
            organization_id=here,
            kind=LetterKind.PORTAL_INVITATION,
            to_address=accounts[invitation.contact_id].email,
            invitation_id=invitation.id,
            message_id=f"<{invitation.id}@example.com>",
            created_at=now,
            next_attempt_at=now,
        )
        for invitation in invitations
    )


async def _share(practice: Practice, contacts: list[Contact]) -> None:
    """Two documents for each, shared with all and signed by the person; the newer one took the older one's place."""
    now, author = practice.services.clock.now(), await author_of(practice)
    shared = {"sharing": DocumentSharing.ALL_AUTHORIZED, "shared_at": now, "sha256": "0" * 64, "byte_count": 1}

    def made(contact: Contact, title: str, **more: Any) -> Document:
        own = columns(practice, contact.id, author, title, now)
        return Document(**own, **shared, signature_state=SignatureState.WAITING, **more)

    newer = [made(contact, "Newer") for contact in contacts]
    older = [made(contact, "Older", superseded_by_id=new.id) for contact, new in zip(contacts, newer, strict=True)]
    await Document.bulk_create(newer)
    await Document.bulk_create(older)
    await Signature.bulk_create(
        Signature(organization_id=practice.organization.id, document_id=one.id, signer_id=one.contact_id, position=1)
        for one in newer
    )


def _contact(practice: Practice, number: int) -> Contact:
    now, key = practice.services.clock.now(), f"p{number:03}"
    return Contact(
        id=uuid4(),
        organization_id=practice.organization.id,
        kind=ContactKind.CLIENT,
        given_name=key.upper(),
        family_name="Crowd",
        given_key=key,
        family_key="crowd",
        sort_key=f"crowd\t{key}",
        pin_encrypted=practice.services.secrets.encrypt("K7MP4TQX"),
        pin_hash=f"{number:064}",
        created_at=now,
        updated_at=now,
    )
