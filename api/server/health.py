"""Whether the API is alive, and whether it can do its work."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

# Whether all is there, and the state of each dependency by its name.
Readiness = Callable[[Request], Awaitable[tuple[bool, Mapping[str, str]]]]


async def healthz(request: Request) -> Response:
    """`GET /healthz`: the process answers."""
    return PlainTextResponse("ok")


def readyz(readiness: Readiness) -> Callable[[Request], Awaitable[Response]]:
    """`GET /readyz`: 200 if everything the API depends on is there, else 503 and which dependency fails."""

    async def answer(request: Request) -> Response:
        ready, dependencies = await readiness(request)
        return JSONResponse({"ready": ready, **dependencies}, status_code=200 if ready else 503)

    return answer
