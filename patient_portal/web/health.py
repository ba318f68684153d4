"""Whether the portal is alive, and whether it can do its work."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from runtime.readiness import readiness


async def healthz(request: Request) -> Response:
    """`GET /healthz`: the process answers."""
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    """`GET /readyz`: 200 if everything the portal depends on is there, else 503 and which of them is amiss."""
    ready, dependencies = await readiness(request.app.state.portal.services)
    return JSONResponse({"ready": ready, **dependencies}, status_code=200 if ready else 503)
