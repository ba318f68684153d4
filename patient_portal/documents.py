"""The signed-in page: what was shared with the person."""

from starlette.responses import Response

from patient_portal.visit import Visit


async def documents(visit: Visit) -> Response:
    """`GET /{slug}/documents`: nothing has been shared yet; says so, and what comes next."""
    return visit.page("documents.html", welcome="welcome" in visit.request.query_params)
