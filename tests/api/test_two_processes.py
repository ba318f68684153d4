"""Two API processes over one database: what holds in one process holds between them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.server.relay import encode_id
from clinic.values.callers import Permission
from clinic.values.ports import SystemClock
from runtime.database import open_database
from runtime.settings import Environment
from tests.api.client import Client, mutation
from tests.factories import SECRET_KEY, Practice, make_services, open_practice
from tests.factories.contents import rows_of
from tests.factories.keys import key_file
from tests.ports import HOST, free_port
from tests.processes import Program

pytestmark = pytest.mark.processes

SUCCESS = "account { id email } contact { id portalStatus { state letter } }"


@pytest.fixture
async def two_processes(database_url: str, tmp_path: Path) -> AsyncIterator[dict[str, Program]]:
    """By the address each answers at."""
    environment = {
        "VESTIBULE_ENVIRONMENT": Environment.TEST.value,
        "VESTIBULE_DATABASE_URL": database_url,
        "VESTIBULE_FILES_URL": f"file://{tmp_path}/files",
        "VESTIBULE_SECRET_KEYS": SECRET_KEY,
        "VESTIBULE_SIGNING_PKCS12": str(key_file().path),
    }
    programs = {}
    for port in (free_port(), free_port()):
        url, command = f"http://{HOST}:{port}", ("api", "--port", str(port))
        programs[url] = Program(command, environment, tmp_path / f"{port}.log", f"{url}/readyz")
    try:
        await asyncio.gather(*[asyncio.to_thread(program.start) for program in programs.values()])
        yield programs
    finally:
        for program in programs.values():
            program.kill()


@pytest.fixture
async def practice_of_now(database_url: str) -> AsyncIterator[Practice]:
    """A practice in the real present, where the processes live."""
    async with open_database(database_url):
        yield await open_practice(make_services(SystemClock()))


async def _clicks(client: Client, given: dict[str, str]) -> dict[str, Any]:
    """One click. A process that is too busy says so, and then the same request is sent again, as clients do."""
    while True:
        body = await client.answer(mutation("createPortalAccount", SUCCESS), input=given)
        if "errors" not in body:
            found: dict[str, Any] = body["data"]["createPortalAccount"]
            return found
        assert body["errors"][0]["extensions"]["code"] == "UNAVAILABLE", body


async def test_fifty_clicks_over_two_processes_make_one_account_and_one_letter(
    two_processes: dict[str, Program], practice_of_now: Practice
) -> None:
    contact = encode_id("Contact", (await practice_of_now.contact()).id)
    _, session = await practice_of_now.signed_in(Permission.WEB_PORTAL)
    first, second = two_processes
    async with httpx2.AsyncClient(base_url=first, timeout=30) as one:
        async with httpx2.AsyncClient(base_url=second, timeout=30) as other:
            clients = [Client(http, session.access_token) for http in (one, other)]
            given = {"contactId": contact}
            answers = await asyncio.gather(*[_clicks(clients[number % 2], given) for number in range(50)])
    assert Counter(answer["__typename"] for answer in answers) == {"CreatePortalAccountSuccess": 50}
    assert all(answer == answers[0] for answer in answers)
    assert answers[0]["contact"] == {"id": contact, "portalStatus": {"state": "INVITED", "letter": "QUEUED"}}
    tables = ("portal_account", "portal_link", "invitation", "letter")
    assert [len(await rows_of(table)) for table in tables] == [1, 1, 1, 1]
    created = [row for row in await rows_of("audit_event") if row["action"] == "portal_account.created"]
    assert len(created) == 1
    for program in two_processes.values():
        assert await asyncio.to_thread(program.stop) < 10
