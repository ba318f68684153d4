"""Batched reading for a request's nested fields."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar
from uuid import UUID

from api.requests.document_loaders import DocumentLoaders
from api.requests.request_facts import RequestFacts
from api.server.loaders import Loader
from clinic.charts.contact_rows import ContactRow
from clinic.charts.contacts import contacts_by_id
from clinic.charts.related import ContactAppointmentRow, EpisodeRow, LinkRow, RelationshipRow
from clinic.charts.viewing import (
    visible_appointment_counts,
    visible_appointment_pages,
    visible_current_episodes,
    visible_external_ids,
    visible_link_counts,
    visible_link_pages,
    visible_phones,
    visible_previous_accounts,
    visible_relationships,
)
from clinic.documents.viewing import RecordViewer
from clinic.factors.queries import FactorView, visible_factors
from clinic.organizations.models import Facility
from clinic.organizations.queries import facilities_by_id
from clinic.portal_access.status import AccountFacts
from clinic.portal_access.throttles import portal_throttles
from clinic.records.external_ids import Identifier
from clinic.records.models import ExternalIdKind
from clinic.staff.models import StaffMember
from clinic.staff.queries import colleagues_by_id
from clinic.staff.throttles import staff_throttles
from clinic.throttling.closed import ClosedThrottle
from clinic.values.paging import Page, PageRequest

Row = TypeVar("Row")

PageKey = tuple[UUID, PageRequest]
# With or without the cancelled ones.
CountKey = tuple[UUID, bool]
AppointmentKey = tuple[UUID, PageRequest, bool]
RecordKey = tuple[ExternalIdKind, UUID]


class Loaders:
    """Batched reading for nested fields: one statement for all rows of a level, or two where statuses are shown."""

    def __init__(self, facts: RequestFacts) -> None:
        self._facts = facts
        self.contact: Loader[UUID, ContactRow | None] = Loader(self._contacts)
        self.documents = DocumentLoaders(facts, self.contact)
        self.relationships: Loader[UUID, list[RelationshipRow]] = Loader(self._relationships)
        self.phones: Loader[UUID, list[str]] = Loader(self._phones)
        self.external_ids: Loader[RecordKey, list[Identifier]] = Loader(self._external_ids)
        self.episode: Loader[UUID, EpisodeRow | None] = Loader(self._episodes)
        self.links: Loader[PageKey, Page[LinkRow]] = Loader(self._links)
        self.appointments: Loader[AppointmentKey, Page[ContactAppointmentRow]] = Loader(self._appointments)
        self.colleague: Loader[UUID, StaffMember | None] = Loader(self._colleagues)
        self.previous_accounts: Loader[UUID, list[AccountFacts]] = Loader(self._previous_accounts)
        self.portal_throttles: Loader[UUID, list[ClosedThrottle]] = Loader(self._portal_throttles)
        self.staff_throttles: Loader[UUID, list[ClosedThrottle]] = Loader(self._staff_throttles)
        self.link_count: Loader[UUID, int] = Loader(self._link_counts)
        self.appointment_count: Loader[CountKey, int] = Loader(self._appointment_counts)
        self.facility: Loader[UUID, Facility] = Loader(self._facilities)
        self.factors: Loader[UUID, list[FactorView]] = Loader(self._factors)

    async def _contacts(self, ids: list[UUID]) -> list[ContactRow | None]:
        viewer = self._facts.viewer
        found = await contacts_by_id(viewer.caller, ids, viewer.now, services=self._facts.services)
        self._facts.note_shown(found)
        return [found.get(key) for key in ids]

    async def _facilities(self, ids: list[UUID]) -> list[Facility]:
        """Facilities of rows that the caller sees, so each exists in the caller's organization."""
        found = await facilities_by_id(self._facts.viewer.caller.organization_id, ids)
        by_id = {facility.id: facility for facility in found}
        return [by_id[key] for key in ids]

    async def _factors(self, ids: list[UUID]) -> list[list[FactorView]]:
        found = await visible_factors(self._facts.caller, ids)
        return [found[key] for key in ids]

    async def _relationships(self, ids: list[UUID]) -> list[list[RelationshipRow]]:
        found = await visible_relationships(self._facts.viewer, ids)
        return [found.get(key, []) for key in ids]

    async def _phones(self, ids: list[UUID]) -> list[list[str]]:
        found = await visible_phones(self._facts.viewer, ids)
        return [found.get(key, []) for key in ids]

    async def _external_ids(self, keys: list[RecordKey]) -> list[list[Identifier]]:
        found: dict[RecordKey, list[Identifier]] = {}
        for kind in {key[0] for key in keys}:
            ids = [record_id for each, record_id in keys if each == kind]
            some = await visible_external_ids(self._facts.viewer, kind, ids)
            found.update({(kind, record_id): identifiers for record_id, identifiers in some.items()})
        return [found.get(key, []) for key in keys]

    async def _episodes(self, ids: list[UUID]) -> list[EpisodeRow | None]:
        found = await visible_current_episodes(self._facts.viewer, ids)
        return [found.get(key) for key in ids]

    async def _links(self, keys: list[PageKey]) -> list[Page[LinkRow]]:
        return await self._pages(visible_link_pages, keys)

    async def _appointments(self, keys: list[AppointmentKey]) -> list[Page[ContactAppointmentRow]]:
        found: dict[AppointmentKey, Page[ContactAppointmentRow]] = {}
        for whole in {key[2] for key in keys}:
            some = [key for key in keys if key[2] == whole]
            read = partial(visible_appointment_pages, with_cancelled=whole)
            pages = await self._pages(read, [(contact_id, request) for contact_id, request, _ in some])
            found.update(zip(some, pages, strict=True))
        return [found[key] for key in keys]

    async def _colleagues(self, ids: list[UUID]) -> list[StaffMember | None]:
        found = {member.id: member for member in await colleagues_by_id(self._facts.viewer.caller, ids)}
        return [found.get(key) for key in ids]

    async def _pages(
        self,
        read: Callable[[RecordViewer, Sequence[UUID], PageRequest], Awaitable[dict[UUID, Page[Row]]]],
        keys: list[PageKey],
    ) -> list[Page[Row]]:
        """The page of each key: one reading for all contacts that the same page is asked of."""
        pages: dict[PageKey, Page[Row]] = {}
        for request in {key[1] for key in keys}:
            found = await read(self._facts.viewer, [key[0] for key in keys if key[1] == request], request)
            pages.update({(contact_id, request): page for contact_id, page in found.items()})
        return [pages.get(key, Page((), has_next=False, has_previous=False)) for key in keys]

    async def _previous_accounts(self, ids: list[UUID]) -> list[list[AccountFacts]]:
        found = await visible_previous_accounts(self._facts.viewer, ids)
        return [found.get(key, []) for key in ids]

    async def _portal_throttles(self, ids: list[UUID]) -> list[list[ClosedThrottle]]:
        viewer = self._facts.viewer
        found = await portal_throttles(viewer.caller, ids, viewer.now)
        return [found.get(key, []) for key in ids]

    async def _staff_throttles(self, ids: list[UUID]) -> list[list[ClosedThrottle]]:
        viewer = self._facts.viewer
        found = await staff_throttles(viewer.caller, ids, viewer.now)
        return [found.get(key, []) for key in ids]

    async def _link_counts(self, ids: list[UUID]) -> list[int]:
        counts = await visible_link_counts(self._facts.viewer, ids)
        return [counts.get(key, 0) for key in ids]

    async def _appointment_counts(self, keys: list[CountKey]) -> list[int]:
        counts: dict[CountKey, int] = {}
        for whole in {key[1] for key in keys}:
            ids = [contact_id for contact_id, each in keys if each == whole]
            found = await visible_appointment_counts(self._facts.viewer, ids, with_cancelled=whole)
            counts.update({(contact_id, whole): number for contact_id, number in found.items()})
        return [counts.get(key, 0) for key in keys]
