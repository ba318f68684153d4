"""`GET /files/{token}`: short-lived addresses of PDFs that the schema handed out. The token is the permission."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from clinic.portal_access.queries import sheet_to_draw
from clinic.ports import Services

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    # A PDF viewer needs nothing; nobody may frame it.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


async def file(request: Request) -> Response:
    """The PDF, drawn now; 404 for a token that is unknown, has run out, or whose printer lost the right."""
    services: Services = request.app.state.services
    sheet = await sheet_to_draw(request.path_params["token"], services)
    if sheet is None:
        return PlainTextResponse(
            "This address has run out. Print the instructions again.", status_code=404, headers=_HEADERS
        )
    pdf = await services.pdf.instruction_sheet(sheet)
    disposition = 'inline; filename="portal-instructions.pdf"'
    return Response(pdf, media_type="application/pdf", headers={**_HEADERS, "Content-Disposition": disposition})
