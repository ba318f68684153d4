"""The log has each refusal for those who watch for attacks: what, where from, at which practice, and nobody's data."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette

from clinic.staff.actions import create_staff_member
from clinic.throttling.refusal_log import log
from clinic.throttling.throttle import SIGN_IN_PER_ACCOUNT
from clinic.values.callers import Permission
from tests.api.client import Client
from tests.factories import EVERY_PERMISSION, PASSWORD, Mailbox, Practice
from tests.patient_portal.practice import Visitor
from tests.security.conftest import knocking_from
from tests.security.people import EMAIL, invited, registered

STAFF_EMAIL = "front.desk@willow-creek.example"
FIELDS = ("code", "operation", "network", "organization_id", "actor")


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def lines() -> Iterator[list[logging.LogRecord]]:
    """The records of refusals so far. Not by caplog: configuring the log takes its handler away."""
    kept = _Kept()
    log.addHandler(kept)
    yield kept.records
    log.removeHandler(kept)


def told(lines: list[logging.LogRecord]) -> list[tuple[Any, ...]]:
    for line in lines:
        assert line.getMessage() == "refused"
        assert not any(word in str(vars(line)) for word in (EMAIL, STAFF_EMAIL, PASSWORD, "wrong guess"))
    return [tuple(getattr(line, name) for name in FIELDS) for line in lines]


async def test_sign_ins_refused_and_throttled_name_network_and_practice(
    practice: Practice, api: Starlette, lines: list[logging.LogRecord]
) -> None:
    await create_staff_member(
        practice.system, name="Fran", email=STAFF_EMAIL, password=PASSWORD, services=practice.services
    )
    given = {"organization": "willow-creek", "email": STAFF_EMAIL, "password": "wrong guess"}
    async with knocking_from("2001:db8:7:7::1", api) as guesser:
        for _ in range(SIGN_IN_PER_ACCOUNT.limit + 1):
            await guesser.mutate("signInStaff", given)
    here = ("signInStaff", "2001:db8:7:7::/64", str(practice.organization.id), "anonymous")
    assert told(lines) == [("WRONG_CREDENTIALS", *here)] * 10 + [("TOO_MANY_ATTEMPTS", *here)]


async def test_missing_permissions_are_named_with_who_lacks_them(
    practice: Practice, stranger: Client, lines: list[logging.LogRecord]
) -> None:
    caller, session = await practice.signed_in(*EVERY_PERMISSION - {Permission.MANAGE_CONTACTS, Permission.VIEW_AUDIT})
    client = stranger.holding(session.access_token)
    await client.mutate("createContact", {"givenName": "Ana", "familyName": "Santos"})
    await client.answer("{ a: auditEvents { totalCount } }")
    who = ("203.0.113.7", str(practice.organization.id), f"staff {caller.staff_member_id}")
    assert told(lines) == [("NOT_PERMITTED", "createContact", *who), ("NOT_PERMITTED", "auditEvents", *who)]


async def test_what_is_for_others_is_logged_with_who_asked(
    practice: Practice, mailbox: Mailbox, stranger: Client, lines: list[logging.LogRecord]
) -> None:
    person = await registered(practice, mailbox)
    patient = stranger.holding(person.session.access_token)
    caller, session = await practice.signed_in(*EVERY_PERMISSION)
    staff = stranger.holding(session.access_token)
    for client, operation in (
        (patient, "{ a: staffMembers { totalCount } }"),
        (staff, "{ b: signingConsent { version } }"),
    ):
        answer = await client.answer(operation)
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (
        await patient.http.post("/uploads", content=b"", headers=bearer(person.session.access_token))
    ).status_code == 403
    here = ("203.0.113.7", str(practice.organization.id))
    who = f"patient {person.account.id}"
    assert told(lines) == [
        ("STAFF_ONLY", "staffMembers", *here, who),
        ("PATIENTS_ONLY", "signingConsent", *here, f"staff {caller.staff_member_id}"),
        ("STAFF_ONLY", "uploads", *here, who),
    ]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/pdf"}


async def test_wrong_dates_passwords_uploads_and_file_addresses_are_logged(
    practice: Practice, mailbox: Mailbox, stranger: Client, lines: list[logging.LogRecord]
) -> None:
    token = await invited(practice, mailbox, await practice.contact("Rosa", emails=("rosa@example.com",)))
    guess = {"organization": "willow-creek", "token": token, "dateOfBirth": "1999-01-01", "password": PASSWORD}
    await stranger.mutate("acceptPortalInvitation", guess)
    person = await registered(practice, mailbox)
    patient = stranger.holding(person.session.access_token)
    await patient.mutate("changePassword", {"currentPassword": "wrong guess", "newPassword": PASSWORD})
    caller, session = await practice.signed_in()
    headers = {"Authorization": f"Bearer {session.access_token}", "Content-Type": "application/pdf"}
    assert (await stranger.http.post("/uploads", content=b"%PDF-1.7", headers=headers)).status_code == 403
    assert (await stranger.http.get("/files/made-up")).status_code == 404
    here = str(practice.organization.id)
    assert told(lines) == [
        ("IDENTITY_NOT_CONFIRMED", "acceptPortalInvitation", "203.0.113.7", here, "anonymous"),
        ("WRONG_CREDENTIALS", "changePassword", "203.0.113.7", here, f"patient {person.account.id}"),
        ("NOT_PERMITTED", "uploads", "203.0.113.7", here, f"staff {caller.staff_member_id}"),
        ("FILE_ADDRESS_NOT_USABLE", "files", "203.0.113.7", None, "anonymous"),
    ]


async def test_portal_logs_what_its_forms_refuse(
    practice: Practice, mailbox: Mailbox, visitor: Visitor, lines: list[logging.LogRecord]
) -> None:
    person = await registered(practice, mailbox)
    await visitor.fill("/willow-creek/", email=EMAIL, password="wrong guess")
    await visitor.fill("/willow-creek/", email=EMAIL, password=PASSWORD)
    await visitor.fill("/willow-creek/account/password", current="wrong guess", password="nine green rivers hum")
    signed_out, signed_in = told(lines)
    assert (signed_out[0], signed_out[1], signed_out[3:]) == (
        "WRONG_CREDENTIALS",
        "POST /{slug}/",
        (str(practice.organization.id), "anonymous"),
    )
    assert (signed_in[0], signed_in[1], signed_in[4]) == (
        "WRONG_CREDENTIALS",
        "POST /{slug}/account/password",
        f"patient {person.account.id}",
    )
