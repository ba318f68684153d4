"""The API with a practice behind it, asked over ASGI, on both databases."""

from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from tortoise.context import TortoiseContext

from adapters.secrets import new_key
from api.app import create_app
from clinic.values.ports import Services
from runtime.settings import Environment, Settings
from tests.api.client import Client
from tests.clock import FixedClock
from tests.factories import EVERY_PERMISSION, Mailbox, Practice, make_services, open_practice
from tests.unhurried import UNHURRIED


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox) -> Services:
    return make_services(clock, mailbox)


@pytest.fixture(scope="session")
def settings() -> Settings:
    """They can't change, so they are read once."""
    return Settings(environment=Environment.TEST, secret_keys=(new_key(),))


@pytest.fixture
def app(settings: Settings, services: Services) -> Starlette:
    return create_app(settings, services, places=UNHURRIED)


@pytest.fixture
async def stranger(app: Starlette) -> AsyncIterator[Client]:
    """A client without a token. The database is opened by `practice`, not by the application's lifespan."""
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="https://api.vestibule.example") as http:
        yield Client(http)


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
