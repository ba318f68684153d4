"""Two clicks that reach two processes of the portal are one click, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clinic.sessions.models import PatientSession
from clinic.work.models import AuditEvent
from runtime.database import open_database
from runtime.settings import Environment
from tests.clock import FixedClock
from tests.factories import SECRET_KEY
from tests.factories.keys import key_file
from tests.patient_portal.browsing import make_services
from tests.patient_portal.practice import PASSWORD, Mailbox, Visitor, open_practice
from tests.ports import HOST, free_port
from tests.processes import Program

pytestmark = pytest.mark.processes


@pytest.fixture
async def two_portals(database_url: str, tmp_path: Path) -> AsyncIterator[list[str]]:
    environment = {
        "VESTIBULE_ENVIRONMENT": Environment.TEST.value,
        "VESTIBULE_DATABASE_URL": database_url,
        "VESTIBULE_FILES_URL": f"file://{tmp_path}/files",
        "VESTIBULE_SECRET_KEYS": SECRET_KEY,
        "VESTIBULE_SIGNING_PKCS12": str(key_file().path),
    }
    programs = {}
    async with AsyncExitStack() as stack:
        for port in (free_port(), free_port()):
            url = f"http://{HOST}:{port}"
            programs[url] = Program(
                ("portal", "--port", str(port)), environment, tmp_path / f"{port}.log", f"{url}/readyz"
            )
            stack.push_async_callback(asyncio.to_thread, programs[url].kill)
        await asyncio.gather(*[asyncio.to_thread(program.start) for program in programs.values()])
        yield list(programs)


async def test_eight_clicks_over_two_processes_register_once(database_url: str, two_portals: list[str]) -> None:
    async with open_database(database_url):
        mailbox = Mailbox()
        clock = FixedClock(datetime.now(UTC))
        services = make_services(clock, mailbox, two_portals[0])
        practice = await open_practice(services, clock, mailbox)
        visitor = Visitor(None, two_portals[0])
        async with visitor.http:
            form = await visitor.follow(await practice.invite())
            typed = {**form.fields, "date_of_birth": "1956-04-12", "password": PASSWORD}
            answers = await asyncio.gather(
                *[visitor.post(f"{two_portals[number % 2]}{form.response.url.path}", typed) for number in range(8)]
            )

        assert {(one.status, one.goes_to) for one in answers} == {(303, "/willow-creek/documents?welcome=1")}
        assert len({one.response.headers["set-cookie"] for one in answers}) == 1
        assert await PatientSession.all().count() == 1
        assert await AuditEvent.filter(action="portal_account.registered").count() == 1
