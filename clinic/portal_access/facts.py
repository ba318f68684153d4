"""Reads the facts that decide the icon, for any number of contacts in one statement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any, NamedTuple
from uuid import UUID

from clinic.database.rows import Row, columns_of, fetch, on_postgres, reader_of
from clinic.portal_access.status import AccountFacts, AddressFacts, InvitationFacts, LetterState, StatusFacts

# The columns that `account_reader` reads, except the last one: the contact to which the account is linked.
ACCOUNT_COLUMNS = (
    "a.id AS account_id, a.email AS account_email, a.email_normal AS account_email_normal, "
    "a.created_at AS account_created_at, a.registered_at AS account_registered_at, "
    "a.email_verified_at AS account_email_verified_at, a.last_signed_in_at AS account_last_signed_in_at, "
    "a.disabled_at AS account_disabled_at, a.disabled_reason AS account_disabled_reason"
)


# Instead of an address's position: this row describes the contact's live link.
_OF_LINK = -1


def _at_most_one(
    table: str, alias: str, columns: str, condition: str, *, postgres: bool, latest_by: str | None = None
) -> str:
    """A left join that finds at most one row, by index, for each row before it: the latest, if there may be several.

    SQLite always joins like this. PostgreSQL needs LATERAL and LIMIT for it; otherwise it reads a whole table of some
    thousand rows for a page of a hundred contacts.
    """
    order = f" ORDER BY {alias}.{latest_by} DESC, {alias}.id" if latest_by else ""
    if postgres:
        names = ", ".join(f"{alias}.{column}" for column in columns.split())
        found = f"SELECT {names} FROM {table} {alias} WHERE {condition}{order} LIMIT 1"
        return f"LEFT JOIN LATERAL ({found}) {alias} ON TRUE"
    if not latest_by:
        return f"LEFT JOIN {table} {alias} ON {condition}"
    latest = f"SELECT {alias}.id FROM {table} {alias} WHERE {condition}{order} LIMIT 1"
    return f"LEFT JOIN {table} {alias} ON {alias}.id = ({latest})"


_ACCOUNT = (
    "id email email_normal created_at registered_at email_verified_at last_signed_in_at disabled_at disabled_reason"
)


def _facts_sql(*, postgres: bool) -> str:
    join = partial(_at_most_one, postgres=postgres)
    by_address = (
        "a.organization_id = e.organization_id AND a.email_normal = e.address_normal AND a.withdrawn_at IS NULL"
    )
    of_link = "a.id = l.account_id AND a.organization_id = l.organization_id"
    live = "l.account_id = a.id AND l.organization_id = e.organization_id AND l.unlinked_at IS NULL"
    invitation = "i.account_id = l.account_id AND i.organization_id = l.organization_id"
    letter = "t.invitation_id = i.id AND {unindexed t.organization_id} = l.organization_id"
    return f"""
SELECT e.contact_id, e.position, e.address, e.address_normal,
  EXISTS (SELECT 1 FROM contact_email o WHERE o.organization_id = e.organization_id
          AND o.address_normal = e.address_normal AND o.contact_id <> e.contact_id) AS on_other_record,
  {ACCOUNT_COLUMNS}, l.contact_id AS account_linked_contact_id,
  CAST(NULL AS TIMESTAMPTZ) AS invitation_expires_at, CAST(NULL AS TIMESTAMPTZ) AS invitation_closed_at,
  NULL AS letter_status, CAST(NULL AS TIMESTAMPTZ) AS letter_at, NULL AS letter_failure
FROM contact_email e
{join("portal_account", "a", _ACCOUNT, by_address)}
{join("portal_link", "l", "contact_id", live)}
WHERE e.contact_id {{in_1}}
UNION ALL
SELECT l.contact_id, {_OF_LINK}, NULL, NULL, NULL, {ACCOUNT_COLUMNS}, l.contact_id,
  i.expires_at, i.closed_at, t.status, COALESCE(t.sent_at, t.failed_at), t.failure
FROM portal_link l
{join("portal_account", "a", _ACCOUNT, of_link)}
{join("invitation", "i", "id expires_at closed_at", invitation, latest_by="created_at")}
{join("letter", "t", "status sent_at failed_at failure", letter, latest_by="created_at")}
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


