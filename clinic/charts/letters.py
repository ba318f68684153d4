"""The list of letters that staff read: to whom each one went, how far it got, and why it failed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from clinic.charts.conditions import Where, keyset
from clinic.database.rows import fetch_as, fetch_number, in_subquery
from clinic.mail.models import LetterKind, LetterStatus
from clinic.values.callers import Permission, StaffCaller
from clinic.values.paging import Page, PageRequest


@dataclass(frozen=True)
class LetterRow:
    """One letter. `contact_id` is the record it is about: of an account, the record that was linked when it was queued.

    `failure` is what the mail server answered; it contains no address.
    """

    id: UUID
    kind: LetterKind
    to_address: str
    status: LetterStatus
    created_at: datetime
    next_attempt_at: datetime
    attempts: int
    sent_at: datetime | None
    failed_at: datetime | None
    failure: str
    contact_id: UUID | None


@dataclass(frozen=True)
class LetterFilter:
    """Which letters: all that the caller may see, those about one contact, or those in some states. None: in any."""

    contact_id: UUID | None = None
    statuses: Collection[LetterStatus] | None = None


# Letters about a colleague's own account are for those who manage staff; all others are about contacts.
_ABOUT_STAFF = frozenset(kind for kind in LetterKind if kind.value.startswith("staff_")) - {
    LetterKind.STAFF_DOCUMENT_SIGNED,
    LetterKind.STAFF_DOCUMENT_DECLINED,
}
_ABOUT_CONTACTS = frozenset(LetterKind) - _ABOUT_STAFF

_LETTERS = """
SELECT l.id, l.kind, l.to_address, l.status, l.created_at, l.next_attempt_at, l.attempts, l.sent_at, l.failed_at,
  l.failure, COALESCE(
    (SELECT i.contact_id FROM invitation i WHERE i.id = l.invitation_id AND i.organization_id = $1),
    (SELECT k.contact_id FROM portal_link k WHERE k.organization_id = $1 AND k.linked_at <= l.created_at
      AND k.account_id = COALESCE(l.account_id, (SELECT t.account_id FROM account_token t
        WHERE t.id = l.account_token_id AND t.organization_id = $1)) ORDER BY k.linked_at DESC LIMIT 1),
    (SELECT d.contact_id FROM document d WHERE d.id = l.document_id AND d.organization_id = $1)) AS contact_id
FROM letter l WHERE l.organization_id = $1 AND l.kind {text_in_2}
"""
# Where a contact's letters are found by index; the contact of each letter is compared after that.
_OF_CONTACT = {
    "l.invitation_id": "SELECT id FROM invitation WHERE organization_id = $1 AND contact_id = $3",
    "l.account_id": "SELECT account_id FROM portal_link WHERE organization_id = $1 AND contact_id = $3",
    "l.account_token_id": "SELECT t.id FROM account_token t JOIN portal_link k ON k.account_id = t.account_id "
    "WHERE t.organization_id = $1 AND k.organization_id = $1 AND k.contact_id = $3",
    "l.document_id": "SELECT id FROM document WHERE organization_id = $1 AND contact_id = $3",
}


async def letter_page(caller: StaffCaller, about: LetterFilter, request: PageRequest) -> Page[LetterRow]:
    """A page of letters, newest first; needs WEB_PORTAL, and MANAGE_STAFF for those about colleagues' accounts.

    One statement. Raises `NotPermitted`.
    """
    letters, where = _chosen(caller, about)
    order = keyset(where, "created_at", "id", request, newest_first=True)
    sql = f"SELECT * FROM {letters} WHERE {where} ORDER BY {order} LIMIT {where.value(request.fetch)}"  # noqa: S608 - our own words
    return Page.of(await fetch_as(LetterRow, sql, *where.values), request)


async def count_letters(caller: StaffCaller, about: LetterFilter) -> int:
    """How many letters the whole list has. Raises as `letter_page` does."""
    letters, where = _chosen(caller, about)
    sql = f"SELECT count(*) AS number FROM {letters} WHERE {where}"  # noqa: S608 - our own words
    return await fetch_number(sql, *where.values)


def _chosen(caller: StaffCaller, about: LetterFilter) -> tuple[str, Where]:
    """The letters as a table, and what else must hold for its rows."""
    caller.require(Permission.WEB_PORTAL)
    kinds = frozenset(LetterKind) if caller.may(Permission.MANAGE_STAFF) else _ABOUT_CONTACTS
    letters, where = _LETTERS, Where(caller.organization_id, sorted(kind.value for kind in kinds))
    if about.contact_id is not None:
        where.add(f"contact_id = {where.value(about.contact_id)}")
        ways = " OR ".join(f"{column} {in_subquery(select)}" for column, select in _OF_CONTACT.items())
        letters += f" AND ({ways})"
    if about.statuses is not None:
        where.value(sorted(status.value for status in about.statuses))
        letters += f" AND l.status {{text_in_{len(where.values)}}}"
    return f"({letters}) letters", where
