"""How staff come to a password: by the invitation's link, by the link for a forgotten one, and when signed in."""

from clinic.factors.person import kinds_of, person_behind
from clinic.mail.models import LetterKind
from clinic.mail.outbox import queue_staff_member_letter
from clinic.organizations.models import Organization
from clinic.sessions.actions import end_all_of_staff_member, end_others_of_staff_member
from clinic.staff.actions.sign_in import member_at
from clinic.staff.errors import PasswordSignInOff
from clinic.staff.models import StaffMember, StaffState, StaffToken, StaffTokenPurpose
from clinic.staff.password_rule import passwords_off_at, require_password_sign_in
from clinic.staff.throttles import sign_in_subject
from clinic.staff.tokens import close_tokens, mail_token, usable_token, use_token
from clinic.throttling.constant_time import constant_time
from clinic.throttling.throttle import (
    RESET_PER_ADDRESS,
    count_attempt,
    count_password,
    network_of,
    password_succeeded,
    reset_letter_allowed,
    reset_sign_in_attempts,
)
from clinic.values.callers import Anonymous, Origin, StaffCaller
from clinic.values.errors import InvitationNotUsable, LinkNotUsable, WeakPassword, WrongCredentials
from clinic.values.passwords import hash_password, is_short, password_matches, weaknesses
from clinic.values.ports import Services
from clinic.values.problems import Weakness
from clinic.values.text import Problems, normal_email
from clinic.values.tokens import TokenClosed
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work


async def accept_staff_invitation(token: str, password: str, origin: Origin, services: Services) -> StaffMember:
    """Choose the first password by the invitation's link. The person then signs in like everybody.

    Raises `InvitationNotUsable`, `WeakPassword`, `PasswordSignInOff`.
    """
    try:
        return await _choose(token, StaffTokenPurpose.WELCOME, password, origin, services)
    except LinkNotUsable as refusal:
        withdrawn = refusal.reason == TokenClosed.WITHDRAWN.value
        raise InvitationNotUsable("REVOKED" if withdrawn else refusal.reason) from None


async def request_staff_password_reset(organization_slug: str, email: str, origin: Origin, services: Services) -> None:
    """Queue a letter to the active staff member with this address, if there is one.

    The answer and its timing are the same for every practice and address, and guesses at the password don't close this
    way (security.md: a throttle never locks the owner out). The letter goes to the stored address. Raises
    `InvalidInput` if it can't be an address, `TooManyAttempts` by network address, and `PasswordSignInOff`, for every
    address, where the practice has turned passwords off.
    """
    problems = Problems()
    address = problems.email("email", email)
    problems.raise_if_any()
    await count_attempt(RESET_PER_ADDRESS, network_of(origin.address), services.clock)
    off = await passwords_off_at(organization_slug)
    async with constant_time(services.wait):
        subject = sign_in_subject(organization_slug, address)
        if await reset_letter_allowed(subject, services.clock):
            member = await member_at(organization_slug, normal_email(address))
            if member is not None and (member.break_glass or not off):
                await _send_link(member, origin, services)
    if off:
        raise PasswordSignInOff(organization_slug)


@retry_on_conflict
async def _send_link(found: StaffMember, origin: Origin, services: Services) -> None:
    async with unit_of_work(Anonymous(found.organization_id, origin), services) as work:
        member = await StaffMember.filter(id=found.id).select_for_update().get()
        if member.state is StaffState.ACTIVE:
            await mail_token(member, StaffTokenPurpose.RESET_PASSWORD, work, services)
            work.audit("staff_member.reset_requested", member)


async def reset_staff_password(token: str, password: str, origin: Origin, services: Services) -> StaffMember:
    """Set a new password by the letter's link, and end every session. Opens none: the person signs in afterwards.

    So a mailbox alone opens no session where a second factor is asked for. Raises `LinkNotUsable`, `WeakPassword`,
    `PasswordSignInOff`.
    """
    member = await _choose(token, StaffTokenPurpose.RESET_PASSWORD, password, origin, services)
    # Wrong guesses by others must not lock the owner out.
    organization = await Organization.get(id=member.organization_id)
    await reset_sign_in_attempts(sign_in_subject(organization.slug, member.email), origin.address)
    return member


