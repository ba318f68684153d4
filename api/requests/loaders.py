"""Batched reading for a request's nested fields."""

from uuid import UUID

from api.requests.asking import Asking
from api.requests.document_loaders import DocumentLoaders
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
from clinic.portal_access.previous_accounts import previous_accounts
from clinic.portal_access.status import AccountFacts
from clinic.values.callers import StaffCaller
from clinic.values.paging import Page, PageRequest

PageKey = tuple[UUID, PageRequest]


class Loaders:
    """Batched reading for nested fields: one statement for all rows of a level, or two where statuses are shown."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self.contact: Loader[UUID, ContactRow | None] = Loader(self._contacts)
        self.documents = DocumentLoaders(asking, self.contact)
        self.relationships: Loader[UUID, list[RelationshipRow]] = Loader(self._relationships)
        self.episode: Loader[UUID, EpisodeRow | None] = Loader(self._episodes)
        self.links: Loader[PageKey, Page[LinkRow]] = Loader(self._links)
        self.appointments: Loader[PageKey, Page[ContactAppointmentRow]] = Loader(self._appointments)
        self.previous_accounts: Loader[UUID, list[AccountFacts]] = Loader(self._former_accounts)
        self.link_count: Loader[UUID, int] = Loader(self._link_counts)
        self.appointment_count: Loader[UUID, int] = Loader(self._appointment_counts)

    async def _contacts(self, ids: list[UUID]) -> list[ContactRow | None]:
        found = await contacts_by_id(self._asking.person, ids, self._asking.now)
        return [found.get(key) for key in ids]

    @property
    def _for_staff(self) -> bool:
        """What staff note about a record is not read by the person it is about: kinds, reasons, others' addresses."""
        return isinstance(self._asking.person, StaffCaller)

    async def _relationships(self, ids: list[UUID]) -> list[list[RelationshipRow]]:
        if not self._for_staff:
            return [[] for _ in ids]
        found = await relationships_of(self._asking.person.organization_id, ids)
        return [found[key] for key in ids]

    async def _episodes(self, ids: list[UUID]) -> list[EpisodeRow | None]:
        if not self._for_staff:
            return [None for _ in ids]
        found = await current_episodes_of(self._asking.person.organization_id, ids, self._asking.now)
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
        found = await previous_accounts(self._asking.person.organization_id, ids)
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
