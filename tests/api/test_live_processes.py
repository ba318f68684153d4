"""Two API processes, the portal's and the worker's over one database: whatever one does, each screen is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import httpx2
import pytest

from api.server.graphql_ws.endpoint import MAX_PER_SESSION
from api.server.relay import encode_id
from clinic.organizations.models import Organization
from clinic.sessions.actions import end_session, open_staff_session
from clinic.staff.actions import disable_staff_member
from clinic.values.callers import Origin, Permission
from clinic.values.ports import SystemClock
from runtime.database import open_database
from tests.api.client import Client
from tests.api.line import Line, calling
from tests.factories import BORN, PASSWORD, Practice, make_services, open_practice
from tests.journeys.conftest import Product, running_product
from tests.journeys.person import link_in
from tests.patient_portal.practice import Visitor
from tests.ports import HOST, free_port
from tests.processes import Program

pytestmark = pytest.mark.processes

STATUS = "subscription S($ids: [ID!]) { portalStatusChanged(contactIds: $ids) { id portalStatus { state letter } } }"
MANY = 200


@pytest.fixture
async def product(database_url: str, tmp_path: Path) -> AsyncIterator[Product]:
    async with running_product(database_url, tmp_path) as product:
        yield product


@pytest.fixture
async def practice(database_url: str) -> AsyncIterator[Practice]:
    """A practice in the real present, where the processes live."""
    async with open_database(database_url):
        yield await open_practice(make_services(SystemClock()))


class Screen:
    """One line, watching one contact."""

    def __init__(self, line: Line, contact_id: str) -> None:
        self.line = line
        self.contact_id = contact_id
        self._name = ""

    async def watches(self) -> None:
        self._name = await self.line.subscribes(STATUS, ids=[self.contact_id])

    async def becomes(self, state: str, letter: str) -> None:
        """Wait until that is what the screen is told."""
        wanted = {"id": self.contact_id, "portalStatus": {"state": state, "letter": letter}}
        while (await self.line.told(self._name))["portalStatusChanged"] != wanted:
            pass


async def test_what_api_worker_and_portal_do_is_told_at_each_api_process_and_a_line_ends_with_its_process(
    product: Product, practice: Practice, tmp_path: Path
) -> None:
    port = free_port()
    second = Program(
        ("api", "--port", str(port)), product.environment, tmp_path / "second.log", f"http://{HOST}:{port}/readyz"
    )
    contact = encode_id("Contact", (await practice.contact()).id)
    caller, session = await practice.signed_in(Permission.WEB_PORTAL)
    leaver, leavers = await practice.signed_in(Permission.WEB_PORTAL)
    manager = await practice.staff(Permission.MANAGE_STAFF)
    await asyncio.to_thread(second.start)
    try:
        async with (
            calling(product.api_url.removeprefix("http://"), session.access_token) as one,
            calling(f"{HOST}:{port}", session.access_token) as other,
            httpx2.AsyncClient(base_url=product.api_url, timeout=30) as http,
        ):
            screens = [Screen(one, contact), Screen(other, contact)]
            for screen in screens:
                await screen.watches()
            client = Client(http, session.access_token)
            await client.mutate("createPortalAccount", {"contactId": contact}, "contact { id }")
            for screen in screens:
                await screen.becomes("INVITED", "SENT")

            letter = await product.letter_to("omar.reyes@example.com")
            visitor = Visitor(None, product.portal_url)
            async with visitor.http:
                link = link_in(letter, "register")
                answer = await visitor.fill(link, date_of_birth=BORN.isoformat(), password=PASSWORD)
            assert answer.status == 303
            for screen in screens:
                await screen.becomes("LINKED", "SENT")

            async with (
                calling(product.api_url.removeprefix("http://"), leavers.access_token) as here,
                calling(f"{HOST}:{port}", leavers.access_token) as there,
            ):
                await disable_staff_member(manager, leaver.staff_member_id, "Left.", practice.services)
                assert [(await line.closed())[0] for line in (here, there)] == [4401, 4401]

            stopping = asyncio.create_task(asyncio.to_thread(second.stop))
            assert (await other.closed())[0] == 1012
            assert await stopping < 10
            await end_session(caller, practice.services)
            assert (await one.closed())[0] == 4401
    finally:
        second.kill()


async def test_a_process_with_many_open_lines_is_ready_and_ends_in_time(sqlite_database: str, tmp_path: Path) -> None:
    port = free_port()
    url = f"http://{HOST}:{port}"
    environment = {
        "VESTIBULE_ENVIRONMENT": "test",
        "VESTIBULE_DATABASE_URL": sqlite_database,
        "VESTIBULE_FILES_URL": f"file://{tmp_path}/files",
        "VESTIBULE_API_URL": url,
    }
    program = Program(("api", "--port", str(port)), environment, tmp_path / "api.log", f"{url}/healthz")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(open_database(sqlite_database))
        practice = await open_practice(make_services(SystemClock()))
        caller = await practice.staff()
        await asyncio.to_thread(program.start)
        stack.push_async_callback(asyncio.to_thread, program.kill)
        organization, member = practice.organization, caller.staff_member_id
        tokens = [await _token_of(organization, member) for _ in range(MANY // MAX_PER_SESSION)]
        lines = []
        for number in range(MANY):
            token = tokens[number % len(tokens)]
            lines.append(await stack.enter_async_context(calling(f"{HOST}:{port}", token)))
            await lines[-1].subscribes(STATUS)
        async with httpx2.AsyncClient(base_url=url) as http:
            assert (await http.get("/readyz")).status_code == 200
        stopping = asyncio.create_task(asyncio.to_thread(program.stop))
        assert {(await line.closed())[0] for line in lines} == {1012}
        assert await stopping < 10


async def _token_of(organization: Organization, staff_member_id: UUID) -> str:
    now = SystemClock().now()
    return (await open_staff_session(organization.id, staff_member_id, Origin(HOST), now)).access_token
