"""The state machine of the icon (product §2).

Three facts decide the state: the contact's addresses, the organization's accounts with one of them, and the live links.
The state is stored too, for finding contacts by it (`clinic.portal_access.stored_state`).
"""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from clinic.portal_access.status_words import StatusWords, status_words


class PortalState(StrEnum):
    """The state of a contact's portal access."""

    NO_EMAIL = "NO_EMAIL"
    NO_ACCOUNT = "NO_ACCOUNT"
    INVITED = "INVITED"
    ACCOUNT_NOT_LINKED = "ACCOUNT_NOT_LINKED"
    LINKED = "LINKED"
    EMAIL_CONFLICT = "EMAIL_CONFLICT"


class PortalIcon(StrEnum):
    """The icon's shape and colour."""

    ALL_GRAY = "ALL_GRAY"
    GRAY_GLOBE_PERSON = "GRAY_GLOBE_PERSON"
    BLUE_GLOBE_PERSON = "BLUE_GLOBE_PERSON"
    GRAY_GLOBE_WARNING = "GRAY_GLOBE_WARNING"


class PortalAction(StrEnum):
    """The actions at the icon: the one of the click, and those offered besides it."""

    CREATE_ACCOUNT = "CREATE_ACCOUNT"
    LINK_ACCOUNT = "LINK_ACCOUNT"
    PRINT_INSTRUCTIONS = "PRINT_INSTRUCTIONS"
    RESEND_INVITATION = "RESEND_INVITATION"
    REVOKE_INVITATION = "REVOKE_INVITATION"
    UNLINK_ACCOUNT = "UNLINK_ACCOUNT"
    DISABLE_ACCOUNT = "DISABLE_ACCOUNT"
    ENABLE_ACCOUNT = "ENABLE_ACCOUNT"
    REGENERATE_PIN = "REGENERATE_PIN"
    REQUEST_TRANSFER = "REQUEST_TRANSFER"


class ConflictRemedy(StrEnum):
    """A way to resolve a conflict that reveals nothing about the other record (product §2, Conflict)."""

    USE_ANOTHER_ADDRESS = "USE_ANOTHER_ADDRESS"
    GIVE_RELATIVE_ACCESS = "GIVE_RELATIVE_ACCESS"
    REQUEST_TRANSFER = "REQUEST_TRANSFER"


class LetterState(StrEnum):
    """How far a letter got. NONE: there is no letter. CANCELLED: its reason ended before it was sent."""

    NONE = "NONE"
    QUEUED = "QUEUED"
    SENT = "SENT"
    BOUNCED = "BOUNCED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class AccountFacts(NamedTuple):
    """The facts of an account that the icon needs. `linked_contact_id` is the contact of its live link."""

    id: UUID
    email: str
    email_normal: str
    created_at: datetime
    registered_at: datetime | None = None
    email_verified_at: datetime | None = None
    last_signed_in_at: datetime | None = None
    disabled_at: datetime | None = None
    disabled_reason: str = ""
    linked_contact_id: UUID | None = None

    @property
    def owns_its_address(self) -> bool:
        """False for an unverified account, which does not change any icon and does not block others."""
        return self.registered_at is None or self.email_verified_at is not None


class AddressFacts(NamedTuple):
    """One address of the contact, and the account with it. `on_other_record`: another contact has it too."""

    address: str
    address_normal: str
    account: AccountFacts | None = None
    on_other_record: bool = False


class InvitationFacts(NamedTuple):
    """The latest invitation of the contact's own account, and its latest letter."""

    expires_at: datetime
    open: bool = True
    letter: LetterState = LetterState.NONE
    letter_at: datetime | None = None
    letter_failure: str = ""


class StatusFacts(NamedTuple):
    """All facts that decide a contact's state. The primary address comes first."""

    addresses: tuple[AddressFacts, ...] = ()
    own_account: AccountFacts | None = None
    invitation: InvitationFacts | None = None


