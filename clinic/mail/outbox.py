"""Putting letters into the outbox, inside the transaction of the change they tell of."""

from datetime import datetime
from urllib.parse import urlsplit
from uuid import uuid4

from clinic.mail.models import Letter, LetterKind
from clinic.portal_access.models import Invitation
from clinic.ports import Services


async def queue_invitation_letter(invitation: Invitation, to_address: str, now: datetime, services: Services) -> Letter:
    """Queue the letter that carries an invitation's link; nothing of the link is stored."""
    letter_id = uuid4()
    return await Letter.create(
        id=letter_id,
        organization_id=invitation.organization_id,
        kind=LetterKind.PORTAL_INVITATION,
        to_address=to_address,
        invitation_id=invitation.id,
        message_id=f"<{letter_id}@{urlsplit(services.addresses.portal_url).hostname or 'localhost'}>",
        created_at=now,
        next_attempt_at=now,
    )
