"""The click on the gray globe: creates the account, its link and its invitation, and queues the letter, atomically."""

from datetime import datetime, timedelta
from uuid import UUID

from clinic.mail.outbox import queue_invitation_letter
from clinic.organizations.models import Facility, Organization
from clinic.portal_access.account_tokens import close_tokens
from clinic.portal_access.errors import ContactHasNoEmail, EmailConflict, PortalAccountExists
from clinic.portal_access.facts import status_facts
from clinic.portal_access.models import Invitation, LetterSender, LinkedHow, PortalAccount, PortalLink, TokenClosed
from clinic.portal_access.status import AddressFacts, PortalState, decide
from clinic.records.access import contact_for_change, current_episode
from clinic.records.models import Contact
from clinic.sessions.actions import end_all_of_account
from clinic.values.callers import Permission, StaffCaller, SystemCaller
from clinic.values.ports import Services
from clinic.work.idempotency import IdempotencyKey
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work

# security.md, Tokens.
INVITATION_LIFETIME = timedelta(days=10)


@retry_on_conflict
async def invite_contact(
    caller: StaffCaller | SystemCaller,
    contact_id: UUID | None,
    services: Services,
    *,
    sender: LetterSender = LetterSender.AUTOMATIC,
    request_key: IdempotencyKey | None = None,
) -> PortalAccount:
    """Create the contact's portal account and send the letter; needs WEB_PORTAL (product §2, Create).

    Account, live link, invitation, letter and audit event are committed together. For a contact who is invited already
    it returns the same account and sends no second letter, so that a client may retry. Raises `ContactHasNoEmail`,
    `PortalAccountExists`, `EmailConflict`, `NotFound`, `NotPermitted`.
    """
    async with unit_of_work(caller, services, request_key=request_key) as work:
        contact = await contact_for_change(caller, contact_id, Permission.WEB_PORTAL)
        if work.earlier_result:
            return await PortalAccount.get(id=work.earlier_result)
        facts = (await status_facts([contact.id]))[contact.id]
        state, existing = decide(facts)
        match state:
            case PortalState.NO_EMAIL:
                raise ContactHasNoEmail
            case PortalState.EMAIL_CONFLICT:
                raise EmailConflict
            case PortalState.INVITED if existing:
                work.result_id = existing.id
                return await PortalAccount.get(id=existing.id)
            case _ if existing:
                raise PortalAccountExists(existing.id)
        inviter = caller.staff_member_id if isinstance(caller, StaffCaller) else None
        account = await open_account(contact, facts.addresses[0], sender, inviter, work, services)
        work.result_id = account.id
    return account


async def open_account(
    contact: Contact,
    address: AddressFacts,
    sender: LetterSender,
    inviter: UUID | None,
    work: Work,
    services: Services,
) -> PortalAccount:
    """Create account, live link, invitation and letter for a free address, inside the current transaction."""
    account = await _unregistered_account(contact, address, work)
    await PortalLink.create(
        organization_id=contact.organization_id,
        account_id=account.id,
        contact_id=contact.id,
        email=account.email,
        linked_at=work.now,
        linked_how=LinkedHow.INVITATION,
        linked_by_id=inviter,
    )
    await issue_invitation(account, contact, sender, inviter, work, services)
    work.audit("portal_account.created", account, contact_id=contact.id, sender=sender.value)
    work.concerns(contact.id)
    return account


async def _unregistered_account(contact: Contact, address: AddressFacts, work: Work) -> PortalAccount:
    """A new account for the address, or an existing account that was registered with it but never verified.

    The person who registered that account has not proved that the address is theirs. So its password is removed and
    its sessions end (security.md, pre-hijacking).
    """
    if address.account is None:
        return await PortalAccount.create(
            organization_id=contact.organization_id,
            email=address.address,
            email_normal=address.address_normal,
            language=contact.language,
            created_at=work.now,
        )
    account = await PortalAccount.filter(id=address.account.id).select_for_update().get()
    if account.email_verified_at is not None:
        raise PortalAccountExists(account.id)  # verified while this request waited for the lock
    account.email, account.language = address.address, contact.language
    account.password_hash = account.registered_at = account.last_signed_in_at = None
    account.disabled_at, account.disabled_reason = None, ""  # it was disabled because of the unverified registration
    changed = ["email", "language", "password_hash", "registered_at", "last_signed_in_at"]
    await account.save(update_fields=[*changed, "disabled_at", "disabled_reason"])
    await end_all_of_account(account.id, "taken over by an invitation", work.now)
    await close_tokens(account.id, TokenClosed.WITHDRAWN, work)
    work.audit("portal_account.taken_over", account, contact_id=contact.id)
    work.concerns(contact.id)
    return account


async def issue_invitation(
    account: PortalAccount,
    contact: Contact,
    sender: LetterSender,
    inviter: UUID | None,
    work: Work,
    services: Services,
) -> Invitation:
    """Create an open invitation and queue its letter, inside the current transaction."""
    organization = await Organization.get(id=contact.organization_id)
    name, facility_id = await invitation_sender(organization, contact, sender, work.now)
    invitation = await Invitation.create(
        organization_id=contact.organization_id,
        account_id=account.id,
        contact_id=contact.id,
        invited_by_id=inviter,
        sender=sender,
        sender_name=name,
        facility_id=facility_id,
        language=organization.closest_language(contact.language),
        created_at=work.now,
        expires_at=work.now + INVITATION_LIFETIME,
    )
    await queue_invitation_letter(invitation, account.email, work.now, services)
    return invitation


async def renew_invitation(
    invitation: Invitation,
    account: PortalAccount,
    contact: Contact,
    sender: LetterSender,
    work: Work,
    services: Services,
) -> None:
    """Extend an open invitation and queue another letter, with the current sender and language of the record."""
    organization = await Organization.get(id=contact.organization_id)
    invitation.sender = sender
    invitation.sender_name, invitation.facility_id = await invitation_sender(organization, contact, sender, work.now)
    invitation.language = organization.closest_language(contact.language)
    invitation.expires_at = work.now + INVITATION_LIFETIME
    await invitation.save(update_fields=["sender", "sender_name", "facility_id", "language", "expires_at"])
    await queue_invitation_letter(invitation, account.email, work.now, services)


async def invitation_sender(
    organization: Organization, contact: Contact, sender: LetterSender, now: datetime
) -> tuple[str, UUID | None]:
    """The sender's name and facility (product §2): as staff chose, or else the facility of the current episode.

    If the episode has no facility ("--"), or an archived one, whose phone nobody answers, it is the organization.
    """
    if sender is LetterSender.DISCREET:
        return organization.discreet_name, None
    if sender is LetterSender.AUTOMATIC:
        episode = await current_episode(contact.id, now)
        facility = await Facility.get(id=episode.facility_id) if episode and episode.facility_id else None
        if facility and facility.archived_at is None:
            return facility.name, facility.id
    return organization.name, None
