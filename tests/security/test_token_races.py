"""A mailed link of each kind, used thirty-two times in the same instant: one use counts, the others find it used."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence

import pytest

from clinic.portal_access.actions import (
    SignedIn,
    keep_email,
    request_email_change,
    request_password_reset,
    reset_password,
)
from clinic.portal_access.models import AccountToken, PortalAccount, TokenClosed, TokenPurpose
from clinic.sessions.models import PatientSession, SessionKind
from clinic.values.callers import PatientCaller
from clinic.values.passwords import password_matches
from clinic.work.models import AuditEvent
from tests.clinic.portal_access.account_letters import (
    BROWSER,
    EMAIL,
    caller_of,
    confirm,
    next_token,
    register,
    room_in,
    verified,
)
from tests.clinic.portal_access.journey import deliver
from tests.factories import PASSWORD, Mailbox, Practice

NEW = "ana.new@example.com"
TIMES = 32


@pytest.fixture
async def patient(practice: Practice, mailbox: Mailbox) -> PatientCaller:
    return caller_of(await verified(practice, mailbox))


async def at_once(uses: Sequence[Awaitable[object]]) -> object:
    """What the one that counted answers; the others were told that the link is used."""
    answers = await asyncio.gather(*uses, return_exceptions=True)
    counted = [answer for answer in answers if not isinstance(answer, BaseException)]
    refused = Counter(
        f"{type(answer).__name__} {getattr(answer, 'reason', '')}"
        for answer in answers
        if isinstance(answer, BaseException)
    )
    assert len(counted) == 1
    assert refused == {"LinkNotUsable USED": TIMES - 1}
    return counted[0]


async def used_up(purpose: TokenPurpose) -> bool:
    """Whether the one token of this purpose is closed because it was used."""
    return (await AccountToken.get(purpose=purpose)).closed_why is TokenClosed.USED


async def live_sessions() -> list[PatientSession]:
    return await PatientSession.filter(ended_at=None)


async def test_of_thirty_two_confirmations_of_an_address_one_signs_in(practice: Practice, mailbox: Mailbox) -> None:
    await register(practice)
    token = await next_token(practice, mailbox)

    signed_in = await at_once([confirm(practice, token) for _ in range(TIMES)])

    assert isinstance(signed_in, SignedIn)
    assert [session.id for session in await PatientSession.all()] == [signed_in.session.session_id]
    assert await used_up(TokenPurpose.VERIFY_EMAIL)
    assert await AuditEvent.filter(action="portal_account.email_verified").count() == 1


async def test_of_thirty_two_new_passwords_one_holds(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller
) -> None:
    await request_password_reset(practice.anonymous, EMAIL, practice.services)
    token = await next_token(practice, mailbox)
    passwords = [f"four brown ponies trot {number}" for number in range(TIMES)]

    signed_in = await at_once(
        [
            reset_password(practice.anonymous, token, one, practice.services, kind=SessionKind.BROWSER)
            for one in passwords
        ]
    )

    assert isinstance(signed_in, SignedIn)
    stored = (await PortalAccount.get(id=patient.account_id)).password_hash
    assert stored == signed_in.account.password_hash
    assert [await password_matches(stored, one) for one in passwords].count(True) == 1
    assert [session.id for session in await live_sessions()] == [signed_in.session.session_id]
    assert await used_up(TokenPurpose.RESET_PASSWORD)
    assert await AuditEvent.filter(action="portal_account.password_reset").count() == 1


async def test_of_thirty_two_confirmations_of_a_new_address_one_moves_the_account(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller
) -> None:
    token = await changing(practice, mailbox, patient, "verify")

    signed_in = await at_once([confirm(practice, token) for _ in range(TIMES)])

    assert isinstance(signed_in, SignedIn)
    assert (await PortalAccount.get(id=patient.account_id)).email == NEW
    assert [session.id for session in await live_sessions()] == [signed_in.session.session_id]
    assert await used_up(TokenPurpose.CONFIRM_NEW_EMAIL)
    assert await AuditEvent.filter(action="portal_account.email_changed").count() == 1


async def test_of_thirty_two_objections_one_keeps_the_address(
    practice: Practice, mailbox: Mailbox, patient: PatientCaller
) -> None:
    token = await changing(practice, mailbox, patient, "keep")

    await at_once([keep_email(practice.anonymous, token, practice.services) for _ in range(TIMES)])

    account = await PortalAccount.get(id=patient.account_id)
    assert (account.email, account.disabled_at) == (EMAIL, None)
    assert await live_sessions() == []
    assert await used_up(TokenPurpose.KEEP_EMAIL)
    assert await AuditEvent.filter(action="portal_account.email_kept").count() == 1


async def changing(practice: Practice, mailbox: Mailbox, patient: PatientCaller, room: str) -> str:
    """Ask for another address; the secret of the letter that leads to this page."""
    await request_email_change(patient, PASSWORD, NEW, practice.services, browser_token=BROWSER)
    before = len(mailbox.letters)
    await deliver(practice)
    return dict(room_in(letter) for letter in mailbox.letters[before:])[room]
