"""What resolvers know of the request: who asks, when, the services, and the request's loaders."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import strawberry

from api.documents.loaders import DocumentLoaders
from api.server.errors import Code, CodedError, Unauthenticated
from api.server.loaders import Loader
from clinic.charts.contacts import ContactRow, contacts_by_id
from clinic.charts.related import (
    ContactAppointmentRow,
    EpisodeRow,
    LinkRow,
    RelationshipRow,
    appointment_pages,
    count_per_contact,
    current_episodes_of,
    link_pages,
    relationships_of,
)
from clinic.portal_access.previous_accounts import former_accounts
from clinic.portal_access.status import AccountFacts
from clinic.values.callers import Caller, Origin, PatientCaller, StaffCaller
from clinic.values.paging import Page, PageRequest
from clinic.values.ports import Services

PageKey = tuple[UUID, PageRequest]


@dataclass
class Context:
    """One per request, or per subscription.

    `opened` are the records that a staff member looked up one by one (see `note_opening`), `read` the documents whose
    words were asked for. Of a subscription: `check_admission` raises when its
    caller may no longer connect, and all subscriptions share `slots`.
    """

    services: Services
    caller: Caller | None
    origin: Origin
    now: datetime
    opened: set[UUID] = field(default_factory=set)
    read: set[UUID] = field(default_factory=set)
    check_admission: Callable[[], Awaitable[None]] | None = None
    slots: asyncio.Semaphore | None = None
    _loaders: "Loaders | None" = field(default=None, init=False)

    @property
    def loaders(self) -> "Loaders":
        """Made when they are first asked for: a thousand idle subscriptions need none."""
        if self._loaders is None:
            self._loaders = Loaders(self)
        return self._loaders

    async def look_again(self) -> None:
        """For a subscription's next event: make sure that the caller still may, and forget what was read before."""
        self.forget()
        self.read = set()
        if self.check_admission is not None:
            await self.check_admission()
        self.now = self.services.clock.now()

    def forget(self) -> None:
        """Read everything anew from here on."""
        self._loaders = None

    def note_opening(self, contact_id: UUID) -> None:
        """Remember that a record was opened. Queries write nothing; the audit has it once the answer is out."""
        if isinstance(self.caller, StaffCaller):
            self.opened.add(contact_id)

    @property
    def staff(self) -> StaffCaller:
        """The staff member who asks; anybody else is refused at the top level."""
        if isinstance(self.caller, StaffCaller):
            return self.caller
        if self.caller is None:
            raise Unauthenticated
        raise CodedError(Code.FORBIDDEN, "This is for staff.")

    @property
    def patient(self) -> PatientCaller:
        """The patient who asks; anybody else is refused at the top level."""
        if isinstance(self.caller, PatientCaller):
            return self.caller
        if self.caller is None:
            raise Unauthenticated
        raise CodedError(Code.FORBIDDEN, "This is for patients.")

    @property
    def person(self) -> StaffCaller | PatientCaller:
        """Whoever is signed in."""
        if isinstance(self.caller, StaffCaller | PatientCaller):
            return self.caller
        raise Unauthenticated


Info = strawberry.Info[Context, None]


class Loaders:
    """Batched reading for nested fields: one statement for all rows of a level, or two where statuses are shown."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.documents = DocumentLoaders(context)
        self.contact: Loader[UUID, ContactRow | None] = Loader(self._contacts)
        self.relationships: Loader[UUID, list[RelationshipRow]] = Loader(self._relationships)
        self.episode: Loader[UUID, EpisodeRow | None] = Loader(self._episodes)
        self.links: Loader[PageKey, Page[LinkRow]] = Loader(self._links)
        self.appointments: Loader[PageKey, Page[ContactAppointmentRow]] = Loader(self._appointments)
        self.former_accounts: Loader[UUID, list[AccountFacts]] = Loader(self._former_accounts)
        self.link_count: Loader[UUID, int] = Loader(self._link_counts)
        self.appointment_count: Loader[UUID, int] = Loader(self._appointment_counts)

    async def _contacts(self, ids: list[UUID]) -> list[ContactRow | None]:
        found = await contacts_by_id(self._context.person, ids, self._context.now)
        return [found.get(key) for key in ids]

    @property
    def _for_staff(self) -> bool:
        """What staff note about a record is not read by the person it is about: kinds, reasons, others' addresses."""
        return isinstance(self._context.caller, StaffCaller)

    async def _relationships(self, ids: list[UUID]) -> list[list[RelationshipRow]]:
        if not self._for_staff:
            return [[] for _ in ids]
        found = await relationships_of(self._context.person.organization_id, ids)
        return [found[key] for key in ids]

    async def _episodes(self, ids: list[UUID]) -> list[EpisodeRow | None]:
        if not self._for_staff:
            return [None for _ in ids]
        found = await current_episodes_of(self._context.person.organization_id, ids, self._context.now)
        return [found.get(key) for key in ids]

    async def _links(self, keys: list[PageKey]) -> list[Page[LinkRow]]:
        if not self._for_staff:
            return [Page((), has_next=False, has_previous=False) for _ in keys]
        pages: dict[PageKey, Page[LinkRow]] = {}
        for request in {key[1] for key in keys}:
            found = await link_pages([key[0] for key in keys if key[1] == request], request)
            pages.update({(contact_id, request): page for contact_id, page in found.items()})
        return [pages[key] for key in keys]

    async def _former_accounts(self, ids: list[UUID]) -> list[list[AccountFacts]]:
        found = await former_accounts(self._context.person.organization_id, ids)
        return [found[key] for key in ids]

    async def _appointments(self, keys: list[PageKey]) -> list[Page[ContactAppointmentRow]]:
        own = await self._whose_appointments({key[0] for key in keys})
        pages: dict[PageKey, Page[ContactAppointmentRow]] = {}
        for request in {key[1] for key in keys}:
            found = await appointment_pages([key[0] for key in keys if key[1] == request and key[0] in own], request)
            pages.update({(contact_id, request): page for contact_id, page in found.items()})
        return [pages.get(key, Page((), has_next=False, has_previous=False)) for key in keys]

    async def _link_counts(self, ids: list[UUID]) -> list[int]:
        if not self._for_staff:
            return [0 for _ in ids]
        counts = await count_per_contact("portal_link", ids)
        return [counts.get(key, 0) for key in ids]

    async def _appointment_counts(self, ids: list[UUID]) -> list[int]:
        own = await self._whose_appointments(set(ids))
        counts = await count_per_contact("appointment", list(own))
        return [counts.get(key, 0) for key in ids]

    async def _whose_appointments(self, ids: set[UUID]) -> set[UUID]:
        """A patient knows of their own: a document may have led to the names of others, and to nothing more."""
        if self._for_staff:
            return ids
        reader = await self.documents.reader()
        return ids & {reader.contact_id} if reader else set()
