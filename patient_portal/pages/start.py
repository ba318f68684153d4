"""`/`, the address without a practice: where to go. It names practices only where that tells nobody anything new."""

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from clinic.organizations.queries import first_organizations
from patient_portal.web.nobodys_pages import page_without_practice
from patient_portal.web.visit import Portal

# Outside production only, where practices are made up.
_MOST_LISTED = 20


async def start(request: Request) -> Response:
    """`GET /`: to the only practice; else a page that says how to find one's own. JSON for programs."""
    portal: Portal = request.app.state.portal
    found = await first_organizations(2 if portal.in_production else _MOST_LISTED)
    known = found if len(found) == 1 or not portal.in_production else []
    accepted = request.headers.get("accept", "")
    if "application/json" in accepted and "text/html" not in accepted:
        links = {"verify": f"{portal.origin}/verify"}
        return JSONResponse(links | {"portals": [f"{portal.origin}/{each.slug}/" for each in known]})
    if len(found) == 1:
        return RedirectResponse(f"/{found[0].slug}/", status_code=303, headers={"Cache-Control": "no-store"})
    return page_without_practice(request, portal.cookies, "start.html", practices=known)
