"""A page for trying the API by hand, outside production only: a plain GraphQL client without any privileged path.

In GraphiQL's place: that one loads from a public network or weighs megabytes (docs/decisions/0007).
"""

from functools import cache
from importlib.resources import files

from starlette.routing import Route

from runtime.static_files import StaticPages, read_folder

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


@cache
def routes() -> list[Route]:
    """The console's addresses; its files are read when this is first called."""
    pages = StaticPages(read_folder(files("api.web.console")), _HEADERS)
    return [Route("/console/", pages.serve), Route("/console/{name}", pages.serve)]
