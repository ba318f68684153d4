"""The services of a command that only changes rows. It loads none of the libraries that send, draw, read or seal."""

import asyncio
from typing import Any, NoReturn

from adapters.secrets import KeyringSecrets
from clinic.portal_access.stored_state import store_states
from clinic.values.ports import Addresses, Services, SystemClock
from runtime.settings import Settings


class _NotBuilt:
    """Stands for a port that such a command never uses."""

    def __getattr__(self, name: str) -> NoReturn:
        raise NotImplementedError(f"this command has no port with {name}")


def build_few_services(settings: Settings) -> Services:
    """Clock, keys and addresses; every other port raises NotImplementedError when it is used."""
    not_built: Any = _NotBuilt()
    return Services(
        clock=SystemClock(),
        secrets=KeyringSecrets(settings.secret_keys),
        pdf=not_built,
        mail=None,
        addresses=Addresses(
            api_url=settings.api_url, portal_url=settings.portal_url, mail_from=settings.sender_address
        ),
        files=not_built,
        reader=not_built,
        logos=not_built,
        sealer=not_built,
        events=not_built,
        wait=asyncio.sleep,
        factors=not_built,
        store_states=store_states,
    )
