"""Registers a person by invitation: they prove their identity, choose a password and are signed in."""

import hmac
import logging
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from clinic.organizations.models import Organization
from clinic.portal_access.access import usable_invitation
from clinic.portal_access.actions.sign_in import SignedIn
from clinic.portal_access.errors import IdentityNotConfirmed, InvitationNotUsable
from clinic.portal_access.models import Invitation, InvitationClosed, PortalAccount, PortalLink
from clinic.records.models import Contact
from clinic.sessions.actions import open_patient_session
from clinic.sessions.models import SessionKind
from clinic.throttling.throttle import (
    IDENTITY_PER_CONTACT,
    IDENTITY_PER_INVITATION,
    INVITED_PER_CONTACT,
    count_attempt,
    reset_attempts,
)
from clinic.values.callers import Anonymous
from clinic.values.errors import WeakPassword
from clinic.values.passwords import hash_password, weaknesses
from clinic.values.pin import FINGERPRINT, normal_pin
from clinic.values.ports import Services
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class IdentityClaim:
    """What the person entered to prove their identity. The PIN counts only if the record has no date of birth."""

    date_of_birth: date | None = field(default=None, repr=False)
    pin: str | None = field(default=None, repr=False)


async def accept_invitation(
    caller: Anonymous,
    token: str,
    claim: IdentityClaim,
    password: str,
    services: Services,
    *,
    kind: SessionKind,
) -> SignedIn:
    """Register by invitation (product §2, Register) and open a session.

    Only one of several concurrent requests succeeds. Raises `InvitationNotUsable`, `TooManyAttempts`,
    `IdentityNotConfirmed` (the attempt stays counted), `WeakPassword`.
    """
    invitation = await usable_invitation(caller.organization_id, token, services.clock.now())
    contact = await Contact.get(id=invitation.contact_id)
    account = await PortalAccount.get(id=invitation.account_id)
    await _confirm_identity(invitation, contact, claim, services)
    organization = await Organization.get(id=caller.organization_id)
    born = contact.date_of_birth.isoformat() if contact.date_of_birth else ""
    about = [contact.given_name, contact.family_name, account.email, organization.name, born]
    if reasons := await weaknesses(password, about):
        raise WeakPassword(reasons)
    return await _register(caller, invitation, await hash_password(password), services, kind)


async def _confirm_identity(invitation: Invitation, contact: Contact, claim: IdentityClaim, services: Services) -> None:
    await count_attempt(IDENTITY_PER_INVITATION, str(invitation.id), services.clock)
    # All attempts with a PIN share one limit. Dates of birth have their own limit here, so that an attacker who guesses
    # in the portal does not lock out the person who has the invitation.
    per_contact = INVITED_PER_CONTACT if contact.date_of_birth else IDENTITY_PER_CONTACT
    await count_attempt(per_contact, str(contact.id), services.clock)
    if not identity_matches(contact, claim, services):
        log.warning(
            "identity not confirmed", extra={"contact_id": str(contact.id), "invitation_id": str(invitation.id)}
        )
        raise IdentityNotConfirmed
    await reset_attempts(IDENTITY_PER_INVITATION, str(invitation.id))
    await reset_attempts(per_contact, str(contact.id))


def identity_matches(contact: Contact, claim: IdentityClaim, services: Services) -> bool:
    """Whether the date of birth is right, or the PIN if the record has no date of birth."""
    if contact.date_of_birth is not None:
        return claim.date_of_birth == contact.date_of_birth
    candidates = services.secrets.fingerprints(FINGERPRINT, normal_pin(claim.pin or ""))
    return any(hmac.compare_digest(candidate, contact.pin_hash) for candidate in candidates)


@retry_on_conflict
async def _register(
    caller: Anonymous, invitation: Invitation, password_hash: str, services: Services, kind: SessionKind
) -> SignedIn:
    async with unit_of_work(caller, services) as work:
        # Every action locks the contact first and then the account.
        await Contact.filter(id=invitation.contact_id).select_for_update().get()
        account = await PortalAccount.filter(id=invitation.account_id).select_for_update().get()
        if account.disabled_at is not None:
            raise InvitationNotUsable(InvitationClosed.REVOKED.value)
        # This guarded update makes the invitation single-use: the second of two requests changes no row.
        used = await Invitation.filter(id=invitation.id, closed_at=None, expires_at__gt=work.now).update(
            closed_at=work.now, closed_why=InvitationClosed.USED
        )
        if not used:
            raise InvitationNotUsable(await _closed_reason(invitation.id))
        account.password_hash = password_hash
        account.registered_at = account.email_verified_at = account.last_signed_in_at = work.now
        await account.save(update_fields=["password_hash", "registered_at", "email_verified_at", "last_signed_in_at"])
        await PortalLink.filter(account_id=account.id, unlinked_at=None).update(identity_confirmed_at=work.now)
        session = await open_patient_session(account.organization_id, account.id, kind, caller.origin, work.now)
        work.audit("portal_account.registered", account, contact_id=invitation.contact_id)
        work.concerns(invitation.contact_id)
    return SignedIn(account, session)


async def _closed_reason(invitation_id: UUID) -> str:
    invitation = await Invitation.get(id=invitation_id)
    return invitation.closed_why.value if invitation.closed_why else "EXPIRED"
