"""Records in the audit which contacts a staff member saw, so that each person can see who looked (product §3, Account).

An answer that shows few people is a view of each of them, however it was asked for. An answer that shows many is one
event with their number. Reading a PIN is always recorded for its contact.
"""

from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from clinic.organizations.models import Organization
from clinic.records.models import Contact
from clinic.staff.models import StaffMember
from clinic.values.callers import StaffCaller
from clinic.values.ports import Services
from clinic.work.audit_chain import behalf, details_text
from clinic.work.models import AuditEvent
from clinic.work.unit_of_work import retry_on_conflict, unit_of_work

VIEWED = "contact.viewed"
PIN_READ = "portal_pin.read"
LISTED = "contacts.listed"
# A screen reloads an open record many times. The person wants to know who looked, not how often.
VIEW_INTERVAL = timedelta(hours=1)
# A search, or a list of ids, that shows no more people than this is meant for these people.
FEW = 5
# How many pairs of a staff member and a contact one process remembers. What it forgets is looked up in the audit.
_REMEMBERED = 50_000


@dataclass
class RecordsRead:
    """The contacts that one answer showed to a staff member.

    `opened` were looked up one by one, `shown` were in lists or beside other records, `in_calendar` had appointments
    in the calendar. `pins` are those whose PIN was read.
    """

    opened: set[UUID] = field(default_factory=set)
    shown: set[UUID] = field(default_factory=set)
    in_calendar: set[UUID] = field(default_factory=set)
    pins: set[UUID] = field(default_factory=set)

    def viewed(self) -> set[UUID]:
        """Each of whom a view is recorded. A calendar shows one person's facts only if nobody else is in it."""
        few = self.shown if len(self.shown) <= FEW else set()
        alone = self.in_calendar if len(self.in_calendar | self.shown) == 1 else set()
        return self.opened | few | alone

    def listed(self) -> set[UUID]:
        """Those who were shown among many, of whom only the number is recorded."""
        return (self.shown | self.in_calendar) - self.viewed()


class ViewLog:
    """Records what staff read. It remembers what it recorded within the hour, so that repeated reads cost nothing."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._recorded: OrderedDict[Hashable, datetime] = OrderedDict()

    async def record(self, caller: StaffCaller, read: RecordsRead) -> None:
        """Record in the audit what the caller saw: each contact and each PIN at most once an hour."""
        now, who = self._services.clock.now(), (caller.staff_member_id, caller.program_id)
        viewed = self._new(VIEWED, who, read.viewed(), now)
        pins = self._new(PIN_READ, who, read.pins, now)
        # Somebody who was recorded by name within the hour adds nothing to a number.
        seen_by_name = {each for each in read.listed() if self._is_recorded((VIEWED, who, each), now)}
        listed = self._new(LISTED, who, read.listed() - seen_by_name, now)
        if not (viewed or pins or listed):
            return
        # Remembered before it is written, so that concurrent requests do not count the same list twice.
        keys = [*_keys(VIEWED, who, viewed), *_keys(PIN_READ, who, pins), *_keys(LISTED, who, listed)]
        self._remember(keys, now)
        try:
            if viewed:
                await record_views(caller, viewed, self._services)
            if pins:
                await record_views(caller, pins, self._services, action=PIN_READ)
            if listed:
                await _record_list(caller, len(listed), self._services)
        except BaseException:
            for key in keys:
                self._recorded.pop(key, None)
            raise

    def _new(self, action: str, who: Hashable, contact_ids: Iterable[UUID], now: datetime) -> set[UUID]:
        return {each for each in contact_ids if not self._is_recorded((action, who, each), now)}

    def _is_recorded(self, key: Hashable, now: datetime) -> bool:
        at = self._recorded.get(key)
        return at is not None and at > now - VIEW_INTERVAL

    def _remember(self, keys: Iterable[Hashable], now: datetime) -> None:
        for key in keys:
            self._recorded[key] = now
            self._recorded.move_to_end(key)
        while len(self._recorded) > _REMEMBERED:
            self._recorded.popitem(last=False)


async def record_views(
    caller: StaffCaller, contact_ids: Collection[UUID], services: Services, *, action: str = VIEWED
) -> None:
    """Record in the audit that the caller saw these contacts, or their PINs, each at most once an hour.

    If all of them are recorded already, no transaction is opened.
    """
    if contact_ids and await _not_recorded(caller, contact_ids, action, services.clock.now()):
        await _record(caller, contact_ids, action, services)


@retry_on_conflict
async def _record(caller: StaffCaller, contact_ids: Collection[UUID], action: str, services: Services) -> None:
    async with unit_of_work(caller, services) as work:
        # The lock makes concurrent requests of one staff member record one view: the second waits and finds the first.
        await StaffMember.filter(id=caller.staff_member_id).select_for_update().get()
        fresh = await _not_recorded(caller, contact_ids, action, work.now)
        # By their ids alone: SQLite would read all contacts of a practice that the statement named.
        for contact in await Contact.filter(id__in=fresh).order_by("id"):
            if contact.organization_id == caller.organization_id:
                work.audit(action, contact)


@retry_on_conflict
async def _record_list(caller: StaffCaller, count: int, services: Services) -> None:
    async with unit_of_work(caller, services) as work:
        work.audit(LISTED, await Organization.get(id=caller.organization_id), count=count)


async def _not_recorded(caller: StaffCaller, contact_ids: Collection[UUID], action: str, now: datetime) -> list[UUID]:
    recorded = await AuditEvent.filter(
        organization_id=caller.organization_id,
        subject_id__in=list(contact_ids),
        action=action,
        actor_id=caller.staff_member_id,
        details=details_text(behalf(caller)),
        at__gt=now - VIEW_INTERVAL,
    )
    known = {event.subject_id for event in recorded}
    return [contact_id for contact_id in contact_ids if contact_id not in known]


def _keys(action: str, who: Hashable, contact_ids: Iterable[UUID]) -> list[Hashable]:
    return [(action, who, contact_id) for contact_id in contact_ids]
