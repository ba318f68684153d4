"""A practice of the core's own, on both databases, with a mailbox for a mail server."""

import pytest
from tortoise.context import TortoiseContext

from clinic.values.ports import Services
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services, open_practice


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox) -> Services:
    return make_services(clock, mailbox)


@pytest.fixture
async def practice(database: TortoiseContext, services: Services) -> Practice:
    return await open_practice(services)


@pytest.fixture
async def other_practice(practice: Practice, services: Services) -> Practice:
    """A second tenant over the same database."""
    return await open_practice(services, slug="harbor-house", name="Harbor House")
