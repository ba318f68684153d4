"""The tokens of links with which staff choose a password: issues them, finds them, and lets each be used once."""

from datetime import datetime, timedelta

from clinic.mail.models import Letter, LetterKind
from clinic.mail.outbox import queue_staff_token_letter
from clinic.staff.models import StaffMember, StaffToken, StaffTokenPurpose
from clinic.values.errors import LinkNotUsable
from clinic.values.ports import Addresses, Services
from clinic.values.tokens import TokenClosed, hash_token, new_token
from clinic.work.unit_of_work import Work

# security.md, Tokens.
LIFETIMES = {
    StaffTokenPurpose.WELCOME: timedelta(days=10),
    StaffTokenPurpose.RESET_PASSWORD: timedelta(hours=1),
}
LETTERS = {
    StaffTokenPurpose.WELCOME: LetterKind.STAFF_WELCOME,
    StaffTokenPurpose.RESET_PASSWORD: LetterKind.STAFF_RESET_PASSWORD,
}
_PATHS = {StaffTokenPurpose.WELCOME: "welcome", StaffTokenPurpose.RESET_PASSWORD: "reset"}


def password_link(purpose: StaffTokenPurpose, token: str, addresses: Addresses) -> str:
    """The address of the staff screen's page where the person chooses a password.

    The token is behind the number sign, so that a browser sends it to no server and in no Referer.
    """
    return f"{addresses.api_url}/staff/#/{_PATHS[purpose]}/{token}"


async def mail_token(member: StaffMember, purpose: StaffTokenPurpose, work: Work, services: Services) -> StaffToken:
    """Create an open token and queue its letter. It replaces an open token of the same purpose.

    Call it inside the action's transaction, with the member locked.
    """
    token = await open_token(member, purpose, work)
    await queue_staff_token_letter(LETTERS[purpose], token, work.now, services)
    return token


async def print_token(member: StaffMember, purpose: StaffTokenPurpose, work: Work, services: Services) -> str:
    """Create an open token without a letter, and return its link, which is shown once."""
    token = new_token()
    await open_token(member, purpose, work, token_hash=hash_token(token))
    return password_link(purpose, token, services.addresses)


async def open_token(
    member: StaffMember, purpose: StaffTokenPurpose, work: Work, *, token_hash: str | None = None
) -> StaffToken:
    """Create an open token, which replaces an open token of the same purpose. The caller queues its letter, if any."""
    await close_tokens(member, TokenClosed.REPLACED, work, purpose)
    return await StaffToken.create(
        organization_id=member.organization_id,
        staff_member_id=member.id,
        purpose=purpose,
        email=member.email,
        token_hash=token_hash,
        created_at=work.now,
        expires_at=work.now + LIFETIMES[purpose],
    )


def letter_token(letter: Letter, services: Services) -> str:
    """The token in a letter's link: derived from the letter's id with the deployment's key.

    So a retry of the letter has the same link, and only the token's hash is stored.
    """
    return services.secrets.derive_token(letter.kind.value, str(letter.id))


async def close_tokens(member: StaffMember, why: TokenClosed, work: Work, *purposes: StaffTokenPurpose) -> None:
    """Close the member's open tokens of these purposes, or of all purposes if none is given."""
    open_ones = StaffToken.filter(staff_member_id=member.id, closed_at=None)
    if purposes:
        open_ones = open_ones.filter(purpose__in=list(purposes))
    await open_ones.update(closed_at=work.now, closed_why=why)


async def usable_token(token: str, purpose: StaffTokenPurpose, now: datetime) -> StaffToken:
    """The open token of this purpose. Changes nothing. Raises `LinkNotUsable` with the reason."""
    found = await StaffToken.get_or_none(token_hash=hash_token(token), purpose=purpose)
    if found is None:
        raise LinkNotUsable("UNKNOWN")
    if found.closed_why is not None:
        raise LinkNotUsable(found.closed_why.value)
    if found.expires_at <= now:
        raise LinkNotUsable("EXPIRED")
    return found


async def use_token(token: StaffToken, work: Work) -> None:
    """Mark the token as used, inside the action's transaction.

    Only one of several concurrent requests succeeds; the others raise `LinkNotUsable`.
    """
    used = await StaffToken.filter(id=token.id, closed_at=None, expires_at__gt=work.now).update(
        closed_at=work.now, closed_why=TokenClosed.USED
    )
    if not used:
        raise LinkNotUsable("USED")
