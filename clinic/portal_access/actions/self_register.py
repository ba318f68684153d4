"""Registers a person without an invitation. The account has no claim to its address until the address is confirmed."""

from dataclasses import dataclass

from clinic.mail.models import LetterKind
from clinic.mail.outbox import queue_account_letter
from clinic.organizations.models import Organization
from clinic.portal_access.account_tokens import issue_token
from clinic.portal_access.actions.invite import issue_invitation, renew_invitation
from clinic.portal_access.models import Invitation, InvitationClosed, PortalAccount, PortalLink, TokenPurpose
from clinic.records.models import Contact
from clinic.throttling.constant_time import constant_time
from clinic.throttling.throttle import (
    REGISTER_LETTERS,
    REGISTER_PER_ADDRESS,
    attempt_allowed,
    count_attempt,
    network_of,
)
from clinic.values.callers import Anonymous
from clinic.values.errors import WeakPassword
from clinic.values.passwords import hash_password, weaknesses
from clinic.values.ports import Services
from clinic.values.text import UnusableText, clean_email, normal_email
from clinic.values.tokens import hash_token
from clinic.work.unit_of_work import Work, retry_on_conflict, unit_of_work


@dataclass(frozen=True)
class _Registration:
    """What the person typed, in the form that is stored."""

    email: str
    email_normal: str
    password_hash: str
    browser_hash: str
    language: str


async def register_account(
    caller: Anonymous,
    email: str,
    password: str,
    services: Services,
    *,
    browser_token: str | None = None,
    language: str = "en",
) -> None:
    """Take a self-registration and send one letter to the address (product §3).

    The answer, its timing and the number of letters are the same for known and unknown addresses. Only the letter shows
    whether the address is known, and only its reader sees that. `browser_token` is a secret of the browser or device
    that registers. Raises `InvalidInput` on `email` and `WeakPassword`, which depend only on the input, and
    `TooManyAttempts` by network address.
    """
    typed = typed_address(email)
    organization = await Organization.get(id=caller.organization_id)
    if reasons := await weaknesses(password, [typed, organization.name]):
        raise WeakPassword(reasons)
    await count_attempt(REGISTER_PER_ADDRESS, network_of(caller.origin.address), services.clock)
    async with constant_time(services.wait):
        registration = _Registration(
            email=typed,
            email_normal=normal_email(typed),
            password_hash=await hash_password(password),
            browser_hash=hash_token(browser_token) if browser_token else "",
            language=organization.closest_language(language),
        )
        subject = f"{caller.organization_id} {registration.email_normal}"
        if await attempt_allowed(REGISTER_LETTERS, subject, services.clock):
            await _register(caller, registration, services)


def typed_address(email: str) -> str:
    """The address as typed. Raises `InvalidInput` on `email` if it can't be an address."""
    try:
        return clean_email(email)
    except UnusableText as unusable:
        raise unusable.at("email") from None


@retry_on_conflict
async def _register(caller: Anonymous, registration: _Registration, services: Services) -> None:
    async with unit_of_work(caller, services) as work:
        found = await PortalAccount.get_or_none(
            organization_id=caller.organization_id, email_normal=registration.email_normal, withdrawn_at=None
        )
        if found is None:
            await _send_confirmation(await _new_account(registration, work), registration, work, services)
            return
        link = await PortalLink.get_or_none(account_id=found.id, unlinked_at=None)
        # Every action locks the contact first and then the account.
        contact = await Contact.filter(id=link.contact_id).select_for_update().get() if link else None
        account = await PortalAccount.filter(id=found.id).select_for_update().get()
        if account.withdrawn_at is not None:
            return  # a concurrent request has withdrawn the account; the person gets a letter at the next attempt
        if account.email_verified_at is not None:
            await queue_account_letter(LetterKind.ADDRESS_KNOWN, account, work.now, services)
            work.audit("portal_account.registration_repeated", account)
        elif account.registered_at is None:
            await _resend_invitation(account, contact, work, services)
        else:
            await PortalAccount.filter(id=account.id).update(
                password_hash=registration.password_hash, language=registration.language
            )
            await _send_confirmation(account, registration, work, services)


async def _new_account(registration: _Registration, work: Work) -> PortalAccount:
    return await PortalAccount.create(
        organization_id=work.caller.organization_id,
        email=registration.email,
        email_normal=registration.email_normal,
        language=registration.language,
        password_hash=registration.password_hash,
        created_at=work.now,
        registered_at=work.now,
    )


async def _send_confirmation(
    account: PortalAccount, registration: _Registration, work: Work, services: Services
) -> None:
    """Send a letter to confirm the address. The links in older letters become invalid."""
    await issue_token(account, TokenPurpose.VERIFY_EMAIL, work, services, browser_hash=registration.browser_hash)
    work.audit("portal_account.self_registered", account)


async def _resend_invitation(account: PortalAccount, contact: Contact | None, work: Work, services: Services) -> None:
    """Send the invitation again to a person whom staff invited. The typed password is ignored."""
    latest = await Invitation.filter(account_id=account.id).order_by("-created_at").first()
    if latest is None or contact is None or latest.closed_why in (InvitationClosed.REVOKED, InvitationClosed.WITHDRAWN):
        return  # an invitation that staff revoked is not renewed
    if latest.closed_at is None and latest.expires_at > work.now:
        # Anybody may have typed the address here, so the link in the letter that the person has must stay valid.
        await renew_invitation(latest, account, contact, latest.sender, work, services)
        work.audit("invitation.renewed", latest, account_id=account.id)
        work.concerns_account(account.id)
        return
    await Invitation.filter(account_id=account.id, closed_at=None).update(
        closed_at=work.now, closed_why=InvitationClosed.REPLACED
    )
    fresh = await issue_invitation(account, contact, latest.sender, latest.invited_by_id, work, services)
    work.audit("invitation.renewed", fresh, account_id=account.id)
    work.concerns_account(account.id)
