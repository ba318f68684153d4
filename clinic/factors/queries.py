"""Lists the second factors of persons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.database.rows import fetch_as
from clinic.factors.person import person_of
from clinic.staff.models import StaffMember
from clinic.values.callers import Caller, PatientCaller, Permission, StaffCaller
from clinic.values.factors import FactorKind


@dataclass(frozen=True)
class FactorView:
    """A second factor as it is listed. `name` is what the person called a passkey."""

    id: UUID
    person_id: UUID
    kind: FactorKind
    name: str
    may_stand_alone: bool
    created_at: datetime
    last_used_at: datetime | None


# Staff see those of staff, patients their own.
_FACTORS = """
SELECT id, COALESCE(staff_member_id, account_id) AS person_id, 'PASSKEY' AS kind, name, may_stand_alone, created_at,
  last_used_at
FROM passkey WHERE organization_id = $1 AND COALESCE(staff_member_id, account_id) {in_2}
UNION ALL
SELECT id, COALESCE(staff_member_id, account_id), 'TOTP', '', false, created_at, last_used_at
FROM totp WHERE organization_id = $1 AND COALESCE(staff_member_id, account_id) {in_2}
ORDER BY created_at, id
"""


async def visible_factors(caller: Caller | None, person_ids: Sequence[UUID]) -> dict[UUID, list[FactorView]]:
    """The second factors of these staff members or accounts, the oldest first, as far as the caller may see them.

    Everybody sees their own; who manages staff sees those of staff. At most two statements.
    """
    found: dict[UUID, list[FactorView]] = {key: [] for key in person_ids}
    if not isinstance(caller, StaffCaller | PatientCaller):
        return found
    if shown := await _shown_to(caller, person_ids):
        for factor in await fetch_as(FactorView, _FACTORS, caller.organization_id, shown):
            found[factor.person_id].append(factor)
    return found


async def _shown_to(caller: StaffCaller | PatientCaller, person_ids: Sequence[UUID]) -> list[UUID]:
    if isinstance(caller, StaffCaller) and caller.program_id:
        return []
    own = person_of(caller).id
    if isinstance(caller, StaffCaller) and caller.may(Permission.MANAGE_STAFF):
        members = StaffMember.filter(organization_id=caller.organization_id, id__in=list(person_ids))
        return [UUID(str(key)) for key in await members.values_list("id", flat=True)]
    return [key for key in person_ids if key == own]
