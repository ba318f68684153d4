"""What resolvers know of the request: who asks, when, the services, and the request's loaders."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import strawberry

from api.requests.loaders import Loaders
from api.requests.signed_in import patient_in, person_in, staff_in
from api.server.errors import Unauthenticated
from clinic.documents.viewing import RecordViewer
from clinic.records.actions.views import RecordsRead
from clinic.values.callers import Caller, Origin, PatientCaller, StaffCaller
from clinic.values.errors import PatientsOnly, SecondFactorMissing, StaffOnly
from clinic.values.ports import Services


@dataclass
class Context:
    """One per request, or per subscription.

    `seen` are the contacts that the answer shows to a staff member (see `note_shown`), `read` the documents whose words
    were asked for. For subscriptions: `check_admission` raises when the caller may no longer connect, and all
    of them share `slots`.
    """

    services: Services
    caller: Caller | None
    origin: Origin
    now: datetime
    seen: RecordsRead = field(default_factory=RecordsRead)
    read: set[UUID] = field(default_factory=set)
    check_admission: Callable[[], Awaitable[None]] | None = None
    slots: asyncio.Semaphore | None = None
    _loaders: Loaders | None = field(default=None, init=False)
    _viewer: RecordViewer | None = field(default=None, init=False)

    @property
    def loaders(self) -> Loaders:
        """Made at first use: a thousand idle subscriptions need none."""
        if self._loaders is None:
            self._loaders = Loaders(self)
        return self._loaders

    async def look_again(self) -> None:
        """Before a subscription's next event: check that the caller may still see it, and forget what was read."""
        self.forget()
        self.read = set()
        if self.check_admission is not None:
            await self.check_admission()
        self.now = self.services.clock.now()

    def forget(self) -> None:
        """Read everything again from here on."""
        self._loaders = None
        self._viewer = None

    @property
    def viewer(self) -> RecordViewer:
        """The signed-in caller as the core's queries take it; a signed-out one is refused at the top level."""
        return self._viewer_of(self.person)

    @property
    def patient_viewer(self) -> RecordViewer:
        """The patient who asks, likewise; anybody else is refused at the top level."""
        return self._viewer_of(self.patient)

    def _viewer_of(self, caller: StaffCaller | PatientCaller) -> RecordViewer:
        # The caller changes where a mutation signs somebody in.
        if self._viewer is None or self._viewer.caller is not caller:
            self._viewer = RecordViewer(caller, self.now)
        return self._viewer

    def note_opening(self, contact_id: UUID) -> None:
        """Remember that a record was opened. Queries write nothing; the audit gets it after the answer was sent."""
        if staff_in(self.caller) is not None:
            self.seen.opened.add(contact_id)

    def note_shown(self, contact_ids: Iterable[UUID]) -> None:
        """Remember, likewise, whose facts are in a list or beside another record."""
        if staff_in(self.caller) is not None:
            self.seen.shown.update(contact_ids)

    def note_calendar(self, contact_ids: Iterable[UUID]) -> None:
        """Remember, likewise, whose appointments the calendar shows."""
        if staff_in(self.caller) is not None:
            self.seen.in_calendar.update(contact_ids)

    def note_pin(self, contact_id: UUID) -> None:
        """Remember, likewise, that a PIN was read."""
        if staff_in(self.caller) is not None:
            self.seen.pins.add(contact_id)

    @property
    def staff(self) -> StaffCaller:
        """The staff member who asks; anybody else is refused at the top level."""
        caller = self.adding_staff
        if caller.must_add_factor:
            raise SecondFactorMissing
        return caller

    @property
    def adding_staff(self) -> StaffCaller:
        """As `staff`, also one who has to add a second factor before anything else."""
        caller = staff_in(self.caller)
        if caller is None:
            raise Unauthenticated() if self.caller is None else StaffOnly()
        return caller

    @property
    def patient(self) -> PatientCaller:
        """The patient who asks; anybody else is refused at the top level."""
        caller = patient_in(self.caller)
        if caller is None:
            raise Unauthenticated() if self.caller is None else PatientsOnly()
        return caller

    @property
    def person(self) -> StaffCaller | PatientCaller:
        """The signed-in caller; a signed-out one is refused at the top level, and staff who must add a factor first."""
        if staff_in(self.caller) is not None:
            return self.staff
        return self.adding_a_factor

    @property
    def adding_a_factor(self) -> StaffCaller | PatientCaller:
        """As `person`, also a staff member who has to add a second factor before anything else."""
        caller = person_in(self.caller)
        if caller is None:
            raise Unauthenticated
        return caller


Info = strawberry.Info[Context, None]
