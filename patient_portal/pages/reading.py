"""Reading one document: its pages as pictures, each with its words, or the text as it was written; and the file.

Product §3.5. What is shown are the stored bytes, the sealed ones once everybody has signed. Nothing of them stays in a
browser (the edge says no-store), and each opening, print and download is in the audit before anything is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from clinic.documents.actions.read import Reading, record_reading
from clinic.documents.addresses import file_name
from clinic.documents.completions import completions_of
from clinic.documents.models import Document, SealLevel
from clinic.documents.queries import DocumentRow, author_of, documents_by_id, shelves_of
from clinic.documents.reader_lists import documents_for
from clinic.documents.rendered_pages import completed_of, original_of, page_image, page_texts
from clinic.documents.written import from_json
from clinic.values.errors import NotFound
from clinic.values.paging import PageRequest
from clinic.values.pdf_check import PAGE_WIDTHS
from clinic.values.ports import PdfRefused
from clinic.values.written_document import Block
from patient_portal.pages.document_access import OpenDocument, document_view, own_kind_in_words, signers_in_words
from patient_portal.pages.signing_progress import KINDS, SigningProgress
from patient_portal.web.dates import day_in_words
from patient_portal.web.language import N_
from patient_portal.web.visit import Visit

PAGES_ON_SCREEN = 10
# What a picture's address means without a width.
USUAL_WIDTH = PAGE_WIDTHS[1]

_NOTICES = {
    "changed": N_("You have not signed. What you were shown is not this document any more. Please read it once more."),
    "turn": N_("You have not signed. Somebody else has to sign before you."),
    "closed": N_("You have not signed. This document can’t be signed any more."),
    "asked": N_("You are not asked to sign this document."),
}


@dataclass(frozen=True)
class ShownPage:
    """A page of the file, counted from 1; `lines` are its words, none where the page is a picture."""

    number: int
    lines: Sequence[str]


@dataclass(frozen=True)
class Screen:
    """The pages that are on one screen. `before` and `after` are where the neighbouring screens begin; 0: nowhere."""

    pages: Sequence[ShownPage]
    total: int
    before: int
    after: int


@dataclass(frozen=True)
class NextDocument:
    """A document that waits for the reader's signature. `waiting` counts it and all others that wait."""

    row: DocumentRow
    waiting: int


async def document_page(visit: Visit, opened: OpenDocument) -> Response:
    """`GET /{slug}/documents/{id}`: the document, whose it is, and what is to be done; `from` is the first page."""
    await record_reading(visit.caller, opened.document.id, Reading.VIEWED, visit.services)
    asked = visit.request.query_params
    view = await document_view(visit, opened)
    # A replaced document is out of date. It is shown only on request.
    readable = view.signing.progress is not SigningProgress.REPLACED or "old" in asked
    return visit.page(
        "document.html",
        opened=opened,
        row=view.row,
        signing=view.signing,
        signers=signers_in_words(visit, view),
        own_kind=own_kind_in_words(visit, view),
        kind=visit.gettext(KINDS[view.row.kind]),
        author=await author_of(opened.document),
        timestamped=await _timestamped(opened.document),
        shared=_day(visit, view.row.shared_at or view.row.created_at),
        newer=await _newer(visit, opened.document),
        blocks=_blocks(opened.document) if readable else [],
        screen=await _screen(visit, opened) if readable else None,
        turned="from" in asked,
        widths=PAGE_WIDTHS,
        notice=next((visit.gettext(words) for name, words in _NOTICES.items() if name in asked), ""),
        just_signed="signed" in asked and view.signing.own_done,
        just_declined="declined" in asked and view.signing.own_declined,
        next=await _next(visit, opened) if asked.keys() & {"signed", "declined"} else None,
    )


async def _next(visit: Visit, opened: OpenDocument) -> NextDocument | None:
    """The next document that waits for the reader's signature, and how many there are; None if none waits."""
    waiting = sum(shelf.awaiting for shelf in await shelves_of(opened.reader))
    rows = (await documents_for(opened.reader, PageRequest(limit=1))).rows if waiting else ()
    return NextDocument(rows[0], waiting) if rows and rows[0].awaits_reader else None


async def page_picture(visit: Visit, opened: OpenDocument) -> Response:
    """`GET /{slug}/documents/{id}/pages/{number}`: the page as a PNG, `width` pixels wide."""
    number, width = visit.request.path_params["number"], visit.request.query_params.get("width", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 5):
        raise NotFound("page")
    wanted = next((each for each in PAGE_WIDTHS if str(each) == width), USUAL_WIDTH)
    # A request for a single picture opens the document too.
    await record_reading(visit.caller, opened.document.id, Reading.VIEWED, visit.services)
    picture = await page_image(opened.document, int(number), wanted, visit.services)
    return Response(picture, media_type="image/png")


async def download(visit: Visit, opened: OpenDocument) -> Response:
    """`GET /{slug}/documents/{id}/file`: the PDF, to keep; the sealed one once there is one."""
    return await _file(visit, opened, Reading.DOWNLOADED, "attachment")


async def print_out(visit: Visit, opened: OpenDocument) -> Response:
    """`GET /{slug}/documents/{id}/print`: the PDF, opened in the browser to be printed."""
    return await _file(visit, opened, Reading.PRINTED, "inline")


async def _file(visit: Visit, opened: OpenDocument, reading: Reading, disposition: str) -> Response:
    completed = bool(opened.document.completed_sha256)
    content = await (completed_of if completed else original_of)(opened.document, visit.services)
    await record_reading(visit.caller, opened.document.id, reading, visit.services)
    name = file_name(opened.document, completed=completed)
    return Response(
        content,
        media_type="application/pdf",
        headers={"Content-Disposition": f'{disposition}; filename="{name}"'},
    )


async def _screen(visit: Visit, opened: OpenDocument) -> Screen:
    try:
        texts = await page_texts(opened.document, visit.services)
    except PdfRefused:
        # The file was readable when it was uploaded. If the machine is too busy now, the pictures are still shown.
        texts = ("",) * opened.document.page_count
    asked = visit.request.query_params.get("from", "")
    first = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 5 else 1
    # Screens always begin at 1, 11, 21 …
    first = (min(max(first, 1), max(len(texts), 1)) - 1) // PAGES_ON_SCREEN * PAGES_ON_SCREEN + 1
    shown = enumerate(texts[first - 1 : first - 1 + PAGES_ON_SCREEN], start=first)
    following = first + PAGES_ON_SCREEN
    return Screen(
        pages=[ShownPage(number, _lines(text)) for number, text in shown],
        total=len(texts),
        before=max(first - PAGES_ON_SCREEN, 0),
        after=following if following <= len(texts) else 0,
    )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _blocks(document: Document) -> list[tuple[str, Block]]:
    """What staff wrote, each block with its kind's name."""
    if not document.text:
        return []
    return [(type(block).__name__.lower(), block) for block in from_json(document.text)]


async def _timestamped(document: Document) -> bool:
    """Whether the seal has a timestamp of an independent authority."""
    if not document.completed_sha256:
        return False
    completion = (await completions_of(document.organization_id, [document.id])).get(document.id)
    return completion is not None and completion.level is SealLevel.TIMESTAMPED


async def _newer(visit: Visit, document: Document) -> str:
    """The address of the document that replaced this one, if the person may read it."""
    newer = document.superseded_by_id
    if newer is None or not await documents_by_id(visit.caller, [newer], visit.services.clock.now()):
        return ""
    return visit.path(f"documents/{newer}")


def _day(visit: Visit, moment: datetime) -> str:
    return day_in_words(moment, visit.organization.time_zone, visit.language)
