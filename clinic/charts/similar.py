"""Finds people on record who may be the person whom staff are about to add."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from clinic.database.rows import fetch_as, in_subquery
from clinic.values.callers import Permission, StaffCaller
from clinic.values.limits import MOST_EMAILS, MOST_SIMILAR
from clinic.values.text import normal_email_or_none, search_key


@dataclass(frozen=True)
class SimilarContact:
    """A contact with the same name and date of birth, or with one of the same addresses, or both."""

    id: UUID
    same_name_and_birthday: bool
    same_address: bool


# Names count as the same in either order: which of two names is the family name, staff decide.
_SIMILAR = """
WITH person (id) AS (
  SELECT id FROM contact WHERE organization_id = $1 AND date_of_birth = $2
  AND ((given_key = $3 AND family_key = $4) OR (given_key = $4 AND family_key = $3))
), address (id) AS (
  SELECT contact_id FROM contact_email WHERE organization_id = $1 AND address_normal {text_in_5}
)
SELECT c.id, c.id IN (SELECT id FROM person) AS same_name_and_birthday,
  c.id IN (SELECT id FROM address) AS same_address
FROM contact c WHERE {unindexed c.organization_id} = $1 AND c.id {both} AND c.merged_into_id IS NULL
ORDER BY c.id NOT IN (SELECT id FROM person), c.archived_at IS NOT NULL, c.sort_key, c.id LIMIT $6
"""


async def similar_contacts(
    caller: StaffCaller, given_name: str, family_name: str, date_of_birth: date | None, emails: Sequence[str]
) -> list[SimilarContact]:
    """The contacts that may be this person, archived ones too; those with the same name and birthday come first.

    Needs VIEW_CONTACTS. Nobody is found by a name without a date of birth: too many people share a name. What can't be
    an address is left out. At most `MOST_SIMILAR`, one statement.
    """
    caller.require(Permission.VIEW_CONTACTS)
    addresses = [normal for email in emails[:MOST_EMAILS] if (normal := normal_email_or_none(email))]
    given, family = search_key(given_name)[:400], search_key(family_name)[:400]
    sql = _SIMILAR.replace("{both}", in_subquery("SELECT id FROM person UNION SELECT id FROM address"))
    return await fetch_as(
        SimilarContact, sql, caller.organization_id, date_of_birth, given, family, addresses, MOST_SIMILAR
    )
