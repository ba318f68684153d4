"""The second step of signing in: codes, passkeys and recovery codes, each once, and never from the mailbox."""

import asyncio
import json
from datetime import timedelta

import pytest

from clinic.factors.actions import remove_factor
from clinic.factors.challenges import open_challenge, remove_ended_challenges
from clinic.factors.errors import ChallengeNotUsable, FactorRefused, SecondFactorNeeded
from clinic.factors.models import ChallengePurpose, FactorChallenge, Passkey, RecoveryCode, Totp
from clinic.factors.proving import Proof
from clinic.mail.models import Letter, LetterKind
from clinic.sessions.models import StaffSession
from clinic.staff.actions import (
    StaffSignedIn,
    change_staff_password,
    complete_staff_sign_in,
    disable_staff_member,
    print_password_link,
    reset_staff_password,
)
from clinic.values.callers import Origin, Permission
from clinic.values.errors import InvalidInput, SessionEnded, TooManyAttempts, WeakPassword, WrongCredentials
from clinic.values.factors import FactorKind
from clinic.values.problems import Weakness
from clinic.work.models import AuditEvent
from tests.clinic.factors.conftest import HERE, Member
from tests.clock import FixedClock
from tests.factories import PASSWORD
from tests.factories.authenticator import Authenticator

NEW = "nine green lanterns hum"


async def step(member: Member) -> SecondFactorNeeded:
    with pytest.raises(SecondFactorNeeded) as needed:
        await member.sign_in()
    return needed.value


async def complete(member: Member, token: str, origin: Origin = HERE, **given: str) -> StaffSignedIn:
    services = member.practice.services
    row = await open_challenge(token, ChallengePurpose.SIGN_IN, services.clock.now())
    return await complete_staff_sign_in(row, token, Proof(**given), origin, services)


async def test_password_alone_opens_nothing_once_there_are_codes(member: Member) -> None:
    assert isinstance(await member.sign_in(), StaffSignedIn)
    codes = await member.add_totp()
    assert len(set(codes)) == 10
    before = await StaffSession.all().count()
    needed = await step(member)
    assert (needed.kinds, needed.passkey_options) == ((FactorKind.TOTP,), None)
    assert await StaffSession.all().count() == before
    signed_in = await complete(member, needed.challenge, code=member.code())
    assert signed_in.member.id == member.caller.staff_member_id
    event = await AuditEvent.filter(action="staff_member.signed_in").order_by("-sequence").first()
    assert event is not None
    assert json.loads(event.details) == {"second_factor": "TOTP"}


async def test_a_wrong_password_says_nothing_of_the_second_factor(member: Member) -> None:
    await member.add_totp()
    with pytest.raises(WrongCredentials):
        await member.sign_in("a wrong one")
    assert not await FactorChallenge.exists(purpose=ChallengePurpose.SIGN_IN)


async def test_a_code_works_once_and_an_older_one_never(member: Member, clock: FixedClock) -> None:
    await member.add_totp()
    used, token = member.code(), (await step(member)).challenge
    await complete(member, token, code=used)
    with pytest.raises(FactorRefused):
        await complete(member, (await step(member)).challenge, code=used)
    with pytest.raises(ChallengeNotUsable):
        await complete(member, token, code=used)
    older = member.code()
    clock.advance(timedelta(seconds=30))
    await complete(member, (await step(member)).challenge, code=member.code())
    with pytest.raises(FactorRefused):
        await complete(member, (await step(member)).challenge, code=older)


async def test_the_code_that_added_an_app_signs_nobody_in(member: Member, clock: FixedClock) -> None:
    await member.add_totp()
    clock.advance(timedelta(seconds=-30))
    with pytest.raises(FactorRefused):
        await complete(member, (await step(member)).challenge, code=member.code())


async def test_of_two_sign_ins_with_one_code_one_succeeds(member: Member) -> None:
    await member.add_totp()
    tokens = [(await step(member)).challenge for _ in range(2)]
    done = await asyncio.gather(
        *(complete(member, token, code=member.code()) for token in tokens), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in done) == ["FactorRefused", "StaffSignedIn"]


async def test_recovery_code_works_once_and_is_told_by_mail(member: Member) -> None:
    codes = await member.add_totp()
    typed = codes[3].lower().replace("-", " ")
    await complete(member, (await step(member)).challenge, recovery_code=typed)
    assert await Letter.filter(kind=LetterKind.STAFF_RECOVERY_CODE_USED).count() == 1
    with pytest.raises(FactorRefused):
        await complete(member, (await step(member)).challenge, recovery_code=typed)
    assert await AuditEvent.filter(action="staff_member.recovery_code_used").count() == 1
    assert codes[3] not in {row.code_hash for row in await RecoveryCode.all()}


