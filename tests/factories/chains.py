"""Verifying audit chains with the keys of the tests' services."""

from collections.abc import Callable, Collection
from uuid import UUID

from clinic.upkeep import audit_verification
from clinic.upkeep.audit_verification import ChainReport, Head
from tests.factories import KEYRING


async def verify_chain(
    organization_id: UUID, exported: Collection[Head] = (), *, on_page: Callable[[int], None] = lambda _: None
) -> ChainReport:
    """The report on a chain that services of the tests wrote."""
    return await audit_verification.verify_chain(organization_id, KEYRING, exported, on_page=on_page)
