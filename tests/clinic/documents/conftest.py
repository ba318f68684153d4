"""A practice whose sealed files are made of wax; one person to sign, or a whole family to read and sign."""

from dataclasses import replace

import pytest

from clinic.values.ports import Services
from tests.clinic.documents.family import Family, family_of
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


@pytest.fixture
async def family(practice: Practice) -> Family:
    return await family_of(practice)
