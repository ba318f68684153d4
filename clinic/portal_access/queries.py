"""Reads invitations and mailed links for callers who are not signed in, accounts, and printed sheets."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from clinic.database.rows import fetch, maybe_datetime, maybe_uuid
from clinic.organizations.queries import LogoUse, organization_by_id, organization_logo
from clinic.portal_access.access import invitation_by_token
from clinic.portal_access.account_tokens import LIFETIMES, same_browser, usable_token
from clinic.portal_access.models import (
    AccountToken,
    Invitation,
    InvitationClosed,
    LinkedHow,
    PortalAccount,
    PortalLink,
    PrintedSheet,
    TokenPurpose,
)
from clinic.portal_access.sheet import compose_sheet
from clinic.records.models import Contact
from clinic.sessions.queries import caller_of_session
from clinic.values.callers import Origin, PatientCaller, Permission, StaffCaller
from clinic.values.instruction_sheet import InstructionSheet
from clinic.values.ports import Services
from clinic.values.text import masked_email, normal_email
from clinic.values.tokens import hash_token


class IdentityProof(StrEnum):
    """What the person enters to prove that the record is theirs."""

    DATE_OF_BIRTH = "DATE_OF_BIRTH"
    PIN = "PIN"


@dataclass(frozen=True)
class InvitationView:
    """What the page of an invitation may show. It contains nothing about the person but the address of the letter.

    `not_usable` is USED, REPLACED, REVOKED or EXPIRED; None while it can be accepted. `masked_email` hides most of the
    address. `can_be_renewed`: the person may request a new link, which is sent to the same address.
    """

    not_usable: str | None
    asks: IdentityProof
    masked_email: str
    email: str = field(repr=False)
    language: str
    expires_at: datetime
    can_be_renewed: bool


async def find_invitation(organization_id: UUID, token: str, services: Services) -> InvitationView | None:
    """The invitation of a link; None if the token is unknown at this organization. Changes nothing."""
    found = await invitation_by_token(organization_id, token)
    if found is None:
        return None
    invitation = found.invitation
    account = await PortalAccount.get(id=invitation.account_id)
    # If the account is disabled, its invitation counts as revoked.
    reason = InvitationClosed.REVOKED.value if account.disabled_at else found.why_not_usable(services.clock.now())
    return InvitationView(
        not_usable=reason,
        asks=await proof_asked(invitation),
        masked_email=masked_email(account.email),
        email=account.email,
        language=invitation.language,
        expires_at=invitation.expires_at,
        can_be_renewed=may_be_renewed(reason, account),
    )


async def proof_asked(invitation: Invitation) -> IdentityProof:
    """The date of birth; the PIN from the printed sheet if the record has no date of birth (product §2, Register)."""
    return await _proof_of(invitation.contact_id)


async def _proof_of(contact_id: UUID) -> IdentityProof:
    contact = await Contact.get(id=contact_id)
    return IdentityProof.DATE_OF_BIRTH if contact.date_of_birth else IdentityProof.PIN


def may_be_renewed(reason: str | None, account: PortalAccount) -> bool:
    """Whether a new link may be sent: the old one expired or was replaced, and the person has not registered."""
    taken_back = account.withdrawn_at is not None or account.disabled_at is not None
    return reason in ("EXPIRED", "REPLACED") and account.registered_at is None and not taken_back


async def account_with_contact(organization_id: UUID, account_id: UUID) -> tuple[PortalAccount, UUID | None] | None:
    """An account of the organization and the id of its linked contact; None if there is no such account."""
    return (await accounts_with_contacts(organization_id, [account_id])).get(account_id)


async def accounts_with_contacts(
    organization_id: UUID, account_ids: Sequence[UUID]
) -> dict[UUID, tuple[PortalAccount, UUID | None]]:
    """The organization's accounts with these ids, each with the id of its linked contact. Two statements."""
    accounts = await PortalAccount.filter(organization_id=organization_id, id__in=list(account_ids), withdrawn_at=None)
    links = await PortalLink.filter(account_id__in=[account.id for account in accounts], unlinked_at=None)
    contacts = {link.account_id: link.contact_id for link in links}
    return {account.id: (account, contacts.get(account.id)) for account in accounts}


async def visible_accounts_by_id(
    caller: StaffCaller | PatientCaller, account_ids: Sequence[UUID]
) -> dict[UUID, tuple[PortalAccount, UUID | None]]:
    """The accounts with these ids that the caller may see: all of the practice for staff, their own for patients.

    None for staff without VIEW_CONTACTS.
    """
    if isinstance(caller, StaffCaller) and not caller.may(Permission.VIEW_CONTACTS):
        return {}
    if isinstance(caller, PatientCaller):
        account_ids = [key for key in account_ids if key == caller.account_id]
    return await accounts_with_contacts(caller.organization_id, account_ids)


