"""Whether the portal is alive, and whether it can do its work."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from tortoise.exceptions import BaseORMException

from runtime.database import schema_version_problem


async def healthz(request: Request) -> Response:
    """`GET /healthz`: the process answers."""
    return PlainTextResponse("ok")


async def readyz(request: Request) -> Response:
    """`GET /readyz`: 200 if the database answers and has the current schema, else 503 and which of them is amiss."""
    try:
        problem = await schema_version_problem()
    except (BaseORMException, OSError):
        return JSONResponse({"ready": False, "database": "unreachable"}, status_code=503)
    if problem:
        return JSONResponse({"ready": False, "database": problem}, status_code=503)
    return JSONResponse({"ready": True, "database": "ok"})