@dataclass(frozen=True)
class Viewer:
    """What the staff member who looks at the icon may do and see, and their language."""

    may_act: bool
    may_see_other_records: bool
    now: datetime
    zone: tzinfo
    language: str = "en"


class PortalStatus(NamedTuple):
    """The portal status of one contact, as screens show it."""

    state: PortalState
    icon: PortalIcon
    summary: str
    action: PortalAction | None
    blocked_reason: str | None
    letter: LetterState
    account: AccountFacts | None
    also_allowed: tuple[PortalAction, ...] = ()
    invitation_expires_at: datetime | None = None
    # In a conflict, the contact to whom the address's account is linked. Who looks may not learn whose it is.
    holder_id: UUID | None = None
    # A warning before an invitation: another contact has the address to which the invitation would be sent.
    address_on_other_record: bool = False


def decide(facts: StatusFacts) -> tuple[PortalState, AccountFacts | None]:
    """The state, and the account that it is about.

    The rules apply in this order: a live link; no address; an unlinked account with any of the addresses, the primary
    first; the *primary* address belongs to an account of another record; else no account.
    """
    own = facts.own_account
    if own is not None:
        return (PortalState.LINKED if own.registered_at else PortalState.INVITED), own
    if not facts.addresses:
        return PortalState.NO_EMAIL, None
    for address in facts.addresses:
        account = address.account
        if account and account.registered_at and account.owns_its_address and account.linked_contact_id is None:
            return PortalState.ACCOUNT_NOT_LINKED, account
    primary = facts.addresses[0].account
    if primary is not None and primary.owns_its_address and primary.linked_contact_id is not None:
        return PortalState.EMAIL_CONFLICT, primary
    return PortalState.NO_ACCOUNT, None


def portal_status(facts: StatusFacts, viewer: Viewer) -> PortalStatus:
    """The whole status: the icon, its text, and its action or the reason why there is none."""
    state, account = decide(facts)
    words = status_words(viewer.language)
    action = _ACTIONS[state] if viewer.may_act else None
    hidden = state is PortalState.EMAIL_CONFLICT and not viewer.may_see_other_records
    return PortalStatus(
        state=state,
        icon=_ICONS[state],
        summary=_summary(state, account, facts, viewer, words),
        action=action,
        blocked_reason=None if action else _blocked(state, words),
        letter=facts.invitation.letter if facts.invitation and facts.own_account else LetterState.NONE,
        account=None if hidden else account,
        also_allowed=_also_allowed(state, account) if viewer.may_act else (),
        invitation_expires_at=facts.invitation.expires_at
        if facts.invitation and state is PortalState.INVITED
        else None,
        holder_id=account.linked_contact_id if account and state is PortalState.EMAIL_CONFLICT else None,
        address_on_other_record=state is PortalState.NO_ACCOUNT and facts.addresses[0].on_other_record,
    )


def _also_allowed(state: PortalState, account: AccountFacts | None) -> tuple[PortalAction, ...]:
    """The actions that are possible besides the click, in the order in which screens show them."""
    close = PortalAction.ENABLE_ACCOUNT if account and account.disabled_at else PortalAction.DISABLE_ACCOUNT
    beside: tuple[PortalAction, ...] = ()
    match state:
        case PortalState.INVITED:
            beside = (PortalAction.RESEND_INVITATION, PortalAction.REVOKE_INVITATION)
        case PortalState.ACCOUNT_NOT_LINKED:
            beside = (close,)
        case PortalState.LINKED:
            beside = (PortalAction.UNLINK_ACCOUNT, close)
        case PortalState.EMAIL_CONFLICT:
            beside = (PortalAction.REQUEST_TRANSFER,)
    return (*beside, PortalAction.REGENERATE_PIN)


def status_for_its_person(facts: StatusFacts, language: str = "en") -> PortalStatus:
    """The status that the linked person may see of their own record, without the texts for staff."""
    return PortalStatus(
        state=PortalState.LINKED,
        icon=_ICONS[PortalState.LINKED],
        summary=status_words(language).own,
        action=None,
        blocked_reason=None,
        letter=LetterState.NONE,
        account=facts.own_account,
    )


