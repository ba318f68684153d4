"""An organization's own logo and colours, at addresses that carry their digest."""

from starlette.exceptions import HTTPException
from starlette.responses import Response

from clinic.organizations.queries import LogoUse, organization_logo
from patient_portal.web.static_files import CACHE_FOR_A_YEAR, digest
from patient_portal.web.theme import theme_css
from patient_portal.web.visit import Visit


async def logo(visit: Visit) -> Response:
    """`GET /{slug}/logo.png`: bytes we encoded ourselves."""
    return await _picture(visit, LogoUse.SCREEN)


async def icon(visit: Visit) -> Response:
    """`GET /{slug}/icon.png`: the logo, square and small, for the browser's tab."""
    return await _picture(visit, LogoUse.ICON)


async def _picture(visit: Visit, use: LogoUse) -> Response:
    png = await organization_logo(visit.organization.id, use) if visit.organization.logo_sha256 else None
    if png is None:
        raise HTTPException(404)
    return _kept(visit, png, "image/png", visit.organization.logo_sha256)


async def theme(visit: Visit) -> Response:
    """`GET /{slug}/theme.css`: the few custom properties that differ between organizations."""
    css = theme_css(visit.organization.brand_colour)
    return _kept(visit, css, "text/css", digest(css))


def _kept(visit: Visit, content: bytes, media_type: str, version: str | None) -> Response:
    kept = CACHE_FOR_A_YEAR if visit.request.query_params.get("v") == version else {}
    return Response(content, media_type=media_type, headers=kept)
