"""A plain page of help: what people ask most, and whom to call."""

from starlette.responses import Response

from patient_portal.web.visit import Visit


async def help_page(visit: Visit) -> Response:
    """`GET /{slug}/help`: for anybody, signed in or not."""
    return visit.page("help.html")
