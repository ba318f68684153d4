"""The staff screen at `/staff/`, with what it shares at `/shared/`: a plain client of the public API without any
privileged path.

Files as they are: no build, no framework. The policy lets the page run its own scripts and talk to its own server,
and nothing else; with trusted types, a string can't become markup at all.
"""

import json
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from clinic.values import limits
from runtime.static_files import StaticFile, StaticPages, read_folder

_HEADERS = {
    # Asked again at each load, and answered with a 304 unless a new version came.
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@cache
def routes() -> list[Route]:
    """The screen's addresses; its files are read when this is first called."""
    pages = StaticPages(read_folder(files("api.web.staff_screen")) | {"limits.js": _limits()}, _HEADERS)
    # What the screen shares with the icon, which carries its own copy (api/web/elements).
    shared = StaticPages(read_folder(files("api.web").joinpath("shared")), _HEADERS)
    return [
        Route("/staff", _door),
        Route("/staff/", pages.serve),
        Route("/staff/{name}", pages.serve),
        Route("/shared/{name}", shared.serve),
    ]


def _limits() -> StaticFile:
    """How long and how many, as the core says it, for the screen's forms."""
    said = {name: value for name, value in vars(limits).items() if name.isupper()}
    return StaticFile.of("limits.js", f"export const limits = {json.dumps(said)};\n".encode())


async def _door(request: Request) -> Response:
    return RedirectResponse("/staff/", status_code=308, headers=_HEADERS)
