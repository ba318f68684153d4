"""Whether the API is alive, and whether it can serve."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

# Whether it can serve, and the body that says so.
Readiness = Callable[[Request], Awaitable[tuple[bool, Mapping[str, object]]]]


async def healthz(request: Request) -> Response:
    """`GET /healthz`: the process answers."""
    return PlainTextResponse("ok")


def readyz(readiness: Readiness) -> Callable[[Request], Awaitable[Response]]:
    """`GET /readyz`: 200 if the API can serve, else 503. The body names what fails and what is degraded."""

    async def answer(request: Request) -> Response:
        ready, body = await readiness(request)
        return JSONResponse(dict(body), status_code=200 if ready else 503)

    return answer
