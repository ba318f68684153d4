"""As on many machines: two APIs, a portal and two workers over one PostgreSQL, with a connection pooler between."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest

from api.server.relay import encode_id
from clinic.mail.models import Letter, LetterStatus
from clinic.values.callers import Permission
from clinic.values.ports import SystemClock
from runtime.database import open_database
from tests.api.client import Client
from tests.api.line import calling
from tests.databases import PostgresServer
from tests.factories import Practice, make_services, open_practice
from tests.journeys.conftest import Product, running_product
from tests.pooler import Pooler, pgbouncer
from tests.ports import HOST, free_port
from tests.processes import Program
from tests.run import name_in

pytestmark = pytest.mark.processes

STATUS = "subscription S { portalStatusChanged { id portalStatus { state letter } } }"
CONTACTS = 10
TRIES = 10


@pytest.fixture(scope="module")
def pooler(postgres_server: PostgresServer) -> Iterator[Pooler]:
    with pgbouncer(postgres_server, connections=4) as running:
        yield running


@pytest.fixture
async def product(postgres_database: str, pooler: Pooler, tmp_path: Path) -> AsyncIterator[Product]:
    pooled = pooler.url(name_in(postgres_database))
    async with running_product(pooled, tmp_path, direct_database_url=postgres_database) as product:
        yield product


@pytest.fixture
async def second_api(product: Product, tmp_path: Path) -> AsyncIterator[str]:
    """The address of one more API, beside one more worker."""
    port = free_port()
    url = f"http://{HOST}:{port}"
    programs = [
        Program(("api", "--port", str(port)), product.environment, tmp_path / "second-api.log", f"{url}/readyz"),
        Program(("worker",), product.environment, tmp_path / "second-worker.log"),
    ]
    async with AsyncExitStack() as stack:
        for program in programs:
            stack.push_async_callback(asyncio.to_thread, program.kill)
            await asyncio.to_thread(program.start)
        yield url


@pytest.fixture
async def practice(postgres_database: str) -> AsyncIterator[Practice]:
    """A practice in the real present, where the processes live."""
    async with open_database(postgres_database):
        yield await open_practice(make_services(SystemClock()))


async def test_screens_throttles_and_letters_are_one_over_all_processes(
    product: Product, second_api: str, practice: Practice
) -> None:
    addresses = [f"p{number}@example.com" for number in range(CONTACTS)]
    contacts = [encode_id("Contact", (await practice.contact(emails=(address,))).id) for address in addresses]
    _, session = await practice.signed_in(Permission.WEB_PORTAL)
    async with (
        calling(product.api_url.removeprefix("http://"), session.access_token) as one,
        calling(second_api.removeprefix("http://"), session.access_token) as other,
        httpx2.AsyncClient(base_url=product.api_url, timeout=30) as here,
        httpx2.AsyncClient(base_url=second_api, timeout=30) as there,
    ):
        names = [await line.subscribes(STATUS) for line in (one, other)]
        clients = [Client(http, session.access_token) for http in (here, there)]
        await asyncio.gather(
            *[
                clients[number % 2].mutate("createPortalAccount", {"contactId": contact}, "contact { id }")
                for number, contact in enumerate(contacts)
            ]
        )
        # Each screen is told of each contact's letter, whichever API was asked and whichever worker sent it.
        for line, name in zip((one, other), names, strict=True):
            sent: set[str] = set()
            while sent != set(contacts):
                told = (await line.told(name))["portalStatusChanged"]
                if told["portalStatus"] == {"state": "INVITED", "letter": "SENT"}:
                    sent.add(told["id"])

        guess = {"organization": "willow-creek", "email": "nobody@example.com", "password": "wrong"}
        answers = [await clients[number % 2].mutate("signInStaff", guess) for number in range(TRIES)]
        assert Counter(answer["code"] for answer in answers) == {"WRONG_CREDENTIALS": TRIES}
        closed = [await client.mutate("signInStaff", guess) for client in clients]
        assert [answer["code"] for answer in closed] == ["TOO_MANY_ATTEMPTS"] * 2

    assert Counter(letter["To"] for letter in product.letters) == dict.fromkeys(addresses, 1)
    assert Counter(await Letter.all().values_list("status", flat=True)) == {LetterStatus.SENT: CONTACTS}
