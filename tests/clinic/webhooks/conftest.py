import pytest
from tortoise.context import TortoiseContext

from tests.clinic.webhooks.listening import services_with
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, open_practice
from tests.factories.receiver import Receiver


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
async def practice(database: TortoiseContext, clock: FixedClock, mailbox: Mailbox, receiver: Receiver) -> Practice:
    return await open_practice(services_with(clock, mailbox, receiver))
