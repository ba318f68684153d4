"""Adds letters to the outbox, inside the transaction of the change that they are about."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from tortoise.expressions import Q

from clinic.mail.models import Letter, LetterKind, LetterStatus
from clinic.portal_access.models import AccountToken, Invitation, PortalAccount
from clinic.staff.models import StaffMember, StaffToken
from clinic.values.ports import Services


async def queue_invitation_letter(invitation: Invitation, to_address: str, now: datetime, services: Services) -> Letter:
    """Queue the letter with an invitation's link. The link itself is not stored.

    `created_at` is always later than that of the invitation's other letters, because only the newest letter's link
    counts.
    """
    letter = _letter(LetterKind.PORTAL_INVITATION, invitation.organization_id, to_address, now, services)
    letter.invitation_id = invitation.id
    last = await Letter.filter(invitation_id=invitation.id).order_by("-created_at").first()
    if last is not None:
        letter.created_at = max(now, last.created_at + timedelta(microseconds=1))
    await letter.save(force_create=True)
    return letter


async def queue_token_letter(kind: LetterKind, token: AccountToken, now: datetime, services: Services) -> Letter:
    """Queue the letter with an account token's link, to the token's address."""
    letter = _letter(kind, token.organization_id, token.email, now, services)
    letter.account_token_id = token.id
    await letter.save(force_create=True)
    return letter


async def queue_account_letter(kind: LetterKind, account: PortalAccount, now: datetime, services: Services) -> Letter:
    """Queue a letter about an account, to the account's address."""
    letter = _letter(kind, account.organization_id, account.email, now, services)
    letter.account_id = account.id
    await letter.save(force_create=True)
    return letter


async def queue_document_letter(
    kind: LetterKind, account: PortalAccount, document_id: UUID | None, now: datetime, services: Services
) -> Letter:
    """Queue a letter about one document, or about several (None), to the account that may read them.

    One that says that documents await somebody waits a while, and gathers more of them.
    """
    letter = _letter(kind, account.organization_id, account.email, now, services)
    if kind is LetterKind.DOCUMENT_AWAITS:
        letter.next_attempt_at = now + services.letter_wait
    letter.account_id, letter.document_id = account.id, document_id
    await letter.save(force_create=True)
    return letter


async def queue_staff_letter(
    kind: LetterKind, organization_id: UUID, to_address: str, document_id: UUID, now: datetime, services: Services
) -> Letter:
    """Queue a letter about a document's outcome to a staff address of the practice."""
    letter = _letter(kind, organization_id, to_address, now, services)
    letter.document_id = document_id
    await letter.save(force_create=True)
    return letter


async def queue_staff_token_letter(kind: LetterKind, token: StaffToken, now: datetime, services: Services) -> Letter:
    """Queue the letter with a staff token's link, to the token's address."""
    letter = _letter(kind, token.organization_id, token.email, now, services)
    letter.staff_token_id = token.id
    await letter.save(force_create=True)
    return letter


async def queue_staff_member_letter(kind: LetterKind, member: StaffMember, now: datetime, services: Services) -> Letter:
    """Queue a letter about a staff member's own account, to the address they sign in with."""
    letter = _letter(kind, member.organization_id, member.email, now, services)
    letter.staff_member_id = member.id
    await letter.save(force_create=True)
    return letter


async def cancel_queued_letters(invitation: Invitation, now: datetime) -> None:
    """Cancel the invitation's queued letters that no worker has claimed, because a newer letter replaces them."""
    unclaimed = Q(claimed_until=None) | Q(claimed_until__lt=now)
    await Letter.filter(unclaimed, invitation_id=invitation.id, status=LetterStatus.QUEUED).update(
        status=LetterStatus.CANCELLED, failed_at=now, failure="a newer email took its place"
    )


def _letter(kind: LetterKind, organization_id: UUID, to_address: str, now: datetime, services: Services) -> Letter:
    # Bounces name a letter by its Message-ID, so staff, who can read a letter's id, must not be able to guess it.
    return Letter(
        organization_id=organization_id,
        kind=kind,
        to_address=to_address,
        message_id=f"<{uuid4()}@{urlsplit(services.addresses.portal_url).hostname or 'localhost'}>",
        created_at=now,
        next_attempt_at=now,
    )
