"""The staff screen at `/staff/`: a plain client of the public GraphQL API, without any privileged path.

Files as they are: no build, no framework. The policy lets the page run its own scripts and talk to its own server,
and nothing else; with trusted types, a string can't become markup at all.
"""

import hashlib
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

_TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
_HEADERS = {
    # Asked again at each load, and answered with a 304 unless a new version came.
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@cache
def _served() -> dict[str, tuple[bytes, str]]:
    """Each file's bytes and its tag. Nothing but these names is ever looked for on the disk."""
    found = {}
    for entry in files("api.staff_screen").iterdir():
        if entry.name.rpartition(".")[2] in _TYPES:
            content = entry.read_bytes()
            found[entry.name] = (content, f'"{hashlib.sha256(content).hexdigest()[:20]}"')
    return found


async def _page(request: Request) -> Response:
    name = request.path_params.get("name") or "index.html"
    if name not in _served():
        return PlainTextResponse("There is no such page.", status_code=404, headers=_HEADERS)
    content, tag = _served()[name]
    headers = {**_HEADERS, "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=f"{_TYPES[name.rpartition('.')[2]]}; charset=utf-8", headers=headers)


async def _door(request: Request) -> Response:
    return RedirectResponse("/staff/", status_code=308, headers=_HEADERS)


ROUTES = [Route("/staff", _door), Route("/staff/", _page), Route("/staff/{name}", _page)]
