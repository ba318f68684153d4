"""Lists the second factors of persons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.database.rows import fetch_as
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


_FACTORS = """
SELECT id, COALESCE(staff_member_id, account_id) AS person_id, 'PASSKEY' AS kind, name, may_stand_alone, created_at,
  last_used_at
FROM passkey WHERE organization_id = $1 AND (staff_member_id {in_2} OR account_id {in_2})
UNION ALL
SELECT id, COALESCE(staff_member_id, account_id), 'TOTP', '', false, created_at, last_used_at
FROM totp WHERE organization_id = $1 AND (staff_member_id {in_2} OR account_id {in_2})
ORDER BY created_at, id
"""


async def factors_of(organization_id: UUID, person_ids: Sequence[UUID]) -> dict[UUID, list[FactorView]]:
    """The second factors of these staff members or accounts, the oldest first. One statement."""
    found: dict[UUID, list[FactorView]] = {key: [] for key in person_ids}
    for factor in await fetch_as(FactorView, _FACTORS, organization_id, list(person_ids)):
        found[factor.person_id].append(factor)
    return found
