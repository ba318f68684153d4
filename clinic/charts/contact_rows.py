"""The contact of a row, with its portal status, as lists show it. It is made once as long as nothing of it changes.

Fifty screens read the same day again and again. What a contact looks like follows from its columns, the rows of its
facts, and what the viewer may do and see. What is kept is compared with just these, so it is never out of date
(decision 0077).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from operator import itemgetter
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.database.rows import Row, on_postgres, reader_of
from clinic.portal_access.facts import FactRow, fact_rows, facts_of
from clinic.portal_access.status import PortalStatus, Viewer, portal_status, status_for_its_person
from clinic.values.callers import PatientCaller, Permission, StaffCaller

# As many as eighty screens show, each with another day. One takes about two kilobytes.
KEPT = 4_096
# Seconds. Nobody's data stays in memory much longer than screens show it.
KEPT_FOR = 300.0

# Before and after the end of any invitation.
_BEFORE, _AFTER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class ContactRow(NamedTuple):
    """A contact in a list, with its addresses and its portal status."""

    id: UUID
    kind: str
    given_name: str
    family_name: str
    sort_key: str
    date_of_birth: date | None
    language: str
    pin_encrypted: str
    version: int
    archived_at: datetime | None
    merged_into_id: UUID | None
    emails: tuple[str, ...]
    portal_status: PortalStatus

    def __repr__(self) -> str:
        # No log contains personal data.
        return object.__repr__(self)


_COLUMNS = ContactRow._fields[:-2]
CONTACT_COLUMNS = ", ".join(f"c.{column} AS contact_{column}" for column in _COLUMNS)
"""The columns that `contacts_with_status` reads."""


class _Sight(NamedTuple):
    """What of a staff member decides what they see at the icon."""

    may_act: bool
    may_see_other_records: bool
    zone: ZoneInfo


def viewer_of(caller: StaffCaller, now: datetime) -> Viewer:
    """What this staff member may see and do at the icon, and the language and time zone of its words."""
    return Viewer(*_sight_of(caller)[:2], now, ZoneInfo(caller.time_zone), caller.origin.language)


def _sight_of(caller: StaffCaller) -> _Sight:
    return _Sight(caller.may(Permission.WEB_PORTAL), caller.may(Permission.MANAGE_CONTACTS), ZoneInfo(caller.time_zone))


async def contacts_with_status(
    caller: StaffCaller | PatientCaller, rows: Sequence[Row], now: datetime
) -> list[ContactRow]:
    """The contact of each row, in the order of the rows. One statement."""
    if not rows:
        return []
    pick = _picker(tuple(rows[0].keys()))
    read = [pick(row) for row in rows]
    facts = await fact_rows(list({values[0]: None for values in read}))
    sight = _sight_of(caller) if isinstance(caller, StaffCaller) else None
    _forget_in_time()
    beside = _beside(facts.columns, sight, caller.origin.language, on_postgres())
    contacts = []
    for values in read:
        its = facts.of[values[0]]
        contact = _kept(values, its, beside, over=False)
        expires_at = contact.portal_status.invitation_expires_at
        contacts.append(contact if expires_at is None or now < expires_at else _kept(values, its, beside, over=True))
    return contacts


@cache
def _picker(columns: tuple[str, ...]) -> Callable[[Row], tuple[Any, ...]]:
    """Takes the contact's values from a row, as the driver answers them."""
    return itemgetter(*(columns.index(f"contact_{column}") for column in _COLUMNS))


@dataclass(frozen=True, eq=False)
class _Beside:
    """What else decides, the same for a whole page. Equal ones are one object, so that it is hashed by its place."""

    columns: tuple[str, ...]
    sight: _Sight | None
    language: str
    postgres: bool


_beside = lru_cache(maxsize=256)(_Beside)


# By the contact's id, what else decides, and whether the invitation is over: what was read, and what was made of it.
# Only the id is hashed: hashing all instants takes longer than comparing them.
_shown: dict[tuple[object, _Beside, bool], tuple[tuple[Any, ...], tuple[FactRow, ...], ContactRow]] = {}


def _kept(values: tuple[Any, ...], rows: tuple[FactRow, ...], beside: _Beside, *, over: bool) -> ContactRow:
    key = (values[0], beside, over)
    found = _shown.get(key)
    if found is not None and found[0] == values and found[1] == rows:
        return found[2]
    if len(_shown) >= KEPT:
        _shown.clear()
    made = _made(values, rows, beside, over=over)
    _shown[key] = (values, rows, made)
    return made


def _made(values: tuple[Any, ...], rows: tuple[FactRow, ...], beside: _Beside, *, over: bool) -> ContactRow:
    """The contact; `over`: its invitation has run out, if it has one. All that decides is a parameter."""
    facts = facts_of(beside.columns, rows)
    sight = beside.sight
    if sight is None:
        status = status_for_its_person(facts, beside.language)
    else:
        now = _AFTER if over else _BEFORE
        viewer = Viewer(sight.may_act, sight.may_see_other_records, now, sight.zone, beside.language)
        status = portal_status(facts, viewer)
    emails = tuple(address.address for address in facts.addresses)
    decoded = reader_of(ContactRow, _COLUMNS, without=("emails", "portal_status"), postgres=beside.postgres)(values)
    return ContactRow._make((*decoded, emails, status))


_kept_since = 0.0
_kept_beside: list[Callable[[], None]] = []


def forget_too(clear: Callable[[], None]) -> None:
    """Call `clear` whenever the contacts are forgotten."""
    _kept_beside.append(clear)


def _forget_in_time() -> None:
    if monotonic() - _kept_since > KEPT_FOR:
        forget()


def forget() -> None:
    """Make every contact anew from here on."""
    global _kept_since
    _shown.clear()
    for clear in _kept_beside:
        clear()
    _kept_since = monotonic()
