"""Sends a new invitation link to a person whose old link expired, to the same address only."""

from clinic.portal_access.access import FoundInvitation, invitation_by_token
from clinic.portal_access.actions.invite import issue_invitation
from clinic.portal_access.models import Invitation, InvitationClosed, PortalAccount
from clinic.portal_access.queries import may_be_renewed
from clinic.records.models import Contact
from clinic.throttling.throttle import FRESH_LINK_PER_ACCOUNT, FRESH_LINK_PER_ADDRESS, count_attempt, network_of
from clinic.values.callers import Anonymous
from clinic.values.ports import Services
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


async def request_fresh_invitation(caller: Anonymous, token: str, services: Services) -> None:
    """Issue a new invitation instead of an expired or replaced one, and queue its letter.

    The answer is always the same. Nothing changes for a link that was used or revoked, or is unknown. Raises
    `TooManyAttempts`.
    """
    await count_attempt(FRESH_LINK_PER_ADDRESS, network_of(caller.origin.address), services.clock)
    found = await invitation_by_token(caller.organization_id, token)
    if found is not None:
        await count_attempt(FRESH_LINK_PER_ACCOUNT, str(found.invitation.account_id), services.clock)
        await _renew(caller, found, services)


@retry_on_conflict
async def _renew(caller: Anonymous, found: FoundInvitation, services: Services) -> None:
    invitation = found.invitation
    async with unit_of_work(caller, services) as work:
        contact = await Contact.filter(id=invitation.contact_id).select_for_update().get()
        account = await PortalAccount.filter(id=invitation.account_id).select_for_update().get()
        if not may_be_renewed(found.why_not_usable(work.now), account):
            return
        latest = await Invitation.filter(account_id=account.id).order_by("-created_at").first()
        if latest is None or latest.closed_why in (InvitationClosed.REVOKED, InvitationClosed.WITHDRAWN):
            return  # an invitation that staff revoked is not renewed
        await Invitation.filter(account_id=account.id, closed_at=None).update(
            closed_at=work.now, closed_why=InvitationClosed.REPLACED
        )
        fresh = await issue_invitation(account, contact, latest.sender, latest.invited_by_id, work, services)
        work.audit("invitation.renewed", fresh, account_id=account.id)
        work.concerns_account(account.id)
