"""The portal with a practice behind it, asked over ASGI, on both databases."""

from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from tortoise.context import TortoiseContext

from clinic.values.ports import Services
from patient_portal.app import create_app
from tests.clock import FixedClock
from tests.patient_portal.browsing import Served, make_services, make_settings, portal_that_listens
from tests.patient_portal.practice import Mailbox, Practice, Visitor, open_practice, register
from tests.unhurried import UNHURRIED

PORTAL_URL = "http://127.0.0.1:8001"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox) -> Services:
    return make_services(clock, mailbox, PORTAL_URL)


@pytest.fixture
async def practice(database: TortoiseContext, services: Services, clock: FixedClock, mailbox: Mailbox) -> Practice:
    return await open_practice(services, clock, mailbox)


@pytest.fixture
async def other_practice(practice: Practice) -> Practice:
    """A second tenant over the same database."""
    return await open_practice(
        practice.services, practice.clock, practice.mailbox, slug="harbor-house", name="Harbor House"
    )


@pytest.fixture
def app(services: Services) -> Starlette:
    return create_app(make_settings(PORTAL_URL), services, places=UNHURRIED)


@pytest.fixture
def visitor(app: Starlette) -> Visitor:
    return Visitor(app)


@pytest.fixture
async def nora(practice: Practice, visitor: Visitor) -> Visitor:
    """The practice's contact, registered and signed in."""
    await register(visitor, await practice.invite())
    return visitor


@pytest.fixture
def https_visitor(services: Services) -> Visitor:
    """A browser at a portal whose public address is https."""
    url = "https://portal.willow.example"
    return Visitor(create_app(make_settings(url), services, places=UNHURRIED), url)


@pytest.fixture
async def served(sqlite_database: str, clock: FixedClock, mailbox: Mailbox) -> AsyncIterator[Served]:
    """A portal for a real browser."""
    async with portal_that_listens(sqlite_database, clock, mailbox) as portal:
        yield portal
