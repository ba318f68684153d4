"""Eight things an address can be to a practice, as rows, by the hundred if need be. All addresses are equally long."""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from clinic.portal_access.models import Invitation, LetterSender, LinkedHow, PortalAccount, PortalLink
from clinic.records.models import Contact, ContactEmail, ContactKind
from clinic.staff.models import StaffMember
from clinic.values.passwords import hash_password
from tests.factories import PASSWORD, Practice


class Kind(StrEnum):
    """What is behind an address; the letter begins it."""

    UNKNOWN = "u"
    LINKED = "l"
    UNLINKED = "a"
    UNVERIFIED = "v"
    INVITED = "i"
    DISABLED = "d"
    STAFF = "s"
    ELSEWHERE = "e"


def addresses(kind: Kind, batch: str, count: int) -> list[str]:
    """Addresses of one kind. `batch` keeps those apart that are made for different uses."""
    return [f"{kind.value}.{batch}.{number:04}@example.com" for number in range(count)]


async def make_people(practice: Practice, elsewhere: Practice, batch: str, count: int) -> None:
    """So many people of every kind; those of `ELSEWHERE` have their accounts at the other practice only.

    All have the same password, hashed once: what is asked for later is never right.
    """
    password_hash = await hash_password(PASSWORD)
    now = practice.services.clock.now()
    registered = {"password_hash": password_hash, "registered_at": now}
    verified = {**registered, "email_verified_at": now}
    await _accounts(practice, addresses(Kind.UNLINKED, batch, count), **verified)
    await _accounts(practice, addresses(Kind.UNVERIFIED, batch, count), **registered)
    await _accounts(practice, addresses(Kind.DISABLED, batch, count), **verified, disabled_at=now)
    await _accounts(elsewhere, addresses(Kind.ELSEWHERE, batch, count), **verified)
    await _on_record(practice, await _accounts(practice, addresses(Kind.LINKED, batch, count), **verified))
    invited = await _accounts(practice, addresses(Kind.INVITED, batch, count))
    await _invitations(practice, invited, await _on_record(practice, invited))
    await StaffMember.bulk_create(
        StaffMember(
            organization_id=practice.organization.id,
            name="Fran Desk",
            email=address,
            email_normal=address,
            password_hash=password_hash,
            created_at=now,
        )
        for address in addresses(Kind.STAFF, batch, count)
    )


async def _accounts(practice: Practice, emails: Sequence[str], **facts: Any) -> list[PortalAccount]:
    accounts = [
        PortalAccount(
            id=uuid4(),
            organization_id=practice.organization.id,
            email=email,
            email_normal=email,
            created_at=practice.services.clock.now(),
            **facts,
        )
        for email in emails
    ]
    await PortalAccount.bulk_create(accounts)
    return accounts


async def _on_record(practice: Practice, accounts: Sequence[PortalAccount]) -> list[UUID]:
    """A contact for each account, linked to it."""
    now, here = practice.services.clock.now(), practice.organization.id
    contacts = [
        Contact(
            id=uuid4(),
            organization_id=here,
            kind=ContactKind.CLIENT,
            given_name="Omar",
            family_name="Reyes",
            given_key="omar",
            family_key="reyes",
            sort_key="reyes\tomar",
            pin_encrypted="!",
            pin_hash=f"{uuid4().hex}{uuid4().hex}",
            created_at=now,
            updated_at=now,
        )
        for _ in accounts
    ]
    await Contact.bulk_create(contacts)
    pairs = list(zip(contacts, accounts, strict=True))
    await ContactEmail.bulk_create(
        ContactEmail(
            organization_id=here,
            contact_id=contact.id,
            position=0,
            address=account.email,
            address_normal=account.email_normal,
        )
        for contact, account in pairs
    )
    await PortalLink.bulk_create(
        PortalLink(
            organization_id=here,
            account_id=account.id,
            contact_id=contact.id,
            email=account.email,
            linked_at=now,
            linked_how=LinkedHow.INVITATION,
        )
        for contact, account in pairs
    )
    return [contact.id for contact in contacts]


async def _invitations(practice: Practice, accounts: Sequence[PortalAccount], contact_ids: Sequence[UUID]) -> None:
    now = practice.services.clock.now()
    await Invitation.bulk_create(
        Invitation(
            organization_id=practice.organization.id,
            account_id=account.id,
            contact_id=contact_id,
            sender=LetterSender.ORGANIZATION,
            sender_name=practice.organization.name,
            language="en",
            created_at=now,
            expires_at=now + timedelta(days=10),
        )
        for account, contact_id in zip(accounts, contact_ids, strict=True)
    )
