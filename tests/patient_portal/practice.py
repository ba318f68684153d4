"""A practice with a person to invite, and a browser without a screen that reads forms and fills them in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from email.message import EmailMessage
from html import unescape
from typing import Any

import httpx2
from starlette.applications import Starlette

from clinic.letters.delivery import deliver_due_letters
from clinic.organizations.models import Organization
from clinic.portal_access.actions import invite_contact
from clinic.records.actions.contacts import ContactFacts, create_contact
from clinic.records.models import Contact
from clinic.values.callers import SystemCaller
from clinic.values.logo import DrawnLogo
from clinic.values.ports import Services
from tests import factories
from tests.clock import FixedClock
from tests.factories import Mailbox as Mailbox

BORN = date(1956, 4, 12)
EMAIL = "nora.gray@example.com"
PASSWORD = "seven purple kettles sing"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)

_LINK = re.compile(r"https?://[^/\s]+(/[a-z0-9-]+/(?:register|verify|reset|keep)/[A-Za-z0-9_-]+)")
_INPUT = re.compile(r"<input[^>]*>")
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')


@dataclass
class Practice:
    """An organization with one contact who can be invited."""

    organization: Organization
    contact: Contact
    services: Services
    clock: FixedClock
    mailbox: Mailbox

    @property
    def caller(self) -> SystemCaller:
        return SystemCaller(self.organization.id, "test")

    async def add_contact(self, facts: ContactFacts) -> Contact:
        return await create_contact(self.caller, facts, self.services)

    async def invite(self, contact: Contact | None = None) -> str:
        """Invite by letter; the path of the letter's link."""
        await invite_contact(self.caller, (contact or self.contact).id, self.services)
        return await self.next_link()

    async def next_link(self) -> str:
        """Deliver what waits; the path of the link in the newest letter that has one. Urgent letters leave first."""
        sent = len(self.mailbox.letters)
        await deliver_due_letters(self.services, worker_name="test")
        new = self.mailbox.letters[sent:] or self.mailbox.letters
        return next(link_in(letter) for letter in new if has_link(letter))

    async def next_links(self, number: int) -> dict[str, str]:
        """Deliver what waits; the paths of the newest letters' links, by the page they lead to."""
        await deliver_due_letters(self.services, worker_name="test")
        paths = [link_in(letter) for letter in self.mailbox.letters if has_link(letter)][-number:]
        return {path.split("/")[2]: path for path in paths}

    def pin(self, contact: Contact) -> str:
        return self.services.secrets.decrypt(contact.pin_encrypted)


def has_link(letter: EmailMessage) -> bool:
    body = letter.get_body(("plain",))
    return body is not None and _LINK.search(body.get_content()) is not None


def link_in(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    found = _LINK.search(body.get_content())
    assert found is not None
    return found[1]


async def open_practice(
    services: Services, clock: FixedClock, mailbox: Mailbox, *, slug: str = "willow-creek", **more: Any
) -> Practice:
    facts: dict[str, object] = {"support_email": "", "logo": DrawnLogo(PIXEL, PIXEL, PIXEL), **more}
    organization = (await factories.open_practice(services, slug, **facts)).organization
    caller = SystemCaller(organization.id, "test")
    contact = await create_contact(caller, ContactFacts("Nora", "Gray", date_of_birth=BORN, emails=[EMAIL]), services)
    return Practice(organization, contact, services, clock, mailbox)


@dataclass(frozen=True)
class Page:
    """An answer, and what its forms hold."""

    response: httpx2.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        """The page as a reader sees it, on one line."""
        main = self.response.text.partition("<main")[2].partition("</main>")[0] or self.response.text
        return unescape(" ".join(re.sub(r"<[^>]+>", " ", main).split()))

    @property
    def goes_to(self) -> str:
        return self.response.headers.get("location", "")

    @property
    def fields(self) -> dict[str, str]:
        """Names and values of every input inside the page's main part."""
        main = self.response.text.partition("<main")[2]
        inputs = [dict(_ATTRIBUTE.findall(tag)) for tag in _INPUT.findall(main)]
        return {one["name"]: unescape(one.get("value", "")) for one in inputs if "name" in one}


class Visitor:
    """One person's browser at the portal: keeps cookies, follows no redirect by itself.

    Without an `app` it asks whatever answers at `base`.
    """

    def __init__(self, app: Starlette | None, base: str = "http://127.0.0.1:8001", **headers: str) -> None:
        transport = httpx2.ASGITransport(app=app, client=("203.0.113.7", 4711)) if app else None
        self.http = httpx2.AsyncClient(transport=transport, base_url=base, headers=headers)

    async def get(self, path: str, **headers: str) -> Page:
        return Page(await self.http.get(path, headers=headers))

    async def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Page:
        return Page(await self.http.post(path, data=dict(fields), headers=headers))

    async def follow(self, path: str) -> Page:
        page = await self.get(path)
        while page.goes_to:
            page = await self.get(page.goes_to)
        return page

    async def fill(self, path: str, **typed: str) -> Page:
        """Fetch the form at this address, type into it, send it."""
        form = await self.follow(path)
        return await self.send(form, **typed)

    async def send(self, form: Page, to: str | None = None, **typed: str) -> Page:
        return await self.post(to or form.response.url.path, {**form.fields, **typed})


async def register(visitor: Visitor, link: str, password: str = PASSWORD) -> Page:
    """Walk in by invitation, as its person does."""
    return await visitor.fill(link, date_of_birth=BORN.isoformat(), password=password)
