"""Who has viewed or changed the person's record: the audit events in plain words."""

from collections.abc import Mapping

from starlette.responses import Response

from clinic.charts.history import AccessEntry, access_history
from clinic.values.paging import Page, PageRequest
from patient_portal.web.dates import moment_in_words
from patient_portal.web.language import N_
from patient_portal.web.visit import Visit

# What each of the audit's codes means to the person it is about.
WORDS: Mapping[str, str] = {
    "contact.created": N_("Put your record into the system"),
    "contact.updated": N_("Changed your record"),
    "contact.viewed": N_("Opened your record"),
    "portal_instructions.printed": N_("Printed your instructions with your PIN"),
    "portal_pin.read": N_("Looked at your PIN"),
    "portal_pin.renewed": N_("Gave your record a new PIN"),
    "document.created": N_("Added a document to your record"),
    "document.shared": N_("Shared a document"),
    "document.unshared": N_("Stopped sharing a document"),
    "document.withdrawn": N_("Took a document back"),
    "document.superseded": N_("Replaced a document by a new one"),
    "document.moved": N_("Moved a document when two records of yours became one"),
    "document.viewed": N_("Opened a document"),
    "document.printed": N_("Printed a document"),
    "document.downloaded": N_("Downloaded a document"),
    "document.reminded": N_("Sent a reminder to sign"),
    "document.signed": N_("Signed a document"),
    "document.declined": N_("Declined to sign a document"),
    "document.completed": N_("Sealed a document that everybody had signed"),
    "document.timestamped": N_("Added an independent time to a document’s seal"),
}
ANYTHING_ELSE = N_("Worked on your record")
_MAX_POSITION = 2**62


async def record_history(visit: Visit) -> Response:
    """`GET /{slug}/account/record`: newest first, in pages. Only for the record's own person."""
    contact_id = visit.own.contact_id if visit.own else None
    page = Page[AccessEntry]((), has_next=False, has_previous=False)
    if contact_id is not None:
        page = await access_history(visit.organization.id, contact_id, PageRequest(after=_after(visit)))
    rows = [
        {
            "what": visit.gettext(WORDS.get(look.action, ANYTHING_ELSE)),
            "document": look.document,
            "who": look.who or visit.organization.name,
            "when": moment_in_words(look.at, visit.organization.time_zone, visit.language),
        }
        for look in page.rows
    ]
    older = page.rows[-1].sequence if page.has_next else None
    return visit.page("record_history.html", rows=rows, older=older, linked=contact_id is not None)


def _after(visit: Visit) -> tuple[int] | None:
    text = visit.request.query_params.get("after", "")
    return (min(int(text), _MAX_POSITION),) if text.isascii() and text.isdecimal() and len(text) < 20 else None
