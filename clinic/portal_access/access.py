"""Finds an invitation by its token. The token is the only permission that is needed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.mail.models import Letter, LetterStatus
from clinic.portal_access.errors import InvitationNotUsable
from clinic.portal_access.models import Invitation, InvitationClosed
from clinic.values.tokens import hash_token

EXPIRED = "EXPIRED"
UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class FoundInvitation:
    """An invitation as one of its links leads to it. `superseded`: a newer letter has replaced that link."""

    invitation: Invitation
    superseded: bool

    def why_not_usable(self, now: datetime) -> str | None:
        """USED, REPLACED, REVOKED or EXPIRED; None while the invitation can be accepted by this link."""
        if self.superseded and self.invitation.closed_why is None:
            return InvitationClosed.REPLACED.value
        return why_not_usable(self.invitation, now)


async def invitation_by_token(organization_id: UUID, token: str) -> FoundInvitation | None:
    """The organization's invitation for which this token was made, open or closed.

    An open invitation may have had several letters. The link in an older letter works until a newer letter is sent.
    """
    letter = await _letter_with(token)
    if letter is None or letter.organization_id != organization_id:
        return None
    newer = Letter.filter(
        invitation_id=letter.invitation_id, created_at__gt=letter.created_at, status=LetterStatus.SENT
    )
    return FoundInvitation(await Invitation.get(id=letter.invitation_id), superseded=await newer.exists())


async def organization_of_token(token: str) -> UUID | None:
    """The organization of the invitation with this token, for a client that has only the token; None if unknown."""
    letter = await _letter_with(token)
    return letter.organization_id if letter else None


async def _letter_with(token: str) -> Letter | None:
    return await Letter.get_or_none(token_hash=hash_token(token), invitation_id__not_isnull=True)


def why_not_usable(invitation: Invitation, now: datetime) -> str | None:
    """USED, REPLACED, REVOKED or EXPIRED; None while the invitation can be accepted. A withdrawn one is REVOKED."""
    if invitation.closed_why is InvitationClosed.WITHDRAWN:
        return InvitationClosed.REVOKED.value
    if invitation.closed_why is not None:
        return invitation.closed_why.value
    return EXPIRED if invitation.expires_at <= now else None


async def usable_invitation(organization_id: UUID, token: str, now: datetime) -> Invitation:
    """The invitation, if it can be accepted now. Raises `InvitationNotUsable` with the reason."""
    found = await invitation_by_token(organization_id, token)
    if found is None:
        raise InvitationNotUsable(UNKNOWN)
    if reason := found.why_not_usable(now):
        raise InvitationNotUsable(reason)
    return found.invitation
