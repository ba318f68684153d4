"""Whether the portal is alive, and whether it can serve."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from runtime.readiness import readiness


async def healthz(request: Request) -> Response:
    """`GET /healthz`: the process answers."""
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    """`GET /readyz`: 200 if the portal can serve, else 503. The body names what fails and what is degraded."""
    found = await readiness(request.app.state.portal.services)
    return JSONResponse(found.body, status_code=200 if found.ready else 503)