FactRow = tuple[Any, ...]


class FactRows(NamedTuple):
    """The rows of each contact's facts, as the driver answers them, by the id that was asked for."""

    columns: tuple[str, ...]
    of: dict[object, tuple[FactRow, ...]]


async def status_facts(contact_ids: Sequence[UUID]) -> dict[UUID, StatusFacts]:
    """The facts of each contact, by id. A contact without an address and a link has empty facts. One statement."""
    # SQLite stores ids as text, and the rows are found again by what the driver answers.
    keys = contact_ids if on_postgres() else [str(contact_id) for contact_id in contact_ids]
    found = await fact_rows(keys)
    return {
        contact_id: facts_of(found.columns, found.of[key]) for contact_id, key in zip(contact_ids, keys, strict=True)
    }


async def fact_rows(contact_ids: Sequence[object]) -> FactRows:
    """The rows of the facts of each contact, by id. One statement."""
    if not contact_ids:
        return FactRows((), {})
    rows = await fetch(_FACTS[on_postgres()], list(contact_ids))
    found: dict[object, list[FactRow]] = {contact_id: [] for contact_id in contact_ids}
    for row in rows:
        values = tuple(row)
        found[values[0]].append(values)
    columns = tuple(rows[0].keys()) if rows else ()
    return FactRows(columns, {contact_id: tuple(its) for contact_id, its in found.items()})


def facts_of(columns: tuple[str, ...], rows: Sequence[FactRow]) -> StatusFacts:
    """The facts of one contact, from its rows."""
    if not rows:
        return StatusFacts()
    address_row, account_of, invitation_of = _readers(columns, on_postgres())
    addresses = []
    own: tuple[AccountFacts | None, InvitationFacts | None] = (None, None)
    for row in rows:
        _, position, address, address_normal, on_other_record = address_row(row)
        if position == _OF_LINK:
            own = account_of(row), invitation_of(row)
        else:
            addresses.append(AddressFacts(address, address_normal, account_of(row), on_other_record))
    return StatusFacts(tuple(addresses), *own)


_Readers = tuple[
    Callable[[FactRow], Sequence[Any]],
    Callable[[FactRow], AccountFacts | None],
    Callable[[FactRow], InvitationFacts | None],
]


@cache
def _readers(columns: tuple[str, ...], postgres: bool) -> _Readers:
    return (
        reader_of(_AddressRow, columns, postgres=postgres),
        _account_reader(reader_of(AccountFacts, columns, postgres=postgres, prefix="account_")),
        _invitation_reader(reader_of(_Invitation, columns, postgres=postgres)),
    )


def account_reader(rows: Sequence[Row]) -> Callable[[Row], AccountFacts | None]:
    """A function that reads the account from a row's columns `account_…`, or None if they are NULL."""
    return _account_reader(columns_of(AccountFacts, rows, prefix="account_"))


def _account_reader(values_of: Callable[[Row], Sequence[Any]]) -> Callable[[Row], AccountFacts | None]:
    def account_of(row: Row) -> AccountFacts | None:
        values = values_of(row)
        return AccountFacts._make(values) if values[0] is not None else None

    return account_of


@dataclass(frozen=True)
class _AddressRow:
    """The contact of a row, and its address; if `position` is `_OF_LINK`, the row describes the live link."""

    contact_id: UUID
    position: int
    address: str
    address_normal: str
    on_other_record: bool


@dataclass(frozen=True)
class _Invitation:
    invitation_expires_at: datetime
    invitation_closed_at: datetime | None
    letter_status: str | None
    letter_at: datetime | None
    letter_failure: str | None


def _invitation_reader(values_of: Callable[[Row], Sequence[Any]]) -> Callable[[Row], InvitationFacts | None]:
    def invitation_of(row: Row) -> InvitationFacts | None:
        expires_at, closed_at, status, letter_at, failure = values_of(row)
        if expires_at is None:
            return None
        return InvitationFacts(
            expires_at=expires_at,
            open=closed_at is None,
            letter=_LETTERS.get(status, LetterState.NONE),
            letter_at=letter_at,
            letter_failure=failure or "",
        )

    return invitation_of
