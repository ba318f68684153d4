"""A page for trying the API by hand, outside production only: a plain GraphQL client without any privileged path.

In GraphiQL's place: that one loads from a public network or weighs megabytes (docs/decisions/0007).
"""

from importlib.resources import files

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

_TYPES = {
    "index.html": "text/html; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "console.css": "text/css; charset=utf-8",
}
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


async def _page(request: Request) -> Response:
    name = request.path_params.get("name") or "index.html"
    if name not in _TYPES:
        return PlainTextResponse("There is no such page.", status_code=404, headers=_HEADERS)
    content = files("api.console").joinpath(name).read_bytes()
    return Response(content, media_type=_TYPES[name], headers=_HEADERS)


ROUTES = [Route("/console/", _page), Route("/console/{name}", _page)]
