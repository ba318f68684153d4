"""What staff screens are told of without asking: whose changes, for how long, and to whom nothing is ever told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

import pytest
from starlette.applications import Starlette
from websockets.exceptions import InvalidStatus

from api.requests.allowed_origins import READ_AGAIN_AFTER
from api.server.graphql_ws.endpoint import CHECK_EVERY
from api.server.relay import encode_id, split_id
from clinic.documents.actions.create import NewDocument, create_document
from clinic.organizations.actions import OrganizationChanges, update_organization
from clinic.portal_access.actions import invite_contact
from clinic.records.actions.contacts import ContactChanges, update_contact
from clinic.records.models import Contact
from clinic.sessions.actions import end_session, open_patient_session, refresh_session
from clinic.sessions.models import SessionKind
from clinic.staff.actions import set_staff_permissions
from clinic.staff.models import StaffMember
from clinic.values.callers import Origin, Permission, StaffCaller
from tests.api.line import DOCUMENTS, STATUS, Line, calling, serving
from tests.api.records import make_records
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Practice
from tests.factories.contents import nothing_changes, rows_of

PIN = "subscription S { portalStatusChanged { id portalPin portalStatus { action } } }"
# What was made before the test's own changes has to be past what newcomers are told of.
A_WHILE = timedelta(seconds=30)
Count = Callable[[], AbstractContextManager[list[str]]]
SIGN_IN = (4401, "Sign in, and connect with the access token.")


@pytest.fixture
async def address(app: Starlette, practice: Practice) -> AsyncIterator[str]:
    async with serving(app) as address:
        yield address


@dataclass
class Desk:
    """A staff member on the line, and one contact."""

    caller: StaffCaller
    token: str
    refresh_token: str
    line: Line
    contact: Contact

    @property
    def contact_id(self) -> str:
        return encode_id("Contact", self.contact.id)


@pytest.fixture
async def desk(address: str, practice: Practice, clock: FixedClock) -> AsyncIterator[Desk]:
    contact = await practice.contact()
    caller, session = await practice.signed_in(*EVERY_PERMISSION)
    clock.advance(A_WHILE)
    async with calling(address, session.access_token) as line:
        yield Desk(caller, session.access_token, session.refresh_token or "", line, contact)


async def moves(practice: Practice, contact: Contact, email: str) -> None:
    await update_contact(practice.system, contact.id, ContactChanges(emails=[email]), practice.services)


async def test_a_screen_is_told_of_the_contacts_it_shows_as_they_are_now(desk: Desk, practice: Practice) -> None:
    nora = await practice.contact("Nora", emails=("nora@example.com",))
    shown = await desk.line.subscribes(STATUS, ids=[desk.contact_id])
    await moves(practice, nora, "nora@example.org")

    await invite_contact(desk.caller, desk.contact.id, practice.services)

    told = await desk.line.told(shown)
    assert told == {"portalStatusChanged": {"id": desk.contact_id, "portalStatus": {"state": "INVITED"}}}


async def test_a_line_speaks_the_language_that_its_handshake_asked_for(
    address: str, desk: Desk, practice: Practice
) -> None:
    summary = "subscription S { portalStatusChanged { portalStatus { summary } } }"
    async with calling(address, desk.token, language="es-MX") as spanish:
        heard = [(line, await line.subscribes(summary)) for line in (desk.line, spanish)]
        await moves(practice, desk.contact, "omar@example.org")
        told = [(await line.told(name))["portalStatusChanged"]["portalStatus"]["summary"] for line, name in heard]
    assert told == [
        "No portal account for omar@example.org yet.",
        "Todavía no hay cuenta del portal para omar@example.org.",
    ]


async def test_changed_settings_are_told_to_staff_of_the_practice(
    desk: Desk, practice: Practice, other_practice: Practice
) -> None:
    told = await desk.line.subscribes("subscription S { organizationChanged { name } }")
    for named, there in (("Elsewhere", other_practice), ("Willow Creek Clinic", practice)):
        await update_organization(there.system, OrganizationChanges(name=named), there.services)
    assert await desk.line.told(told) == {"organizationChanged": {"name": "Willow Creek Clinic"}}


async def test_documents_are_told_of_apart_from_the_status(desk: Desk, practice: Practice) -> None:
    papers = await desk.line.subscribes(DOCUMENTS, ids=[desk.contact_id])
    await moves(practice, desk.contact, "omar@example.org")
    await create_document(desk.caller, NewDocument(desk.contact.id, "Rules", text="Be kind."), practice.services)
    assert await desk.line.told(papers) == {"documentChanged": {"id": desk.contact_id}}


async def test_without_ids_all_of_the_organization_and_nothing_of_another_is_told(
    desk: Desk, practice: Practice, other_practice: Practice
) -> None:
    theirs = await other_practice.contact()
    everybody = await desk.line.subscribes(STATUS)
    by_name = await desk.line.subscribes(STATUS, ids=[encode_id("Contact", theirs.id)])
    papers = await desk.line.subscribes(DOCUMENTS)
    for number in range(3):
        await moves(other_practice, theirs, f"theirs{number}@example.com")
        await moves(practice, desk.contact, f"ours{number}@example.com")
        assert list(await desk.line.told(everybody)) == ["portalStatusChanged"]
    assert len({everybody, by_name, papers}) == 3


async def test_being_told_notes_no_view_and_writes_nothing(desk: Desk, practice: Practice) -> None:
    shown = await desk.line.subscribes(STATUS, ids=[desk.contact_id])
    await moves(practice, desk.contact, "first@example.com")
    await desk.line.told(shown)
    await moves(practice, desk.contact, "second@example.com")
    async with nothing_changes():
        await desk.line.told(shown)
    assert [row for row in await rows_of("audit_event") if row["action"] == "contact.viewed"] == []


async def test_a_subscription_that_was_ended_tells_nothing_more_and_its_id_is_free(
    desk: Desk, practice: Practice
) -> None:
    first = await desk.line.subscribes(STATUS, ids=[desk.contact_id])
    await moves(practice, desk.contact, "first@example.com")
    await desk.line.told(first)
    await desk.line.say({"id": first, "type": "complete"})
    await desk.line.say({"id": first, "type": "subscribe", "payload": {"query": DOCUMENTS}})
    await moves(practice, desk.contact, "second@example.com")
    await create_document(desk.caller, NewDocument(desk.contact.id, "Rules", text="Be kind."), practice.services)
    assert list(await desk.line.told(first)) == ["documentChanged"]


async def test_five_changes_at_once_are_told(desk: Desk, practice: Practice) -> None:
    people = [await practice.contact(f"P{n}", emails=(f"p{n}@example.com",)) for n in range(5)]
    ids = [encode_id("Contact", person.id) for person in people]
    shown = await desk.line.subscribes(STATUS, ids=ids)
    await asyncio.gather(*[invite_contact(desk.caller, person.id, practice.services) for person in people])
    states: dict[str, str] = {}
    while set(states.values()) != {"INVITED"} or len(states) < 5:
        told = (await desk.line.told(shown))["portalStatusChanged"]
        states[told["id"]] = told["portalStatus"]["state"]
    assert set(states) == set(ids)


async def test_whoever_is_not_staff_with_a_good_token_is_not_let_in(
    address: str, practice: Practice, clock: FixedClock
) -> None:
    records = await make_records(practice)
    _, expired = await practice.signed_in(*EVERY_PERMISSION)
    clock.advance(timedelta(minutes=15))
    caller, ended = await practice.signed_in(*EVERY_PERMISSION)
    await end_session(caller, practice.services)
    patient = await open_patient_session(
        practice.organization.id,
        split_id(records.account, "PortalAccount")[1],
        SessionKind.API,
        Origin("127.0.0.1"),
        clock.now(),
    )
    said: list[tuple[object, tuple[int, str]]] = [
        ({"authorization": f"Bearer {expired.access_token}"}, SIGN_IN),
        ({"authorization": f"Bearer {ended.access_token}"}, SIGN_IN),
        ({"authorization": "Bearer made-up"}, SIGN_IN),
        ({"authorization": "made-up"}, SIGN_IN),
        ({"authorization": ["Bearer"]}, SIGN_IN),
        ({}, SIGN_IN),
        (None, SIGN_IN),
        ({"authorization": f"Bearer {patient.access_token}"}, (4403, "This is for staff.")),
    ]
    async with nothing_changes():
        for payload, end in said:
            async with calling(address) as line:
                await line.say({"type": "connection_init", "payload": payload})
                assert await line.closed() == end, payload


async def test_whatever_ends_a_session_or_changes_its_rights_ends_its_line_though_nothing_happens(
    address: str,
    practice: Practice,
    clock: FixedClock,
    count_statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    manager = await practice.staff(Permission.MANAGE_STAFF)
    services = practice.services

    async def signs_out(desk: Desk) -> None:
        await end_session(desk.caller, services)

    async def renews_the_token(desk: Desk) -> None:
        await refresh_session(desk.refresh_token, Origin("127.0.0.1"), services)

    async def loses_a_permission(desk: Desk) -> None:
        await set_staff_permissions(manager, desk.caller.staff_member_id, [Permission.WEB_PORTAL], services)

    async def is_shut_out(desk: Desk) -> None:
        await StaffMember.filter(id=desk.caller.staff_member_id).update(disabled_at=clock.now())

    changed = (4403, "What you may do has changed. Connect again.")
    ends = {signs_out: SIGN_IN, renews_the_token: SIGN_IN, loses_a_permission: changed, is_shut_out: SIGN_IN}
    contact = await practice.contact()
    async with AsyncExitStack() as lines:

        async def desk() -> Desk:
            caller, session = await practice.signed_in(*EVERY_PERMISSION)
            line = await lines.enter_async_context(calling(address, session.access_token))
            await line.subscribes(STATUS)
            return Desk(caller, session.access_token, session.refresh_token or "", line, contact)

        desks = {happening: await desk() for happening in ends}
        unconcerned = [await desk() for _ in range(6)]
        for happening, whose in desks.items():
            await happening(whose)
        began = monotonic()
        with count_statements() as sent:
            for happening, whose in desks.items():
                assert await whose.line.closed() == ends[happening], happening.__name__
        # One for all lines at each beat and each happening, however long a busy machine takes; never one for each line.
        most = 2 + (monotonic() - began) // CHECK_EVERY + len(ends)
        assert 1 <= len([statement for statement in sent if "m.permissions" in statement]) <= most
        clock.advance(timedelta(minutes=15))
        for one in unconcerned:
            assert await one.line.closed() == SIGN_IN


async def test_nothing_is_told_on_a_token_that_no_longer_holds_even_before_the_next_check(
    desk: Desk, practice: Practice
) -> None:
    shown = await desk.line.subscribes(STATUS, ids=[desk.contact_id])
    await moves(practice, desk.contact, "open@example.com")
    await desk.line.told(shown)
    await end_session(desk.caller, practice.services)
    await moves(practice, desk.contact, "secret@example.com")
    assert await desk.line.hears_the_end() == ([], SIGN_IN)


async def test_what_is_told_is_read_with_the_rights_of_whoever_listens(
    address: str, practice: Practice, clock: FixedClock
) -> None:
    contact = await practice.contact()
    clock.advance(A_WHILE)
    _, may = await practice.signed_in(*EVERY_PERMISSION)
    _, may_not = await practice.signed_in()
    async with calling(address, may.access_token) as one, calling(address, may_not.access_token) as other:
        lines = {line: await line.subscribes(PIN) for line in (one, other)}
        await moves(practice, contact, "omar@example.org")
        told = [(await line.told_of(name, encode_id("Contact", contact.id))) for line, name in lines.items()]
    assert (told[0]["portalPin"] is None, told[1]["portalPin"] is None) == (False, True)
    assert [answer["portalStatus"]["action"] for answer in told] == ["CREATE_ACCOUNT", None]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://api.vestibule.example", "://", "file://"])
async def test_a_page_of_a_foreign_origin_may_not_connect(address: str, practice: Practice, origin: str) -> None:
    _, session = await practice.signed_in(*EVERY_PERMISSION)
    with pytest.raises(InvalidStatus) as refused:
        async with calling(address, session.access_token, origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_a_practices_page_may_connect_for_that_practice_until_its_origin_is_removed(
    address: str, practice: Practice, other_practice: Practice, clock: FixedClock
) -> None:
    ehr = "https://ehr.example.org"
    allowed, removed = OrganizationChanges(allowed_origins=(ehr,)), OrganizationChanges(allowed_origins=())
    await update_organization(practice.system, allowed, practice.services)
    _, session = await practice.signed_in(*EVERY_PERMISSION)
    _, foreign = await other_practice.signed_in(*EVERY_PERMISSION)
    async with calling(address, session.access_token, origin=ehr) as line, calling(address, origin=ehr) as other:
        await other.say({"type": "connection_init", "payload": {"authorization": f"Bearer {foreign.access_token}"}})
        refused = (4403, "Pages of this origin may not ask for this practice.")
        assert await other.closed() == refused
        await update_organization(practice.system, removed, practice.services)
        clock.advance(READ_AGAIN_AFTER)
        assert await line.closed() == refused
