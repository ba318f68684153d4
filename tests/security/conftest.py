"""Both faces over one practice, on both databases: what one door refuses, the other must not let in."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from tortoise.context import TortoiseContext

from adapters.secrets import new_key
from api.app import create_app as create_api
from clinic.values.ports import Services
from patient_portal.app import create_app as create_portal
from runtime.settings import Environment, Settings
from tests.api.client import Client
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Mailbox, Practice, make_services, open_practice
from tests.patient_portal.practice import Visitor
from tests.unhurried import UNHURRIED

API_URL = "https://api.vestibule.example"
PORTAL_URL = "https://portal.vestibule.example"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox) -> Services:
    return make_services(clock, mailbox)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """As in production, where nothing is explained to strangers."""
    return Settings(
        environment=Environment.PRODUCTION, api_url=API_URL, portal_url=PORTAL_URL, secret_keys=(new_key(),)
    )


@pytest.fixture
def api(settings: Settings, services: Services) -> Starlette:
    return create_api(settings, services, places=UNHURRIED)


@pytest.fixture
async def stranger(api: Starlette) -> AsyncIterator[Client]:
    """A client of the API without a token."""
    async with knocking_from("203.0.113.7", api) as client:
        yield client


@pytest.fixture
async def practice(database: TortoiseContext, services: Services) -> Practice:
    return await open_practice(services)


@pytest.fixture
async def other_practice(practice: Practice, services: Services) -> Practice:
    """A second tenant over the same database."""
    return await open_practice(services, slug="harbor-house", name="Harbor House")


@pytest.fixture
async def staff(practice: Practice, stranger: Client) -> Client:
    """A staff member who may do everything."""
    _, session = await practice.signed_in(*EVERY_PERMISSION)
    return stranger.holding(session.access_token)


@pytest.fixture
def portal(settings: Settings, services: Services) -> Starlette:
    return create_portal(settings, services, places=UNHURRIED)


@pytest.fixture
def visitor(portal: Starlette) -> Visitor:
    """A browser at the portal."""
    return Visitor(portal, PORTAL_URL)


def knocking_from(address: str, api: Starlette) -> "_Knocking":
    """A stranger's client of the API at this network address."""
    return _Knocking(address, api)


class _Knocking:
    def __init__(self, address: str, api: Starlette) -> None:
        transport = httpx2.ASGITransport(app=api, client=(address, 4711), raise_app_exceptions=False)
        self._http = httpx2.AsyncClient(transport=transport, base_url=API_URL)

    async def __aenter__(self) -> Client:
        return Client(await self._http.__aenter__())

    async def __aexit__(self, *error: object) -> None:
        await self._http.aclose()
