"""A staff member with a password, signed in, and what adds factors to them."""

from dataclasses import dataclass
from datetime import timedelta

import pyotp
import pytest

from clinic.factors.actions import finish_passkey, finish_totp, start_passkey, start_totp
from clinic.sessions.actions import open_staff_session
from clinic.staff.actions import sign_in_staff
from clinic.staff.models import StaffMember
from clinic.values.callers import Origin, Permission, StaffCaller
from clinic.values.passwords import hash_password
from tests.clock import FixedClock
from tests.factories import PASSWORD, Practice
from tests.factories.authenticator import Authenticator

HERE = Origin("203.0.113.7", "agent", "request-1")


@dataclass
class Member:
    """A staff member of the practice, who has `PASSWORD`, and their open session."""

    practice: Practice
    caller: StaffCaller
    clock: FixedClock
    secret: str = ""

    @property
    async def row(self) -> StaffMember:
        return await StaffMember.get(id=self.caller.staff_member_id)

    async def add_totp(self) -> tuple[str, ...]:
        """Codes from an app; returns the recovery codes."""
        begun = await start_totp(self.caller, self.practice.services)
        self.secret = begun.secret
        added = await finish_totp(self.caller, begun.challenge, self.code(), self.practice.services)
        self.clock.advance(timedelta(seconds=30))
        return added.recovery_codes

    async def add_passkey(self, authenticator: Authenticator, name: str = "Laptop") -> tuple[str, ...]:
        begun = await start_passkey(self.caller, self.practice.services)
        made = authenticator.make(begun.options)
        return (await finish_passkey(self.caller, begun.challenge, made, name, self.practice.services)).recovery_codes

    def code(self) -> str:
        return pyotp.TOTP(self.secret).at(self.clock.now())

    async def sign_in(self, password: str = PASSWORD, origin: Origin = HERE) -> object:
        member = await self.row
        return await sign_in_staff("willow-creek", member.email, password, origin, self.practice.services)

    async def again(self) -> None:
        """A new session, which is fresh."""
        now = self.clock.now()
        opened = await open_staff_session(self.caller.organization_id, self.caller.staff_member_id, HERE, now)
        self.caller = StaffCaller(
            self.caller.organization_id, self.caller.staff_member_id, opened.session_id, self.caller.permissions
        )


@pytest.fixture
async def member(practice: Practice, clock: FixedClock) -> Member:
    caller = await practice.staff(Permission.MANAGE_STAFF)
    await StaffMember.filter(id=caller.staff_member_id).update(password_hash=await hash_password(PASSWORD))
    return Member(practice, caller, clock)
