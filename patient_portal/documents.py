"""The signed-in page: what was shared with the person."""

from starlette.responses import Response

from patient_portal.language import N_
from patient_portal.visit import Visit

_NOTICES = {
    "connected": N_("Your records are connected."),
    "changed": N_("Your new password is set. All other devices were signed out."),
}


async def documents(visit: Visit) -> Response:
    """`GET /{slug}/documents`: nothing has been shared yet; says so, and what comes next."""
    asked = visit.request.query_params
    notice = next((visit.gettext(words) for name, words in _NOTICES.items() if name in asked), "")
    linked = visit.own is not None and visit.own.linked
    return visit.page("documents.html", welcome="welcome" in asked, notice=notice, linked=linked)