async def sheet_to_render(token: str, services: Services) -> InstructionSheet | None:
    """The sheet of a short-lived file address.

    None if the token is unknown or expired, if the session in which it was printed has ended, or if the staff member is
    disabled or lost WEB_PORTAL.
    """
    now = services.clock.now()
    printed = await PrintedSheet.get_or_none(token_hash=hash_token(token), expires_at__gt=now)
    if printed is None:
        return None
    caller = await caller_of_session(printed.session_id, Origin(), now) if printed.session_id else None
    if not isinstance(caller, StaffCaller) or not caller.may(Permission.WEB_PORTAL):
        return None
    contact = await Contact.get(id=printed.contact_id)
    organization = await organization_by_id(contact.organization_id)
    return compose_sheet(
        language=contact.language,
        organization_name=organization.name,
        brand_colour=organization.brand_colour,
        address_lines=organization.address_lines,
        phone=organization.phone,
        time_zone=organization.time_zone,
        slug=organization.slug,
        logo_png=await organization_logo(organization.id, LogoUse.PRINT),
        person_name=contact.display_name,
        portal_url=services.addresses.portal_url,
        pin=services.secrets.decrypt(contact.pin_encrypted),
        printed_at=printed.printed_at,
        paper=organization.paper_size,
    )


async def personal_words(organization_id: UUID, account_id: UUID) -> list[str]:
    """Words about the account's person and the practice, of which a password must not consist.

    Words from the record are included only after the person has confirmed their identity: otherwise a refused password
    would reveal the date of birth.
    """
    organization = await organization_by_id(organization_id)
    account = await PortalAccount.get(id=account_id)
    link = await PortalLink.get_or_none(account_id=account_id, unlinked_at=None, identity_confirmed_at__not_isnull=True)
    contact = await Contact.get(id=link.contact_id) if link else None
    words = [account.email, organization.name]
    if contact:
        born = contact.date_of_birth.isoformat() if contact.date_of_birth else ""
        words += [contact.given_name, contact.family_name, born]
    return words


@dataclass(frozen=True)
class OwnAccount:
    """The account of a signed-in person, and its linked contact.

    `contact_id` is None until the person has confirmed their identity. Until then `must_confirm_by` says how they
    confirm it, and nothing of the record may be shown; and `transferred_at` says when a reviewed transfer gave the
    account to that record, if one did: whoever had the account before signs in with the same password.
    """

    email: str
    language: str
    linked: bool
    must_confirm_by: IdentityProof | None
    contact_id: UUID | None
    transferred_at: datetime | None = None


async def pending_address(caller: PatientCaller, services: Services) -> str:
    """The new address that the caller asked for and has not confirmed yet; empty if there is none.

    It is read from the token to object, which every request makes: so the page shows the same whether or not another
    account has the address.
    """
    now = services.clock.now()
    since = now - LIFETIMES[TokenPurpose.CONFIRM_NEW_EMAIL]
    account = await PortalAccount.get(id=caller.account_id, organization_id=caller.organization_id)
    token = await AccountToken.get_or_none(
        account_id=account.id, purpose=TokenPurpose.KEEP_EMAIL, closed_at=None, created_at__gt=since
    )
    waiting = token is not None and normal_email(token.new_email) != account.email_normal
    return token.new_email if token and waiting else ""


# Each page of a signed-in person asks this first. An account has at most one live link.
_OWN_ACCOUNT = """
SELECT a.email, a.language, l.contact_id, l.linked_at, l.linked_how, l.identity_confirmed_at FROM portal_account a
LEFT JOIN portal_link l ON l.account_id = a.id AND l.unlinked_at IS NULL
WHERE a.id = $1 AND a.organization_id = $2
"""


async def own_account(caller: PatientCaller) -> OwnAccount:
    """The caller's account. One statement, and another one while their identity is not confirmed."""
    [row] = await fetch(_OWN_ACCOUNT, caller.account_id, caller.organization_id)
    email, language, contact_id = str(row["email"]), str(row["language"]), maybe_uuid(row["contact_id"])
    if contact_id is None:
        return OwnAccount(email, language, linked=False, must_confirm_by=None, contact_id=None)
    if row["identity_confirmed_at"] is None:
        asked = await _proof_of(contact_id)
        by_transfer = maybe_datetime(row["linked_at"]) if row["linked_how"] == LinkedHow.TRANSFER else None
        return OwnAccount(email, language, True, asked, contact_id=None, transferred_at=by_transfer)
    return OwnAccount(email, language, linked=True, must_confirm_by=None, contact_id=contact_id)


@dataclass(frozen=True)
class AccountLinkView:
    """What the page of a usable mailed link may show.

    `same_browser`: the link was opened in the browser that requested it, so no password is needed. `masked_email` is
    the address to confirm or to keep. `email` is the whole address, for the password manager of a person who chooses a
    password with the link: who holds such a link can sign in with it.
    """

    purpose: TokenPurpose
    same_browser: bool
    masked_email: str
    email: str = field(repr=False)


async def find_account_link(
    organization_id: UUID, token: str, browser_token: str | None, services: Services, *purposes: TokenPurpose
) -> AccountLinkView:
    """The purpose and address of a mailed link. Changes nothing. Raises `LinkNotUsable` with the reason."""
    found = await usable_token(organization_id, token, services.clock.now(), *purposes)
    return AccountLinkView(found.purpose, same_browser(found, browser_token), masked_email(found.email), found.email)
