"""The appointment of a row, with its contact. It is made once as long as nothing of it changes.

As in `clinic.charts.contact_rows`: what is kept is compared with all that decides it, and forgotten together with the
contacts (decision 0077).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from clinic.charts.contact_rows import KEPT, ContactRow, forget_too
from clinic.database.rows import Row, columns_of


class AppointmentRow(NamedTuple):
    """An appointment in the calendar. Instants are in UTC."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    facility_id: UUID | None
    facility_name: str | None
    staff_member_id: UUID | None
    cancelled_at: datetime | None
    source_status: str | None
    version: int
    contact: ContactRow


def appointments_with(rows: Sequence[Row], contacts: Sequence[ContactRow]) -> list[AppointmentRow]:
    """The appointment of each row, with the contact in the same place."""
    own = columns_of(AppointmentRow, rows, without=("contact",))
    return [_kept(tuple(own(row)), contact) for row, contact in zip(rows, contacts, strict=True)]


# By its id and the contact's place in memory, for each reader's language and rights.
_shown: dict[tuple[object, int], tuple[tuple[Any, ...], AppointmentRow]] = {}
forget_too(_shown.clear)


def _kept(values: tuple[Any, ...], contact: ContactRow) -> AppointmentRow:
    key = (values[0], id(contact))
    found = _shown.get(key)
    if found is not None and found[1].contact is contact and found[0] == values:
        return found[1]
    if len(_shown) >= KEPT:
        _shown.clear()
    made = AppointmentRow._make((*values, contact))
    _shown[key] = (values, made)
    return made
