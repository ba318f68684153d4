"""The ways out of an address conflict, and the relatives through whom its person is reached already."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.charts.related import RelationshipRow
from clinic.documents.viewing import RecordViewer
from clinic.portal_access.status import ConflictRemedy
from clinic.values.callers import StaffCaller


class WaysOut(NamedTuple):
    """What can be done about a conflict. `through`: relationships of holders of the address who have access."""

    remedies: tuple[ConflictRemedy, ...] = ()
    through: tuple[RelationshipRow, ...] = ()


def ways_out(
    viewer: RecordViewer, contact_id: UUID, holder_id: UUID, relationships: Sequence[RelationshipRow]
) -> WaysOut:
    """The ways out for the contact whose address belongs to the account of `holder_id`; none for patients.

    A holder who is a relative and has portal access can't be given it a second time, so that way is left out.
    """
    if not isinstance(viewer.caller, StaffCaller):
        return WaysOut()
    today = viewer.now.astimezone(ZoneInfo(viewer.caller.time_zone)).date()
    through = tuple(
        each
        for each in relationships
        if (each.client_id, each.relative_id) == (contact_id, holder_id)
        and each.portal_access
        and (each.ends_on is None or each.ends_on >= today)
    )
    idle = {ConflictRemedy.GIVE_RELATIVE_ACCESS} if through else set()
    return WaysOut(tuple(each for each in ConflictRemedy if each not in idle), through)
