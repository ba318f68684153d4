"""The portal's own files. Each address carries a digest of the file, so a browser may keep it for a year."""

import hashlib
from functools import cache
from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from runtime.static_files import StaticFile, read_folder

CACHE_FOR_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}


async def serve_static(request: Request) -> Response:
    """`GET /static/{name}`: a file by its plain name; there are no folders to climb out of."""
    found = static_files().get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    kept = CACHE_FOR_A_YEAR if request.query_params.get("v") == digest(found.content) else {}
    return found.answer(request, kept)


@cache
def static_address(name: str) -> str:
    """Where a file of ours is served, with its digest."""
    return f"/static/{name}?v={digest(static_files()[name].content)}"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


@cache
def static_files() -> dict[str, StaticFile]:
    """Every file of the portal's, by name; read when a server starts."""
    return read_folder(files("patient_portal").joinpath("static"))
