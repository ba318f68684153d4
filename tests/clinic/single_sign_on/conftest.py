"""A practice whose staff sign in at a provider of its own."""

import pytest

from clinic.values.ports import Services
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice, make_services
from tests.factories.openid_provider import Provider, ProvidersOnly
from tests.factories.provider_sign_in import AtTheProvider


@pytest.fixture
def provider(clock: FixedClock) -> Provider:
    return Provider(clock, "https://api.vestibule.example/oauth/willow-creek/callback")


@pytest.fixture
def services(clock: FixedClock, mailbox: Mailbox, provider: Provider) -> Services:
    return make_services(clock, mailbox, outgoing=ProvidersOnly([provider]))


@pytest.fixture
async def there(practice: Practice, provider: Provider, services: Services) -> AtTheProvider:
    at = AtTheProvider(practice, provider, services)
    await at.register()
    return at
