"""The whole product as a user has it: API, portal and worker as processes, a mail server, and a browser."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Generator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx2
import pytest

from runtime.settings import Environment
from tests.adapters.smtp_servers import Inbox, smtp_server
from tests.factories import SECRET_KEY
from tests.factories.keys import key_file
from tests.journeys.demo_at_rest import demo_to_copy
from tests.ports import HOST, free_port
from tests.processes import Program

STAFF_EMAIL = "desk@willow-creek.example"
STAFF_PASSWORD = "four lamps above a quiet river"
# Nothing here is encrypted. By default each new client reads the certificates of all authorities, in 19 ms.
NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
HAS_PASSED = pytest.StashKey[bool]()
SIGN_IN = """mutation ($input: SignInStaffInput!) { signInStaff(input: $input) {
  __typename ... on SignInSuccess { accessToken } } }"""


@dataclass
class Product:
    """Where everything is, what it runs with, and the mail server's inbox."""

    api_url: str
    portal_url: str
    environment: dict[str, str]
    inbox: Inbox

    @property
    def letters(self) -> list[EmailMessage]:
        """What arrived, in order."""
        return [message_from_bytes(content, policy=policy.default) for content in self.inbox.contents]

    async def letter_to(self, address: str, number: int = 1) -> EmailMessage:
        """The letter of that number among those to one address, as soon as it has arrived."""
        while True:
            arrived = self.letters
            found = [letter for letter in arrived if letter["To"] == address]
            if len(found) >= number:
                return found[number - 1]
            await self.inbox.wait_for(len(arrived) + 1)

    async def graphql(self, query: str, token: str | None = None, **variables: Any) -> dict[str, Any]:
        """The data of one operation; there must be no error."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with httpx2.AsyncClient(timeout=20, verify=NO_AUTHORITIES) as http:
            body = {"query": query, "variables": variables}
            answer = (await http.post(f"{self.api_url}/graphql", json=body, headers=headers)).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data

    async def program(self, *arguments: str, typed: str = "") -> str:
        """Run one `vestibule` command to its end; what it printed."""
        return await asyncio.to_thread(Program(arguments, self.environment).run, typed)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A window that several tests share is not given on by one that failed (`tests/journeys/shared_desk.py`)."""
    report = yield
    if report.when == "call":
        item.stash[HAS_PASSED] = report.passed
    return report


@pytest.fixture
async def product(database_url: str, tmp_path: Path) -> AsyncIterator[Product]:
    async with running_product(database_url, tmp_path) as product:
        yield product


@pytest.fixture(scope="session")
async def demo_at_rest(run_folder: Path) -> Path:
    """The folder that `demo_practice` copies."""
    return await demo_to_copy(run_folder)


@asynccontextmanager
async def running_product(
    database_url: str,
    logs: Path,
    *,
    with_portal: bool = True,
    secret_key: str | None = None,
    signing_key: Path | None = None,
    name: str = HOST,
    direct_database_url: str = "",
) -> AsyncIterator[Product]:
    """API, portal and worker over a migrated database, and a mail server, until the block ends.

    A database that holds secrets already comes with the keys they were written under. `name` is the host in the public
    addresses: passkeys need one that is no number. `direct_database_url` is needed where a pooler is between.
    """
    api_port, portal_port = free_port(), free_port()
    api_url, portal_url = f"http://{name}:{api_port}", f"http://{name}:{portal_port}"
    async with smtp_server(Inbox()) as inbox, AsyncExitStack() as stack:
        environment = {
            "VESTIBULE_ENVIRONMENT": Environment.TEST.value,
            "VESTIBULE_DATABASE_URL": database_url,
            "VESTIBULE_DIRECT_DATABASE_URL": direct_database_url,
            "VESTIBULE_FILES_URL": f"file://{logs}/files",
            "VESTIBULE_SECRET_KEYS": secret_key or SECRET_KEY,
            "VESTIBULE_SIGNING_PKCS12": str(signing_key or key_file().path),
            "VESTIBULE_API_URL": api_url,
            "VESTIBULE_PORTAL_URL": portal_url,
            "VESTIBULE_SMTP_URL": f"smtp://{HOST}:{inbox.port}?starttls=never",
            "VESTIBULE_DOCUMENT_LETTER_SECONDS": "0",
            "VESTIBULE_MAIL_FROM": "no-reply@willow-creek.example",
        }
        parts: list[tuple[tuple[str, ...], str | None]] = [
            (("api", "--port", str(api_port)), f"{api_url}/readyz"),
            (("worker",), None),
        ]
        if with_portal:
            parts.append((("portal", "--port", str(portal_port)), f"{portal_url}/readyz"))
        for arguments, health in parts:
            program = Program(arguments, environment, logs / f"{arguments[0]}.log", health)
            stack.push_async_callback(asyncio.to_thread, program.stop)
            await asyncio.to_thread(program.start)
        yield Product(api_url, portal_url, environment, inbox)


async def practice_with_staff(product: Product) -> str:
    """A new practice with one staff member, made as an operator makes it; the staff member's token."""
    await product.program(
        "organization", "create", "--slug", "willow-creek", "--name", "Willow Creek Counseling", "--facility", "Hilltop"
    )
    await product.program(
        *("staff", "create", "--organization", "willow-creek", "--email", STAFF_EMAIL),
        *("--name", "Frances Desk", "--permission", "WEB_PORTAL", "--permission", "MANAGE_CONTACTS"),
        *("--permission", "VIEW_CONTACTS"),
        "--password-stdin",
        typed=STAFF_PASSWORD + "\n",
    )
    sign_in = {"organization": "willow-creek", "email": "Desk@Willow-Creek.example", "password": STAFF_PASSWORD}
    signed_in = await product.graphql(SIGN_IN, input=sign_in)
    token = signed_in["signInStaff"]["accessToken"]
    assert isinstance(token, str)
    return token
