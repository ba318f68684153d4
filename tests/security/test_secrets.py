"""Where secrets must not be: in the database as they are, in logs, in what an object shows of itself."""

import io
import json
import logging
from collections.abc import Iterator
from hashlib import sha256

import httpx2
import pytest
import structlog
from starlette.applications import Starlette

from clinic.charts.contacts import contacts_by_id
from clinic.database.rows import fetch
from clinic.letters.delivery import deliver_due_letters
from clinic.portal_access.actions import print_instructions, sign_in_patient
from clinic.portal_access.actions.accept import IdentityClaim
from clinic.portal_access.queries import find_invitation
from clinic.sessions.models import SessionKind
from clinic.staff.actions import create_staff_member
from clinic.values.pin import grouped_pin, normal_pin
from runtime.logging import configure_logging
from runtime.settings import Environment
from tests.api.client import SESSION, Client
from tests.factories import BORN, EVERY_PERMISSION, PASSWORD, Mailbox, Practice
from tests.factories.contents import models
from tests.factories.letters import token_in
from tests.patient_portal.practice import Visitor
from tests.security.people import EMAIL, invited, registered

STAFF_EMAIL = "front.desk@willow-creek.example"
STAFF_PASSWORD = "nine quiet lanterns float"


@pytest.fixture
def production_log() -> Iterator[io.StringIO]:
    """Everything that production writes to its log."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logging(Environment.PRODUCTION, stream)
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # the test's own client, which knows the addresses it asks
    yield stream
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


async def everything_stored() -> str:
    """All rows of all tables, as a thief of the database reads them."""
    tables = sorted({str(model._meta.db_table) for model in models()})
    rows = [row for table in tables for row in await fetch(f"SELECT * FROM {table}")]  # noqa: S608 - names of our own
    return "\n".join(str(tuple(row)) for row in rows)


async def test_stolen_database_opens_nothing(
    practice: Practice, mailbox: Mailbox, stranger: Client, visitor: Visitor, staff: Client
) -> None:
    """Every secret a person can hold, used for real, and none of it found in any row."""
    person = await registered(practice, mailbox)
    other = await practice.contact("Ana", "Santos", emails=("ana@example.com",))
    open_token = await invited(practice, mailbox, other)
    page = await visitor.fill("/willow-creek/", email=EMAIL, password=PASSWORD)
    assert page.status == 303
    services = practice.services
    await create_staff_member(
        practice.system, name="Fran", email=STAFF_EMAIL, password=STAFF_PASSWORD, services=services
    )
    given = {"organization": "willow-creek", "email": STAFF_EMAIL, "password": STAFF_PASSWORD}
    session = await stranger.mutate("signInStaff", given, SESSION)
    renewed = await stranger.mutate("refreshSession", {"refreshToken": session["refreshToken"]}, SESSION)
    desk = await practice.staff(*EVERY_PERMISSION)
    sheet = await print_instructions(desk, other.id, services)
    pin = services.secrets.decrypt(other.pin_encrypted)
    secrets = {
        "invitation": open_token,
        "cookie": visitor.http.cookies["__Host-session-willow-creek"],
        "access": person.session.access_token,
        "refresh": person.session.refresh_token or "",
        "spent": session["refreshToken"],
        "renewed": renewed["refreshToken"],
        "sheet": sheet.url.rpartition("/")[2],
        "pin": pin,
        "grouped pin": grouped_pin(pin),
        "password": PASSWORD,
        "staff password": STAFF_PASSWORD,
    }
    stored = await everything_stored()
    assert EMAIL in stored
    assert {name for name, secret in secrets.items() if secret in stored} == set()


async def test_database_without_the_key_does_not_tell_a_pin(practice: Practice) -> None:
    """38 bits are few enough to try all, so the digest has to be keyed; and no two keys agree."""
    contact = await practice.contact()
    pin = practice.services.secrets.decrypt(contact.pin_encrypted)
    assert contact.pin_hash not in {sha256(text.encode()).hexdigest() for text in (pin, f"portal_pin\0{pin}")}
    assert contact.pin_hash != practice.services.secrets.fingerprint("another purpose", pin)


async def test_log_of_a_whole_day_names_nobody_and_holds_no_secret(
    practice: Practice,
    mailbox: Mailbox,
    stranger: Client,
    staff: Client,
    visitor: Visitor,
    api: Starlette,
    production_log: io.StringIO,
) -> None:
    await create_staff_member(
        practice.system, name="Fran", email=STAFF_EMAIL, password=STAFF_PASSWORD, services=practice.services
    )
    signing_in = {"organization": "willow-creek", "email": STAFF_EMAIL, "password": STAFF_PASSWORD}
    session = await stranger.mutate("signInStaff", signing_in, SESSION)
    await stranger.mutate("signInStaff", {**signing_in, "password": "wrong guess of mine"})
    given = {"givenName": "Wilhelmina", "familyName": "Quux", "dateOfBirth": BORN.isoformat(), "emails": [EMAIL]}
    contact = (await staff.mutate("createContact", given, "contact { id portalPin }"))["contact"]
    await staff.mutate("createPortalAccount", {"contactId": contact["id"]})
    await staff.run('{ contacts(search: "wilhelmina") { nodes { displayName email portalPin } } }')
    await staff.answer('{ contacts(search: "wilhelmina") { nope } }')
    sheet = (await staff.mutate("printPortalInstructions", {"contactId": contact["id"]}, "url"))["url"]
    await deliver_due_letters(practice.services, worker_name="worker-1")
    token = token_in(mailbox.letters[-1])
    link = f"/willow-creek/register/{token}"
    await visitor.fill(link, date_of_birth="1980-05-20", password=PASSWORD)
    await visitor.fill(link, date_of_birth=BORN.isoformat(), password="passwordpassword")
    assert (await visitor.fill(link, date_of_birth=BORN.isoformat(), password=PASSWORD)).status == 303
    cookie = visitor.http.cookies["__Host-session-willow-creek"]
    for password in (PASSWORD, "another guess of mine"):
        await visitor.fill("/willow-creek/", email=EMAIL, password=password)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=api), base_url="https://api.example") as http:
        assert (await http.get(sheet)).status_code == 200
        assert (await http.get(f"/files/{token}")).status_code == 404

    written = production_log.getvalue()
    lines = [json.loads(line) for line in written.splitlines()]
    assert "/graphql" in {line.get("route") for line in lines}
    assert "invitation" in {line.get("page") for line in lines}
    forbidden = [
        EMAIL,
        STAFF_EMAIL,
        "wilhelmina",
        "Wilhelmina",
        "Quux",
        BORN.isoformat(),
        "1980-05-20",
        PASSWORD,
        STAFF_PASSWORD,
        "guess of mine",
        contact["portalPin"],
        normal_pin(contact["portalPin"]),
        token,
        cookie,
        session["accessToken"],
        session["refreshToken"],
        sheet.rpartition("/")[2],
        "portalPin",
        "mutation",
        "SELECT",
    ]
    assert [secret for secret in forbidden if secret in written] == []


async def test_misses_are_logged_with_ids_only(
    practice: Practice, mailbox: Mailbox, stranger: Client, production_log: io.StringIO
) -> None:
    """ASVS 5.0 16.3: failed attempts to authenticate leave a trace, for whoever watches the log."""
    person = await registered(practice, mailbox)
    wrong = {"organization": "willow-creek", "email": EMAIL, "password": "wrong"}
    await stranger.mutate("signInPatient", wrong)
    await stranger.mutate("signInPatient", {**wrong, "email": "nobody@example.com"})
    await stranger.mutate("signInStaff", wrong)
    other = await practice.contact("Ana", "Santos", emails=("ana@example.com",))
    token = await invited(practice, mailbox, other)
    await stranger.mutate("acceptPortalInvitation", {"token": token, "dateOfBirth": "1990-01-01", "password": PASSWORD})

    written = production_log.getvalue()
    lines = [json.loads(line) for line in written.splitlines()]
    told = [line["event"] for line in lines]
    assert told.count("patient sign-in refused") == 2
    assert told.count("staff sign-in refused") == told.count("identity not confirmed") == 1
    assert [line.get("account_id") for line in lines].count(str(person.account.id)) == 1
    assert [line.get("contact_id") for line in lines].count(str(other.id)) == 1
    assert "example.com" not in written


async def test_objects_that_carry_secrets_do_not_show_them(practice: Practice, mailbox: Mailbox) -> None:
    services = practice.services
    other = await practice.contact("Ana", "Santos", emails=("ana@example.com",))
    token = await invited(practice, mailbox, other)
    view = await find_invitation(practice.organization.id, token, services)
    assert view is not None
    person = await registered(practice, mailbox, kind=SessionKind.API)
    signed_in = await sign_in_patient(practice.anonymous, EMAIL, PASSWORD, services, kind=SessionKind.API)
    desk = await practice.staff(*EVERY_PERMISSION)
    sheet = await print_instructions(desk, person.contact.id, services)
    claim = IdentityClaim(date_of_birth=BORN, pin="K7MP4TQX")
    [row] = (await contacts_by_id(desk, [person.contact.id], services.clock.now())).values()
    shown = f"{view!r} {signed_in.session!r} {signed_in!r} {sheet!r} {claim!r} {row!r}"
    secrets = [
        EMAIL,
        "ana@example.com",
        "Reyes",
        signed_in.session.access_token,
        signed_in.session.refresh_token or "-",
        sheet.url,
        "K7MP4TQX",
        *(repr(BORN), BORN.isoformat()),
        person.contact.pin_encrypted,
        person.account.password_hash or "-",
    ]
    assert [secret for secret in secrets if secret in shown] == []
