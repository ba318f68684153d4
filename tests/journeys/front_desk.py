"""The front desk's half of a journey: staff, over the real API, for one person's record."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from tests.journeys.conftest import Product, practice_with_staff, running_product

BORN = "1980-05-04"

CREATE_CONTACT = """mutation ($input: CreateContactInput!) { createContact(input: $input) {
  ... on CreateContactSuccess { contact { id portalPin } } } }"""
INVITE = "mutation ($input: CreatePortalAccountInput!) { answer: createPortalAccount(input: $input) { __typename } }"
LINK = "mutation ($input: LinkPortalAccountInput!) { answer: linkPortalAccount(input: $input) { __typename } }"
UNLINK = "mutation ($input: UnlinkPortalAccountInput!) { answer: unlinkPortalAccount(input: $input) { __typename } }"
RECORD = """query ($id: ID!) { contact(id: $id) { email portalPin
  portalStatus { state account { email } } } }"""

_numbers = count(1)


@dataclass
class FrontDesk:
    """One practice in a running product, with somebody signed in who may do what these journeys need."""

    product: Product
    token: str

    async def new_record(self, language: str) -> "Record":
        """A person's record, with an address nobody else bears."""
        email = f"omar.reyes.{next(_numbers)}@example.com"
        facts = {"givenName": "Omar", "familyName": "Reyes", "dateOfBirth": BORN, "language": language}
        created = await self.product.graphql(CREATE_CONTACT, self.token, input={**facts, "emails": [email]})
        return Record(self, created["createContact"]["contact"]["id"], email)


@dataclass(frozen=True)
class Record:
    """A contact as the desk sees it, and what the desk does there."""

    desk: FrontDesk
    id: str
    email: str

    async def invite(self) -> None:
        await self._do(INVITE, "CreatePortalAccountSuccess")

    async def link(self) -> None:
        await self._do(LINK, "LinkPortalAccountSuccess")

    async def unlink(self, reason: str) -> None:
        await self._do(UNLINK, "UnlinkPortalAccountSuccess", reason=reason)

    async def pin(self) -> str:
        pin: str = (await self.shown())["portalPin"]
        return pin

    async def state(self) -> str:
        state: str = (await self.shown())["portalStatus"]["state"]
        return state

    async def shown(self) -> dict[str, Any]:
        """The contact page's facts."""
        contact: dict[str, Any] = (await self.desk.product.graphql(RECORD, self.desk.token, id=self.id))["contact"]
        return contact

    async def _do(self, mutation: str, success: str, **more: str) -> None:
        done = await self.desk.product.graphql(mutation, self.desk.token, input={"contactId": self.id, **more})
        assert done["answer"]["__typename"] == success


@asynccontextmanager
async def desk_on_each_database(
    sqlite_url: str, postgres_url: str, folders: pytest.TempPathFactory
) -> AsyncIterator[tuple[FrontDesk, FrontDesk]]:
    """A practice in a running product on SQLite, and one on PostgreSQL, both migrated."""

    async def opened(url: str) -> FrontDesk:
        product = await stack.enter_async_context(running_product(url, folders.mktemp("logs")))
        return FrontDesk(product, await practice_with_staff(product))

    async with AsyncExitStack() as stack:
        on_sqlite = await opened(sqlite_url)
        yield on_sqlite, await opened(postgres_url)
