"""The list of documents shared with the person: first those that need their signature, then the newest."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from starlette.responses import Response

from clinic.documents.queries import DocumentRow, Shelf, shelves_of, signatures_of, sort_key
from clinic.documents.reader_lists import documents_for
from clinic.documents.visibility import reader_of
from clinic.values.paging import Page, PageRequest, SortKey
from patient_portal.pages.signing_progress import KINDS, SigningView, signing_of
from patient_portal.web.dates import day_in_words
from patient_portal.web.language import N_
from patient_portal.web.visit import Visit

PAGE_SIZE = 20

_NOTICES = {
    "connected": N_("Your records are connected."),
    "changed": N_("Your new password is set. All other devices were signed out."),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARK = re.compile(r"([01])-([0-9]{1,17})-([0-9a-f]{32})")


@dataclass(frozen=True)
class Line:
    """A document as the list shows it. `shared` is the day in words; `own`: it is about the reader."""

    row: DocumentRow
    kind: str
    signing: SigningView
    own: bool
    shared: str


async def documents(visit: Visit) -> Response:
    """`GET /{slug}/documents`: a page of the list. `of` narrows it to one person, `after` and `before` turn pages."""
    asked = visit.request.query_params
    notice = next((visit.gettext(words) for name, words in _NOTICES.items() if name in asked), "")
    reader = await reader_of(visit.caller, visit.services.clock.now())
    if reader is None:
        return visit.page("documents.html", welcome="welcome" in asked, notice=notice, linked=False)
    shelves = await shelves_of(reader)
    chosen = next((shelf for shelf in shelves if shelf.contact_id.hex == asked.get("of")), None)
    page = await documents_for(reader, _request(visit), of_contact=chosen.contact_id if chosen else None)
    signatures = await signatures_of(reader.organization_id, [row.id for row in page.rows])
    newer, older = _neighbours(page, chosen)
    lines = [
        Line(
            row=row,
            kind=visit.gettext(KINDS[row.kind]),
            signing=signing_of(row, signatures[row.id], reader.contact_id),
            own=row.contact_id == reader.contact_id,
            shared=_day(visit, row.shared_at or row.created_at),
        )
        for row in page.rows
    ]
    return visit.page(
        "documents.html",
        welcome="welcome" in asked,
        notice=notice,
        linked=True,
        shelves=shelves,
        chosen=chosen,
        to_sign=[line for line in lines if line.row.awaits_reader],
        others=[line for line in lines if not line.row.awaits_reader],
        awaiting=_awaiting(shelves, chosen),
        first="after" not in asked and "before" not in asked,
        newer=newer,
        older=older,
    )


def _awaiting(shelves: Sequence[Shelf], chosen: Shelf | None) -> int:
    return sum(shelf.awaiting for shelf in shelves if chosen in (None, shelf))


def _request(visit: Visit) -> PageRequest:
    asked = visit.request.query_params
    before = _key(asked.get("before", ""))
    if before:
        return PageRequest(PAGE_SIZE, before=before, backwards=True)
    return PageRequest(PAGE_SIZE, after=_key(asked.get("after", "")))


def _neighbours(page: Page[DocumentRow], chosen: Shelf | None) -> tuple[str, str]:
    """The query strings of the pages on either side; empty where there is none."""
    narrowed = f"of={chosen.contact_id.hex}&" if chosen else ""
    newer = f"?{narrowed}before={_mark(page.rows[0])}" if page.has_previous and page.rows else ""
    older = f"?{narrowed}after={_mark(page.rows[-1])}" if page.has_next and page.rows else ""
    return newer, older


def _mark(row: DocumentRow) -> str:
    """A row's position in the list, for an address. It says nothing about the document's content."""
    awaits, shared, row_id = sort_key(row)
    return f"{awaits}-{(shared - _EPOCH) // timedelta(microseconds=1)}-{row_id.hex}"


def _key(mark: str) -> SortKey | None:
    """The position that an address names; None if it names none, so that the list starts at the first page."""
    found = _MARK.fullmatch(mark)
    if found is None:
        return None
    return int(found[1]), _EPOCH + timedelta(microseconds=int(found[2])), UUID(found[3])


def _day(visit: Visit, moment: datetime) -> str:
    return day_in_words(moment, visit.organization.time_zone, visit.language)
