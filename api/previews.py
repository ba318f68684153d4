"""`GET /previews/{token}`: a letter or a sheet before it is sent or saved. The token is the permission."""

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from api.requests.origin import origin_of
from clinic.letters.invitation_preview import preview_invitation
from clinic.letters.preview import on_ground, preview_letter, preview_settings, preview_sheet
from clinic.letters.preview_addresses import PreviewKind, PreviewRequest, preview_at
from clinic.values.callers import StaffCaller
from clinic.values.errors import ClinicError
from clinic.values.ports import PdfRefused, Services

_IMAGE_WIDTH = 800
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    # A letter has styles in its elements and its logo inside. It runs nothing, opens nothing, and only we frame it.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'self'; sandbox"
    ),
}


async def preview(request: Request) -> Response:
    """The letter as HTML, or the sheet as PNG or PDF; 404 for an address that has ended."""
    services: Services = request.app.state.services
    found = await preview_at(request.path_params["token"], origin_of(request), services)
    if found is None:
        return _gone()
    try:
        return await _shown(*found, services)
    except ClinicError:  # The logo or the facility is gone since the address was made.
        return _gone()


async def _shown(caller: StaffCaller, wanted: PreviewRequest, services: Services) -> Response:
    if wanted.kind is PreviewKind.LETTER:
        letter = await preview_letter(
            caller,
            wanted.changes,
            services,
            language=wanted.language,
            sender=wanted.sender,
            facility_id=wanted.facility_id,
        )
        return HTMLResponse(on_ground(letter.html, dark=wanted.dark), headers=_HEADERS)
    if wanted.kind is PreviewKind.INVITATION:
        letter = await preview_invitation(caller, wanted.contact_id, wanted.sender, services)
        return HTMLResponse(on_ground(letter.html, dark=wanted.dark), headers=_HEADERS)
    if wanted.kind is PreviewKind.LOGO:
        logo = (await preview_settings(caller, wanted.changes, services)).screen_png
        return Response(logo, media_type="image/png", headers=_HEADERS) if logo else _gone()
    sheet = await preview_sheet(caller, wanted.changes, services, language=wanted.language, paper=wanted.paper)
    pdf = await services.pdf.instruction_sheet(sheet)
    if wanted.kind is PreviewKind.SHEET_PDF:
        headers = {**_HEADERS, "Content-Disposition": 'inline; filename="preview.pdf"'}
        return Response(pdf, media_type="application/pdf", headers=headers)
    try:
        image = await services.reader.page_image(pdf, 1, _IMAGE_WIDTH)
    except PdfRefused:  # Only on a machine that is too busy for a sheet of our own.
        return PlainTextResponse("The picture can't be made now. Try again in a while.", 503, headers=_HEADERS)
    return Response(image, media_type="image/png", headers=_HEADERS)


def _gone() -> Response:
    return PlainTextResponse("This preview has ended. Change something, and it is made again.", 404, headers=_HEADERS)
