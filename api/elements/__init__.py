"""`/elements/v1/`: the icon as an element for any page, and a gallery of its states.

The address names the interface's version, so that pages keep working when the file is mended. Whoever wants the same
bytes for ever takes the address that holds their hash (told in `Content-Location`), and an `integrity` with it.
"""

import hashlib
import re
from base64 import b64encode
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

ELEMENT = "portal-status.js"
_TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css"}
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
def _served() -> dict[str, bytes]:
    """Each file's bytes. Nothing but these names is ever looked for on the disk."""
    entries = files("api.elements").iterdir()
    return {entry.name: entry.read_bytes() for entry in entries if entry.name.rpartition(".")[2] in _TYPES}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:20]


@cache
def lasting_address() -> str:
    """Where the element's present bytes are for ever, as long as they are served at all."""
    return f"/elements/v1/portal-status.{_hash(_served()[ELEMENT])}.js"


@cache
def integrity() -> str:
    """What a page may demand of the element's bytes (W3C Subresource Integrity)."""
    return f"sha384-{b64encode(hashlib.sha384(_served()[ELEMENT]).digest()).decode()}"


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if f"/elements/v1/{name}" == lasting_address():
        headers = {**_FOR_ANY_PAGE, "Cache-Control": "public, max-age=31536000, immutable"}
        return Response(_served()[ELEMENT], media_type="text/javascript; charset=utf-8", headers=headers)
    if _OF_OTHER_BYTES.fullmatch(name):
        # The bytes of another release: who demands them by `integrity` gets nothing, any other page the present ones.
        headers = {**_FOR_ANY_PAGE, "Cache-Control": "no-store"}
        return RedirectResponse(f"/elements/v1/{ELEMENT}", status_code=307, headers=headers)
    if name not in _served():
        return PlainTextResponse("There is no such file.", status_code=404, headers=_FOR_THE_GALLERY)
    content = _served()[name]
    headers = {**(_FOR_ANY_PAGE if name == ELEMENT else _FOR_THE_GALLERY), "ETag": f'"{_hash(content)}"'}
    if name == ELEMENT:
        headers["Content-Location"] = lasting_address()
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=f"{_TYPES[name.rpartition('.')[2]]}; charset=utf-8", headers=headers)


ROUTES = [Route("/elements/v1/{name}", _file)]
