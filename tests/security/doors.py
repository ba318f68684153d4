"""Every page and operation that takes an address from somebody who is signed out.

One more of them is one more line in `DOORS`: `test_same_answer.py` compares what it answers, and
`python -m bench.enumeration` how long it takes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Protocol

import httpx2

from tests.api.client import mutation
from tests.security.kinds_of_address import Kind

WRONG = {"password": "wrong password altogether"}
NEW = {"password": "eleven brass lanterns hum"}

_INPUT = re.compile(r"<input[^>]*>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


@dataclass
class Doorstep:
    """Somebody before both faces of one practice, with one browser; forms that were fetched stay open."""

    slug: str
    api: httpx2.AsyncClient
    portal: httpx2.AsyncClient
    forms: dict[str, dict[str, str]] = field(default_factory=dict)

    async def form(self, path: str) -> dict[str, str]:
        """The hidden fields of the form at this address."""
        if path not in self.forms:
            page = await self.portal.get(path)
            inputs = [dict(_ATTRIBUTE.findall(tag)) for tag in _INPUT.findall(page.text.partition("<main")[2])]
            hidden = [one for one in inputs if one.get("type") == "hidden"]
            self.forms[path] = {one["name"]: unescape(one.get("value", "")) for one in hidden}
        return self.forms[path]


class Door(Protocol):
    """`writes_to`: what an address must be for a letter to go there; the outbox is the only one who may know."""

    @property
    def name(self) -> str: ...

    @property
    def writes_to(self) -> frozenset[Kind]: ...

    async def open(self, step: Doorstep) -> None:
        """What a person does before they type."""
        ...

    async def knock(self, step: Doorstep, address: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        """Type this address and send it."""
        ...


@dataclass(frozen=True)
class PortalDoor:
    """A form of the portal."""

    name: str
    page: str
    typed: Mapping[str, str]
    writes_to: frozenset[Kind] = frozenset()

    async def open(self, step: Doorstep) -> None:
        await step.form(self._path(step))

    async def knock(self, step: Doorstep, address: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        fields = {**await step.form(self._path(step)), **self.typed, "email": address}
        return await step.portal.post(self._path(step), data=fields, headers=dict(headers or {}))

    def _path(self, step: Doorstep) -> str:
        return f"/{step.slug}/{self.page}"


@dataclass(frozen=True)
class ApiDoor:
    """A mutation that needs no token."""

    name: str
    typed: Mapping[str, str]
    writes_to: frozenset[Kind] = frozenset()

    async def open(self, step: Doorstep) -> None:
        """Nothing to fetch."""

    async def knock(self, step: Doorstep, address: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        given: dict[str, Any] = {"organization": step.slug, "email": address, **self.typed}
        body = {"query": mutation(self.name), "variables": {"input": given}}
        return await step.api.post("/graphql", json=body, headers=dict(headers or {}))


EVERYBODY = frozenset(Kind)
THOSE_WHO_CAN_SIGN_IN = frozenset({Kind.LINKED, Kind.UNLINKED})

DOORS: tuple[Door, ...] = (
    PortalDoor("portal: sign in", "", WRONG),
    PortalDoor("portal: create an account", "register", NEW, EVERYBODY),
    PortalDoor("portal: forgotten password", "forgot", {}, THOSE_WHO_CAN_SIGN_IN),
    ApiDoor("signInPatient", WRONG),
    ApiDoor("signInStaff", WRONG),
    ApiDoor("registerPortalAccount", NEW, EVERYBODY),
    ApiDoor("requestPasswordReset", {}, THOSE_WHO_CAN_SIGN_IN),
    ApiDoor("requestStaffPasswordReset", {}, frozenset({Kind.STAFF})),
)
