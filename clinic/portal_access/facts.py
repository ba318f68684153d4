"""Gathering what decides the icon, for any number of contacts in one statement."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from clinic.database.rows import Row, as_datetime, as_uuid, fetch, maybe_datetime, maybe_uuid, on_postgres
from clinic.portal_access.status import AccountFacts, AddressFacts, InvitationFacts, LetterState, StatusFacts

ACCOUNT_COLUMNS = (
    "a.id, a.email, a.email_normal, a.created_at, a.registered_at, a.email_verified_at, a.last_signed_in_at, "
    "a.disabled_at, a.disabled_reason"
)


# Where the account's columns begin in a row of `_facts_sql`.
_ACCOUNT_AT = 5


def _at_most_one(table: str, alias: str, condition: str, *, postgres: bool) -> str:
    """A left join that finds at most one row, by index, for each row before it.

    SQLite joins no other way. PostgreSQL is told by LATERAL and LIMIT: it would rather read a table of some
    thousand rows whole, for a page of a hundred contacts.
    """
    if postgres:
        return f"LEFT JOIN LATERAL (SELECT * FROM {table} {alias} WHERE {condition} LIMIT 1) {alias} ON TRUE"
    return f"LEFT JOIN {table} {alias} ON {condition}"


def _facts_sql(*, postgres: bool) -> str:
    account = "a.organization_id = e.organization_id AND a.email_normal = e.address_normal AND a.withdrawn_at IS NULL"
    invitation = (
        "i.id = (SELECT x.id FROM invitation x WHERE x.account_id = a.id ORDER BY x.created_at DESC, x.id LIMIT 1)"
    )
    letter = "t.id = (SELECT y.id FROM letter y WHERE y.invitation_id = i.id ORDER BY y.created_at DESC, y.id LIMIT 1)"
    return f"""
SELECT e.contact_id, e.position, e.address, e.address_normal,
  EXISTS (SELECT 1 FROM contact_email o WHERE o.organization_id = e.organization_id
          AND o.address_normal = e.address_normal AND o.contact_id <> e.contact_id),
  {ACCOUNT_COLUMNS}, l.contact_id,
  CAST(NULL AS TIMESTAMPTZ), CAST(NULL AS TIMESTAMPTZ), NULL, CAST(NULL AS TIMESTAMPTZ), NULL
FROM contact_email e
{_at_most_one("portal_account", "a", account, postgres=postgres)}
{_at_most_one("portal_link", "l", "l.account_id = a.id AND l.unlinked_at IS NULL", postgres=postgres)}
WHERE e.contact_id {{in_1}}
UNION ALL
SELECT l.contact_id, -1, NULL, NULL, NULL, {ACCOUNT_COLUMNS}, l.contact_id,
  i.expires_at, i.closed_at, t.status, COALESCE(t.sent_at, t.failed_at), t.failure
FROM portal_link l
{_at_most_one("portal_account", "a", "a.id = l.account_id", postgres=postgres)}
{_at_most_one("invitation", "i", invitation, postgres=postgres)}
{_at_most_one("letter", "t", letter, postgres=postgres)}
WHERE l.contact_id {{in_1}} AND l.unlinked_at IS NULL
ORDER BY 1, 2
"""


_FACTS = {postgres: _facts_sql(postgres=postgres) for postgres in (True, False)}

_LETTERS = {
    "QUEUED": LetterState.QUEUED,
    "SENT": LetterState.SENT,
    "BOUNCED": LetterState.BOUNCED,
    "FAILED": LetterState.FAILED,
}


async def status_facts(contact_ids: Sequence[UUID]) -> dict[UUID, StatusFacts]:
    """The facts of each contact, by id; a contact without address and link has empty facts. One statement."""
    if not contact_ids:
        return {}
    rows = await fetch(_FACTS[on_postgres()], list(contact_ids))
    by_contact: dict[UUID, list[Row]] = {}
    for row in rows:
        by_contact.setdefault(as_uuid(row[0]), []).append(row)
    return {contact_id: _facts(by_contact.get(contact_id, ())) for contact_id in contact_ids}


def _facts(rows: Iterable[Row]) -> StatusFacts:
    addresses: list[AddressFacts] = []
    own, invitation = None, None
    for row in rows:
        if row[1] == -1:
            own, invitation = account_at(row, _ACCOUNT_AT), _invitation(row)
        else:
            addresses.append(AddressFacts(row[2], row[3], account_at(row, _ACCOUNT_AT), bool(row[4])))
    return StatusFacts(tuple(addresses), own, invitation)


def account_at(row: Row, start: int) -> AccountFacts | None:
    """The account whose columns, and then its live link's contact, begin at this place of the row; None if NULL."""
    if row[start] is None:
        return None
    return AccountFacts(
        id=as_uuid(row[start]),
        email=row[start + 1],
        email_normal=row[start + 2],
        created_at=as_datetime(row[start + 3]),
        registered_at=maybe_datetime(row[start + 4]),
        email_verified_at=maybe_datetime(row[start + 5]),
        last_signed_in_at=maybe_datetime(row[start + 6]),
        disabled_at=maybe_datetime(row[start + 7]),
        disabled_reason=row[start + 8],
        linked_contact_id=maybe_uuid(row[start + 9]),
    )


def _invitation(row: Row) -> InvitationFacts | None:
    if row[15] is None:
        return None
    return InvitationFacts(
        expires_at=as_datetime(row[15]),
        open=row[16] is None,
        letter=_LETTERS.get(row[17], LetterState.NONE),
        letter_at=maybe_datetime(row[18]),
        letter_failure=row[19] or "",
    )
