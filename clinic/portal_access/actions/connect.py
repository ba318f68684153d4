"""Links an account to a record by PIN and date of birth, which prove that the record is the person's (product §3)."""

from datetime import date
from uuid import UUID, uuid4

from clinic.portal_access.actions.accept import IdentityClaim, identity_matches
from clinic.portal_access.errors import AlreadyLinked, IdentityNotConfirmed
from clinic.portal_access.linking import create_link
from clinic.portal_access.models import InvitationClosed, LinkedHow, PortalAccount, PortalLink
from clinic.records.invitation_withdrawal import withdraw
from clinic.records.models import Contact, ContactEmail
from clinic.throttling.throttle import (
    CONNECT_PER_ACCOUNT,
    CONNECT_PER_ADDRESS,
    CONNECT_PER_BIRTHDAY,
    CONNECT_PER_BIRTHDAY_ANYWHERE,
    CONNECT_PER_ORGANIZATION,
    IDENTITY_PER_CONTACT,
    attempt_allowed,
    count_attempt,
    network_of,
    reset_attempts,
)
from clinic.values.callers import PatientCaller
from clinic.values.errors import TooManyAttempts
from clinic.values.pin import FINGERPRINT, normal_pin
from clinic.values.ports import Services
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work


async def connect_with_pin(
    caller: PatientCaller, pin: str, date_of_birth: date | None, services: Services
) -> PortalLink:
    """Link the caller's account to the record with this PIN.

    If the record has no date of birth, the PIN alone is the proof and the date is ignored. The portal's form always
    asks for a date, so that it reveals nothing about the record. Raises `AlreadyLinked`, `TooManyAttempts`, and
    `IdentityNotConfirmed` for every failure: an unknown PIN, another date of birth, a record that is linked to somebody
    else, or a record with too many wrong attempts. Guesses of strangers, however many, do not shut out an account whose
    verified address is on the record.
    """
    if await PortalLink.exists(account_id=caller.account_id, unlinked_at=None):
        raise AlreadyLinked
    paused = await _count(caller, services)
    fingerprints = services.secrets.fingerprints(FINGERPRINT, normal_pin(pin))
    contact = await Contact.get_or_none(organization_id=caller.organization_id, pin_hash__in=fingerprints)
    # An unknown PIN is counted like a known one, so that neither the timing nor the rate limit distinguishes them.
    guessed = str(contact.id) if contact else fingerprints[0]
    allowed = await attempt_allowed(IDENTITY_PER_CONTACT, guessed, services.clock)
    birthday = f"{caller.organization_id} {date_of_birth}"
    here = f"{birthday} {network_of(caller.origin.address)}"
    allowed = await attempt_allowed(CONNECT_PER_BIRTHDAY, here, services.clock) and allowed
    open_to_all = await attempt_allowed(CONNECT_PER_BIRTHDAY_ANYWHERE, birthday, services.clock) and not paused
    if not await _address_on_record(caller, contact) and not open_to_all:
        raise paused or IdentityNotConfirmed
    if contact is None or not allowed or not identity_matches(contact, IdentityClaim(date_of_birth, pin), services):
        raise IdentityNotConfirmed
    link = await _connect(caller, contact.id, contact.pin_hash, services)
    await reset_attempts(IDENTITY_PER_CONTACT, str(contact.id))
    await reset_attempts(CONNECT_PER_BIRTHDAY, here)
    await reset_attempts(CONNECT_PER_BIRTHDAY_ANYWHERE, birthday)
    await reset_attempts(CONNECT_PER_ACCOUNT, str(caller.account_id))
    return link


async def _count(caller: PatientCaller, services: Services) -> TooManyAttempts | None:
    """Count the try. Raises `TooManyAttempts` for the network or the account that tries too often.

    Returns the refusal if the practice's accounts together try too often, which is not the fault of whoever tries now.
    """
    await count_attempt(CONNECT_PER_ADDRESS, network_of(caller.origin.address), services.clock)
    await count_attempt(CONNECT_PER_ACCOUNT, str(caller.account_id), services.clock)
    try:
        await count_attempt(CONNECT_PER_ORGANIZATION, str(caller.organization_id), services.clock)
    except TooManyAttempts as refusal:
        return refusal
    return None


async def _address_on_record(caller: PatientCaller, contact: Contact | None) -> bool:
    """Whether the account's verified address is one of the record's. One statement, also for no record."""
    account = await PortalAccount.get(id=caller.account_id)
    about = contact.id if contact else uuid4()
    return await ContactEmail.exists(contact_id=about, address_normal=account.email_normal)


@retry_on_conflict
async def _connect(caller: PatientCaller, contact_id: UUID, pin_hash: str, services: Services) -> PortalLink:
    async with unit_of_work(caller, services) as work:
        contact = await Contact.filter(id=contact_id).select_for_update().get()
        account = await PortalAccount.filter(id=caller.account_id).select_for_update().get()
        if await PortalLink.exists(account_id=account.id, unlinked_at=None):
            raise AlreadyLinked
        # An archived record is connected to nobody. The PIN may have been renewed, or the account disabled, while this
        # request waited for the lock.
        if (
            contact.archived_at
            or contact.pin_hash != pin_hash
            or account.disabled_at
            or account.email_verified_at is None
        ):
            raise IdentityNotConfirmed
        await _withdraw_unused_invitation(contact, work)
        link = await create_link(account, contact, LinkedHow.PIN, None, work)
        link.identity_confirmed_at = work.now
        await link.save(update_fields=["identity_confirmed_at"])
    return link


async def _withdraw_unused_invitation(contact: Contact, work: Work) -> None:
    """Withdraw an unused invitation of the contact, because the PIN is a stronger proof than a letter.

    Raises `IdentityNotConfirmed` if the contact is linked to a registered account.
    """
    link = await PortalLink.get_or_none(contact_id=contact.id, unlinked_at=None)
    if link is None:
        return
    invited = await PortalAccount.filter(id=link.account_id).select_for_update().get()
    if invited.registered_at is not None:
        raise IdentityNotConfirmed
    await withdraw(invited, link, InvitationClosed.WITHDRAWN, "the person connected with the PIN", work)