_ICONS = {
    PortalState.NO_EMAIL: PortalIcon.ALL_GRAY,
    PortalState.NO_ACCOUNT: PortalIcon.GRAY_GLOBE_PERSON,
    PortalState.INVITED: PortalIcon.BLUE_GLOBE_PERSON,
    PortalState.ACCOUNT_NOT_LINKED: PortalIcon.BLUE_GLOBE_PERSON,
    PortalState.LINKED: PortalIcon.BLUE_GLOBE_PERSON,
    PortalState.EMAIL_CONFLICT: PortalIcon.GRAY_GLOBE_WARNING,
}
_ACTIONS = {
    PortalState.NO_EMAIL: None,
    PortalState.NO_ACCOUNT: PortalAction.CREATE_ACCOUNT,
    PortalState.INVITED: PortalAction.PRINT_INSTRUCTIONS,
    PortalState.ACCOUNT_NOT_LINKED: PortalAction.LINK_ACCOUNT,
    PortalState.LINKED: PortalAction.PRINT_INSTRUCTIONS,
    PortalState.EMAIL_CONFLICT: None,
}


def _blocked(state: PortalState, words: StatusWords) -> str:
    """Why the icon has no action. A reason from the state comes before a missing permission."""
    match state:
        case PortalState.NO_EMAIL:
            return words.blocked_no_email
        case PortalState.EMAIL_CONFLICT:
            return words.blocked_email_conflict
    return words.blocked_no_permission


def _summary(
    state: PortalState, account: AccountFacts | None, facts: StatusFacts, viewer: Viewer, words: StatusWords
) -> str:
    match state:
        case PortalState.NO_EMAIL:
            return words.no_email
        case PortalState.NO_ACCOUNT:
            primary = facts.addresses[0]
            said = words.no_account.format(address=primary.address)
            return f"{said} {words.on_other_record}" if primary.on_other_record else said
        case PortalState.EMAIL_CONFLICT:
            return words.email_conflict.format(address=facts.addresses[0].address)
    if account is None:  # the other three states always have an account
        raise AssertionError(state)
    if state is PortalState.ACCOUNT_NOT_LINKED:
        said = words.account_not_linked.format(address=account.email)
    elif state is PortalState.INVITED:
        said = _invited(account, facts.invitation, viewer, words)
    else:
        said = _linked(account, facts, viewer, words)
    if account.disabled_at:
        said += " " + words.disabled.format(reason=account.disabled_reason or words.no_reason)
    return said


def _invited(account: AccountFacts, invitation: InvitationFacts | None, viewer: Viewer, words: StatusWords) -> str:
    if invitation is None:
        return words.invited.format(address=account.email)
    if invitation.expires_at <= viewer.now:
        day = words.day(invitation.expires_at, viewer.zone)
        return words.invitation_ran_out.format(address=account.email, day=day)
    match invitation.letter:
        case LetterState.SENT if invitation.letter_at:
            day = words.day(invitation.letter_at, viewer.zone)
            return words.letter_sent.format(address=account.email, day=day)
        case LetterState.BOUNCED | LetterState.FAILED:
            # The failure is the mail server's text, in the server's language.
            return words.letter_failed.format(address=account.email, failure=invitation.letter_failure)
    return words.letter_waiting.format(address=account.email)


def _linked(account: AccountFacts, facts: StatusFacts, viewer: Viewer, words: StatusWords) -> str:
    said = [words.linked.format(address=account.email)]
    if account.registered_at:
        said.append(words.registered_on.format(day=words.day(account.registered_at, viewer.zone)))
    if account.last_signed_in_at:
        said.append(words.last_signed_in_on.format(day=words.day(account.last_signed_in_at, viewer.zone)))
    if facts.addresses and account.email_normal not in {address.address_normal for address in facts.addresses}:
        said.append(words.other_address)
    return " ".join(said)