async def test_passkey_signs_in_for_its_site_and_step_only(member: Member) -> None:
    authenticator = Authenticator()
    assert len(await member.add_passkey(authenticator)) == 10
    needed = await step(member)
    assert needed.passkey_options is not None
    old = authenticator.answer(needed.passkey_options)
    await complete(member, needed.challenge, passkey=old)
    assert (await Passkey.get()).sign_count == 1
    needed = await step(member)
    assert needed.passkey_options is not None
    stranger = Authenticator(credential_id=authenticator.credential_id)
    phishing = Authenticator("https://api.vestibule.evil", key=authenticator.key)
    unverified = Authenticator(verifies=False, key=authenticator.key)
    phishing.credential_id = unverified.credential_id = authenticator.credential_id
    phishing.count = unverified.count = 5
    cloned = Authenticator(key=authenticator.key, credential_id=authenticator.credential_id)
    for answer in (old, *(each.answer(needed.passkey_options) for each in (stranger, phishing, unverified, cloned))):
        with pytest.raises(FactorRefused):
            await complete(member, (needed := await step(member)).challenge, passkey=answer)
    # The last of them was answered too late, but its passkey is right.
    needed = await step(member)
    assert needed.passkey_options is not None
    await complete(member, needed.challenge, passkey=authenticator.answer(needed.passkey_options))


async def test_garbage_for_a_passkey_is_refused(member: Member) -> None:
    await member.add_passkey(Authenticator())
    for answer in ("", "{}", "[]", '"x"', "{" * 5000, "x" * 20_000, '{"id":"AA","rawId":"AA"}'):
        with pytest.raises(FactorRefused):
            await complete(member, (await step(member)).challenge, passkey=answer)


async def test_step_takes_one_proof(member: Member) -> None:
    await member.add_totp()
    needed = await step(member)
    with pytest.raises(InvalidInput):
        await complete(member, needed.challenge)
    with pytest.raises(InvalidInput):
        await complete(member, needed.challenge, code=member.code(), passkey="{}")


async def test_guesses_close_the_step_then_the_network_and_never_the_known_one(
    member: Member, clock: FixedClock
) -> None:
    assert isinstance(await member.sign_in(), StaffSignedIn)
    await member.add_totp()
    needed = await step(member)
    for _ in range(5):
        with pytest.raises(FactorRefused):
            await complete(member, needed.challenge, Origin("198.51.100.1"), code="000000")
    with pytest.raises(TooManyAttempts):
        await complete(member, needed.challenge, Origin("198.51.100.1"), code=member.code())
    for guesser in range(2, 7):
        needed = await step(member)
        for _ in range(5):
            with pytest.raises(FactorRefused):
                await complete(member, needed.challenge, Origin(f"198.51.100.{guesser}"), code="000000")
    needed = await step(member)
    with pytest.raises(TooManyAttempts):
        await complete(member, needed.challenge, Origin("198.51.100.200"), code=member.code())
    await complete(member, needed.challenge, HERE, code=member.code())


async def test_step_ends_with_its_minutes_the_password_and_the_member(member: Member, clock: FixedClock) -> None:
    services = member.practice.services
    await member.add_totp()
    late = await step(member)
    clock.advance(timedelta(minutes=10))
    with pytest.raises(ChallengeNotUsable):
        await complete(member, late.challenge, code=member.code())
    assert await remove_ended_challenges(clock.now() + timedelta(seconds=1)) >= 1
    await member.again()
    before = await step(member)
    await change_staff_password(member.caller, PASSWORD, NEW, services)
    with pytest.raises(ChallengeNotUsable):
        await complete(member, before.challenge, code=member.code())
    with pytest.raises(SecondFactorNeeded) as needed:
        await member.sign_in(NEW)
    manager = await member.practice.staff(Permission.MANAGE_STAFF)
    await disable_staff_member(manager, member.caller.staff_member_id, "Left.", services)
    with pytest.raises(SessionEnded):
        await complete(member, needed.value.challenge, code=member.code())


async def test_eight_characters_do_with_a_factor_and_hold_it(member: Member) -> None:
    services = member.practice.services
    short = "q7#Lw9zT"
    with pytest.raises(WeakPassword) as refusal:
        await change_staff_password(member.caller, PASSWORD, short, services)
    assert refusal.value.reasons == (Weakness.TOO_SHORT,)
    await member.add_totp()
    with pytest.raises(WeakPassword) as refusal:
        await change_staff_password(member.caller, PASSWORD, short[:7], services)
    assert refusal.value.reasons == (Weakness.TOO_SHORT_WITH_FACTOR,)
    await change_staff_password(member.caller, PASSWORD, short, services)
    with pytest.raises(Exception, match="LONGER_PASSWORD_NEEDED"):
        await remove_factor(member.caller, (await Totp.get()).id, services)
    assert await Totp.all().count() == 1
    await change_staff_password(member.caller, short, NEW, services)
    await remove_factor(member.caller, (await Totp.get()).id, services)
    assert isinstance(await member.sign_in(NEW), StaffSignedIn)


async def test_mailbox_alone_opens_nothing(member: Member) -> None:
    """A link sets a password; the sign-in asks for the second factor all the same."""
    services = member.practice.services
    await member.add_passkey(Authenticator())
    link = await print_password_link(member.practice.system, (await member.row).email, services)
    await reset_staff_password(link.link.rpartition("/")[2], NEW, HERE, services)
    assert not await StaffSession.exists(ended_at=None)
    with pytest.raises(SecondFactorNeeded):
        await member.sign_in(NEW)
