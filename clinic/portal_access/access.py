"""Finds an invitation by its token. The token is the only permission that is needed."""

from datetime import datetime
from uuid import UUID

from clinic.mail.models import Letter, LetterStatus
from clinic.portal_access.errors import InvitationNotUsable
from clinic.portal_access.models import Invitation, InvitationClosed
from clinic.values.tokens import hash_token

EXPIRED = "EXPIRED"
UNKNOWN = "UNKNOWN"


async def invitation_by_token(organization_id: UUID, token: str) -> Invitation | None:
    """The organization's invitation for which this token was made, open or closed.

    An open invitation may have had several letters. The link in an older letter works until a newer letter is sent;
    after that, the invitation found by the older link has `closed_why` REPLACED. Do not save the returned row.
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
    """The organization of the invitation with this token, for a client that has only the token; None if unknown."""
    letter = await Letter.get_or_none(token_hash=hash_token(token), invitation_id__not_isnull=True)
    if letter is not None:
        return letter.organization_id
    invitation = await Invitation.get_or_none(token_hash=hash_token(token))
    return invitation.organization_id if invitation else None


def why_not_usable(invitation: Invitation, now: datetime) -> str | None:
    """USED, REPLACED, REVOKED or EXPIRED; None while the invitation can be accepted. A withdrawn one is REVOKED."""
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
