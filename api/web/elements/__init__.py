"""`/elements/v1/`: the icon as an element for any page, and a gallery of its states.

The icon's parts are joined into one file when the server starts (docs/decisions/0019).
The address names the interface's version, so that pages keep working when the file is mended. A page that wants the
same bytes for ever takes the address that holds their hash (told in `Content-Location`), and an `integrity` with it.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from api.web.elements.joining import join_parts
from runtime.static_files import StaticFile, read_folder

ELEMENT = "portal-status.js"
_OF_OTHER_BYTES = re.compile(r"portal-status\.[0-9a-f]{20}\.js")
_HEADERS = {
    # Asked again at each load, and answered with a 304 unless a new version came.
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# A page of another origin imports it as a module. It holds nothing of anybody's, so anybody may.
_FOR_ANY_PAGE = {**_HEADERS, "Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
_FOR_THE_GALLERY = {
    **_HEADERS,
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@cache
def routes() -> list[Route]:
    """The element's addresses; its files are read when this is first called."""
    found = read_folder(files("api.web.elements"))
    del found[ELEMENT]
    element = StaticFile.of(ELEMENT, joined_element().encode())
    return [Route("/elements/v1/{name}", _Elements(element, gallery=found).serve)]


def joined_element() -> str:
    """The element's source with all its parts, in one text."""
    return join_parts(f"elements/{ELEMENT}", lambda path: files("api.web").joinpath(path).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class _Elements:
    element: StaticFile
    gallery: dict[str, StaticFile]

    async def serve(self, request: Request) -> Response:
        name = request.path_params["name"]
        # Where the element's present bytes are for ever, as long as they are served at all.
        lasting = f"portal-status.{self.element.digest[:20]}.js"
        if name == ELEMENT:
            headers = {**_FOR_ANY_PAGE, "Content-Location": f"/elements/v1/{lasting}"}
            return self.element.answer(request, headers)
        if name == lasting:
            headers = {**_FOR_ANY_PAGE, "Cache-Control": "public, max-age=31536000, immutable"}
            return self.element.answer(request, headers)
        if _OF_OTHER_BYTES.fullmatch(name):
            # The bytes of another release. A page that demands them by `integrity` gets nothing, any other page the
            # present ones.
            headers = {**_FOR_ANY_PAGE, "Cache-Control": "no-store"}
            return RedirectResponse(f"/elements/v1/{ELEMENT}", status_code=307, headers=headers)
        if name not in self.gallery:
            return PlainTextResponse("There is no such file.", status_code=404, headers=_FOR_THE_GALLERY)
        return self.gallery[name].answer(request, _FOR_THE_GALLERY)
