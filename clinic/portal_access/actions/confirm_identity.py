"""Lets a person confirm their identity once after staff linked the account.

A matching email address alone never gives access to documents.
"""

from clinic.portal_access.actions.accept import IdentityClaim, identity_matches
from clinic.portal_access.errors import IdentityNotConfirmed, NotLinked
from clinic.portal_access.models import PortalLink
from clinic.records.models import Contact
from clinic.throttling.throttle import IDENTITY_PER_CONTACT, IDENTITY_PER_LINK, count_attempt, reset_attempts
from clinic.values.callers import PatientCaller
from clinic.values.ports import Services
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


async def confirm_identity(caller: PatientCaller, claim: IdentityClaim, services: Services) -> None:
    """Give the caller access to the linked record (security.md, Identity before records). Repeating it is no error.

    It checks the date of birth, or the PIN if the record has none. Raises `NotLinked`, `TooManyAttempts`,
    `IdentityNotConfirmed` (the attempt stays counted).
    """
    link = await PortalLink.get_or_none(account_id=caller.account_id, unlinked_at=None)
    if link is None:
        raise NotLinked
    if link.identity_confirmed_at is not None:
        return
    await count_attempt(IDENTITY_PER_LINK, str(link.id), services.clock)
    await count_attempt(IDENTITY_PER_CONTACT, str(link.contact_id), services.clock)
    if not identity_matches(await Contact.get(id=link.contact_id), claim, services):
        raise IdentityNotConfirmed
    await _confirm(caller, link, services)
    await reset_attempts(IDENTITY_PER_LINK, str(link.id))
    await reset_attempts(IDENTITY_PER_CONTACT, str(link.contact_id))


@retry_on_conflict
async def _confirm(caller: PatientCaller, link: PortalLink, services: Services) -> None:
    async with unit_of_work(caller, services) as work:
        # Guarded, because staff may have ended the link meanwhile.
        confirmed = await PortalLink.filter(id=link.id, unlinked_at=None).update(identity_confirmed_at=work.now)
        if not confirmed:
            raise NotLinked
        work.audit("portal_account.identity_confirmed", link, contact_id=link.contact_id)
        work.concerns(link.contact_id)
