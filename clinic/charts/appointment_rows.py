"""The appointment of a row, with its contact. It is made once as long as nothing of it changes.

As in `clinic.charts.contact_rows`: it is kept under all that decides it, and forgotten together with the contacts
(decision 0077).
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
    version: int
    contact: ContactRow


def appointments_with(rows: Sequence[Row], contacts: Sequence[ContactRow]) -> list[AppointmentRow]:
    """The appointment of each row, with the contact in the same place."""
    own = columns_of(AppointmentRow, rows, without=("contact",))
    return [_made(tuple(own(row)), contact) for row, contact in zip(rows, contacts, strict=True)]


# The contact's place in memory stands for the contact, which the row keeps there.
_kept: dict[tuple[int, tuple[Any, ...]], AppointmentRow] = {}
forget_too(_kept.clear)


def _made(values: tuple[Any, ...], contact: ContactRow) -> AppointmentRow:
    key = (id(contact), values)
    found = _kept.get(key)
    if found is None:
        if len(_kept) >= KEPT:
            _kept.clear()
        found = _kept[key] = AppointmentRow._make((*values, contact))
    return found
