"""Finding an invitation by its token: the token is the permission."""

from datetime import datetime
from uuid import UUID

from clinic.portal_access.errors import InvitationNotUsable
from clinic.portal_access.models import Invitation, InvitationClosed
from clinic.tokens import hash_token

EXPIRED = "EXPIRED"
UNKNOWN = "UNKNOWN"


async def invitation_by_token(organization_id: UUID, token: str) -> Invitation | None:
    """The invitation this token was minted for, at this organization, whatever became of it."""
    return await Invitation.get_or_none(organization_id=organization_id, token_hash=hash_token(token))


async def organization_of_token(token: str) -> UUID | None:
    """Where the invitation was made, for a client that holds nothing but the token; None if it was never given out."""
    invitation = await Invitation.get_or_none(token_hash=hash_token(token))
    return invitation.organization_id if invitation else None


def why_not_usable(invitation: Invitation, now: datetime) -> str | None:
    """USED, REPLACED, REVOKED or EXPIRED; None while the invitation can be accepted. Withdrawn reads as revoked."""
    if invitation.closed_why is InvitationClosed.WITHDRAWN:
        return InvitationClosed.REVOKED.value
    if invitation.closed_why is not None:
        return invitation.closed_why.value
    return EXPIRED if invitation.expires_at <= now else None


async def usable_invitation(organization_id: UUID, token: str, now: datetime) -> Invitation:
    """The invitation, if it can be accepted now. Raises `InvitationNotUsable` with the reason."""
    invitation = await invitation_by_token(organization_id, token)
    if invitation is None:
        raise InvitationNotUsable(UNKNOWN)
    if reason := why_not_usable(invitation, now):
        raise InvitationNotUsable(reason)
    return invitation
