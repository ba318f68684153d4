"""A practice whose sealed files are made of wax, and one person to sign."""

from dataclasses import replace

import pytest

from clinic.ports import Services
from tests.clinic.documents.signing import Person, person
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services
from tests.factories.sealing import WaxSealer


@pytest.fixture
def sealer() -> WaxSealer:
    return WaxSealer()


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox, sealer: WaxSealer) -> Services:
    return replace(make_services(clock, mailbox), sealer=sealer)


@pytest.fixture
async def omar(practice: Practice, mailbox: Mailbox) -> Person:
    """The client, signed in on a phone."""
    return await person(practice, mailbox)
