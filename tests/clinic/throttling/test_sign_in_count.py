"""Sign-ins are counted by who wanted in and how it ended, once each."""

from collections.abc import Awaitable
from dataclasses import replace

import pytest

from clinic.portal_access.actions import sign_in_patient_at
from clinic.portal_access.models import PortalAccount
from clinic.sessions.models import SessionKind
from clinic.staff.actions import sign_in_staff
from clinic.staff.models import StaffMember
from clinic.values.callers import Origin
from clinic.values.errors import ClinicError
from clinic.values.metrics import SignInKind, SignInResult
from tests.clinic.portal_access.journey import password_hash, self_registered
from tests.factories import PASSWORD, Practice
from tests.factories.metrics import Counted

OMAR = "omar.reyes@example.com"
IDA = "ida@practice.example"
HERE = Origin("203.0.113.7", "agent", "request-1")


@pytest.fixture
def counted(practice: Practice) -> Counted:
    counted = Counted()
    practice.services = replace(practice.services, metrics=counted)
    return counted


async def ended(sign_in: Awaitable[object]) -> None:
    try:
        await sign_in
    except ClinicError:
        return


async def test_patients(practice: Practice, counted: Counted) -> None:
    account = await self_registered(practice, OMAR, verified=True)

    async def sign_in(slug: str, password: str) -> None:
        await ended(sign_in_patient_at(slug, OMAR, password, HERE, practice.services, kind=SessionKind.BROWSER))

    await sign_in(practice.organization.slug, PASSWORD)
    await sign_in(practice.organization.slug, "wrong")
    await sign_in("nowhere", PASSWORD)
    await PortalAccount.filter(id=account.id).update(disabled_at=practice.services.clock.now())
    await sign_in(practice.organization.slug, PASSWORD)
    for _ in range(12):
        await sign_in("nowhere", PASSWORD)

    patients = {result: number for (kind, result), number in counted.sign_ins.items() if kind is SignInKind.PATIENT}
    throttled = patients.pop(SignInResult.THROTTLED)
    assert 0 < throttled < 12
    assert patients == {
        SignInResult.SUCCEEDED: 1,
        SignInResult.REFUSED: 14 - throttled,
        SignInResult.CLOSED: 1,
    }
    assert counted.sign_ins.total() == 16


async def test_staff(practice: Practice, counted: Counted) -> None:
    await StaffMember.create(
        organization_id=practice.organization.id,
        name="Ida Desk",
        email=IDA,
        email_normal=IDA,
        password_hash=password_hash(),
        created_at=practice.services.clock.now(),
    )

    for password in (PASSWORD, "wrong", "wrong again"):
        await ended(sign_in_staff(practice.organization.slug, IDA, password, HERE, practice.services))

    assert counted.sign_ins == {
        (SignInKind.STAFF, SignInResult.SUCCEEDED): 1,
        (SignInKind.STAFF, SignInResult.REFUSED): 2,
    }
