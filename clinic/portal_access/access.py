"""Finding an invitation by its token: the token is the permission."""

from datetime import datetime
from uuid import UUID

from clinic.mail.models import Letter, LetterStatus
from clinic.portal_access.errors import InvitationNotUsable
from clinic.portal_access.models import Invitation, InvitationClosed
from clinic.values.tokens import hash_token

EXPIRED = "EXPIRED"
UNKNOWN = "UNKNOWN"


async def invitation_by_token(organization_id: UUID, token: str) -> Invitation | None:
    """The invitation this token was minted for, at this organization, whatever became of it.

    An open invitation may have had several letters. An older letter's link works until a newer letter has left; from
    then on the invitation reads, for the holder of that link, as replaced. Not for saving.
    """
    letter = await Letter.get_or_none(organization_id=organization_id, token_hash=hash_token(token))
    if letter is None or letter.invitation_id is None:
        return await Invitation.get_or_none(organization_id=organization_id, token_hash=hash_token(token))
    invitation = await Invitation.get(id=letter.invitation_id)
    newer = Letter.filter(
        invitation_id=invitation.id, created_at__gt=letter.created_at, status=LetterStatus.SENT
    ).exists()
    if invitation.closed_why is None and await newer:
        invitation.closed_why = InvitationClosed.REPLACED
    return invitation


async def organization_of_token(token: str) -> UUID | None:
    """Where the invitation was made, for a client that holds nothing but the token; None if it was never given out."""
    letter = await Letter.get_or_none(token_hash=hash_token(token), invitation_id__not_isnull=True)
    if letter is not None:
        return letter.organization_id
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
