"""Who sees a document: one rule in SQL for all lists, look-ups, previews and letters.

Product §4: *all authorized* means the client and all relatives who have portal access today; *chosen recipients* means
exactly the chosen people. A chosen relative also needs portal access: without it, or after it has ended, they see
nothing of the client (docs/decisions/0015-who-sees-a-document.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.database.rows import as_uuid, fetch, fetch_as, in_subquery
from clinic.organizations.models import Organization
from clinic.values.callers import PatientCaller

# Whether relationship {r} gives portal access on the day {day}. The last day is included.
HAS_ACCESS = "{r}.portal_access AND ({r}.ends_on IS NULL OR {r}.ends_on >= {day})"


@dataclass(frozen=True)
class Reader:
    """A signed-in person who reads documents: their contact, with a confirmed identity, and today's date there."""

    organization_id: UUID
    contact_id: UUID
    today: date


_READER = """
SELECT l.contact_id, o.time_zone FROM portal_link l JOIN organization o ON o.id = l.organization_id
WHERE l.account_id = $1 AND l.organization_id = $2 AND l.unlinked_at IS NULL AND l.identity_confirmed_at IS NOT NULL
"""


async def reader_of(caller: PatientCaller, now: datetime) -> Reader | None:
    """The caller as a reader of documents; None if they are linked to no contact or their identity is unconfirmed."""
    rows = await fetch(_READER, caller.account_id, caller.organization_id)
    if not rows:
        return None
    [row] = rows
    today = now.astimezone(ZoneInfo(row["time_zone"])).date()
    return Reader(caller.organization_id, as_uuid(row["contact_id"]), today)


async def today_at(organization_id: UUID, now: datetime) -> date:
    """Today's date in the practice's time zone."""
    organization = await Organization.get(id=organization_id).only("time_zone")
    return now.astimezone(ZoneInfo(organization.time_zone)).date()


def own_and_accessible_contacts(me: str, day: str) -> str:
    """SQL for the ids of contact `me` (a placeholder or a column) and of the clients to whom `me` has portal access."""
    return (
        f"SELECT o.id FROM contact o WHERE o.id = {me} UNION ALL SELECT v.client_id FROM relationship v "
        f"WHERE v.relative_id = {me} AND {HAS_ACCESS.format(r='v', day=day)}"
    )


def about_accessible_contacts(me: str, day: str) -> str:
    """The condition that document d is about contact `me`, or about a client to whom `me` has portal access."""
    return f"d.contact_id {in_subquery(own_and_accessible_contacts(me, day))}"


def shared_with(me: str) -> str:
    """The condition that document d, about somebody in `me`'s circle, is shared with `me` and not withdrawn.

    It looks up the recipients of each document, which is fast for few documents.
    """
    return _is_shared(f"EXISTS (SELECT 1 FROM document_recipient c WHERE c.document_id = d.id AND c.contact_id = {me})")


def visible_to(me: str, day: str) -> str:
    """The condition that contact `me` (a placeholder) can see document d on the day (a placeholder).

    It reads all documents for which `me` was chosen once, which is fast for many documents.
    """
    chosen = f"d.id IN (SELECT c.document_id FROM document_recipient c WHERE c.contact_id = {me})"
    return f"{about_accessible_contacts(me, day)} AND {_is_shared(chosen)}"


def _is_shared(chosen: str) -> str:
    return (
        f"d.withdrawn_at IS NULL AND (d.sharing = 'ALL_AUTHORIZED' OR (d.sharing = 'CHOSEN_RECIPIENTS' AND {chosen}))"
    )


@dataclass(frozen=True)
class Entitled:
    """A person who may see a document today. `account_id` is their registered, usable account, or None."""

    document_id: UUID
    contact_id: UUID
    account_id: UUID | None


# The client and the relatives with current access: all of them, or the chosen ones.
_ENTITLED = f"""
WITH circle AS (
  SELECT d.id AS document_id, d.sharing, d.contact_id AS contact_id FROM document d
  WHERE d.id {{in_1}} AND d.organization_id = $2 AND d.withdrawn_at IS NULL
  UNION
  SELECT d.id, d.sharing, r.relative_id FROM document d JOIN relationship r ON r.client_id = d.contact_id
  WHERE d.id {{in_1}} AND d.organization_id = $2 AND d.withdrawn_at IS NULL AND {HAS_ACCESS.format(r="r", day="$3")}
)
SELECT c.document_id, c.contact_id, a.id AS account_id FROM circle c
LEFT JOIN portal_link l ON l.contact_id = c.contact_id AND l.unlinked_at IS NULL
LEFT JOIN portal_account a ON a.id = l.account_id AND a.registered_at IS NOT NULL AND a.disabled_at IS NULL
  AND a.withdrawn_at IS NULL
WHERE c.sharing = 'ALL_AUTHORIZED' OR (c.sharing = 'CHOSEN_RECIPIENTS' AND EXISTS (
  SELECT 1 FROM document_recipient p WHERE p.document_id = c.document_id AND p.contact_id = c.contact_id))
ORDER BY c.document_id, c.contact_id
"""


async def entitled_to(organization_id: UUID, document_ids: Sequence[UUID], today: date) -> list[Entitled]:
    """All people who may see each of the documents today. One statement."""
    return await fetch_as(Entitled, _ENTITLED, list(document_ids), organization_id, today)


@dataclass(frozen=True)
class CircleMember:
    """The client or a relative. `has_access`: they may be chosen as a recipient. `has_account`: they can sign in now.

    `ends_on` is the last day of a relative's access, if it is known.
    """

    contact_id: UUID
    kind: str
    has_access: bool
    has_account: bool
    ends_on: date | None = None


_CIRCLE = f"""
SELECT m.contact_id, m.kind, m.has_access, a.id IS NOT NULL AS has_account, m.ends_on FROM (
  SELECT c.id AS contact_id, '' AS kind, TRUE AS has_access, NULL AS ends_on FROM contact c WHERE c.id = $1
  UNION ALL
  SELECT r.relative_id, r.kind, CASE WHEN {HAS_ACCESS.format(r="r", day="$3")} THEN TRUE ELSE FALSE END, r.ends_on
  FROM relationship r WHERE r.client_id = $1 AND r.organization_id = $2
) m
LEFT JOIN portal_link l ON l.contact_id = m.contact_id AND l.unlinked_at IS NULL
LEFT JOIN portal_account a ON a.id = l.account_id AND a.registered_at IS NOT NULL AND a.disabled_at IS NULL
  AND a.withdrawn_at IS NULL
ORDER BY m.kind, m.contact_id
"""


async def circle_of(organization_id: UUID, client_id: UUID, today: date) -> list[CircleMember]:
    """The client first, then all relatives, with or without portal access. One statement."""
    return await fetch_as(CircleMember, _CIRCLE, client_id, organization_id, today)