async def _choose(
    token: str, purpose: StaffTokenPurpose, password: str, origin: Origin, services: Services
) -> StaffMember:
    found = await usable_token(token, purpose, services.clock.now())
    member = await StaffMember.get(id=found.staff_member_id)
    await require_password_sign_in(member)
    with_factor = bool(await kinds_of(person_behind(member)))
    if reasons := await weaknesses(password, await _words_about(member), with_factor=with_factor):
        raise WeakPassword(reasons)
    return await _store(found, await hash_password(password), is_short(password), origin, services)


async def _require_factor_for(short: bool, member: StaffMember) -> None:
    """The factor that lets a short password do may have been removed meanwhile. Call it with the member locked."""
    if short and not await kinds_of(person_behind(member)):
        raise WeakPassword([Weakness.TOO_SHORT])


async def _words_about(member: StaffMember) -> list[str]:
    practice = await Organization.get(id=member.organization_id)
    return [member.name, member.email, practice.name]


@retry_on_conflict
async def _store(token: StaffToken, password_hash: str, short: bool, origin: Origin, services: Services) -> StaffMember:
    welcome = token.purpose is StaffTokenPurpose.WELCOME
    wanted = StaffState.INVITED if welcome else StaffState.ACTIVE
    async with unit_of_work(Anonymous(token.organization_id, origin), services) as work:
        member = await StaffMember.filter(id=token.staff_member_id).select_for_update().get()
        await use_token(token, work)
        if member.state is not wanted or member.email != token.email:
            raise LinkNotUsable(TokenClosed.WITHDRAWN.value)
        await require_password_sign_in(member)
        await _require_factor_for(short, member)
        member.password_hash, member.short_password = password_hash, short
        await member.save(update_fields=["password_hash", "short_password"])
        await close_tokens(member, TokenClosed.WITHDRAWN, work)
        if welcome:
            work.audit("staff_member.joined", member)
        else:
            await end_all_of_staff_member(member.id, "password reset", work.now)
            await queue_staff_member_letter(LetterKind.STAFF_PASSWORD_CHANGED, member, work.now, services)
            work.audit("staff_member.password_reset", member)
    return member


async def change_staff_password(caller: StaffCaller, current: str, new: str, services: Services) -> None:
    """Set a new password, end every other session of the caller, and queue a letter to their address.

    Raises `WrongCredentials` for a wrong current password, `TooManyAttempts`, `WeakPassword` for the new one. Failures
    count together with those of signing in from this network, and for the session: strangers' guesses don't close this.
    """
    if caller.program_id:
        # A program has no password, and does not change that of somebody it acts for.
        raise WrongCredentials
    member = await StaffMember.get(id=caller.staff_member_id, organization_id=caller.organization_id)
    organization = await Organization.get(id=caller.organization_id)
    subject = sign_in_subject(organization.slug, member.email)
    proof = f"session {caller.session_id}"
    await count_password(subject, proof, caller.origin.address, services.clock)
    if not await password_matches(member.password_hash, current):
        raise WrongCredentials
    await password_succeeded(subject, proof, caller.origin.address)
    with_factor = bool(await kinds_of(person_behind(member)))
    if reasons := await weaknesses(new, await _words_about(member), with_factor=with_factor):
        raise WeakPassword(reasons)
    await _change(caller, member.password_hash, await hash_password(new), is_short(new), services)


@retry_on_conflict
async def _change(caller: StaffCaller, old_hash: str, new_hash: str, short: bool, services: Services) -> None:
    async with unit_of_work(caller, services) as work:
        # Guarded by the hash that was checked, because another request may have changed the password meanwhile.
        unchanged = StaffMember.filter(id=caller.staff_member_id, password_hash=old_hash, disabled_at=None)
        if not await unchanged.update(password_hash=new_hash, short_password=short):
            raise WrongCredentials
        member = await StaffMember.get(id=caller.staff_member_id)
        await _require_factor_for(short, member)
        await close_tokens(member, TokenClosed.WITHDRAWN, work, StaffTokenPurpose.RESET_PASSWORD)
        await end_others_of_staff_member(caller, "password changed", work.now)
        await queue_staff_member_letter(LetterKind.STAFF_PASSWORD_CHANGED, member, work.now, services)
        work.audit("staff_member.password_changed", member)
