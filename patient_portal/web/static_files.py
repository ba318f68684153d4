"""The portal's own files. Each address carries a digest of the file, so a browser may keep it for a year."""

import hashlib
from functools import cache
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parents[1] / "static"
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
KEPT_FOR_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}


async def serve_static(request: Request) -> Response:
    """`GET /static/{name}`: a file by its plain name; there are no folders to climb out of."""
    name = request.path_params["name"]
    if name not in _files():
        raise HTTPException(404)
    content = _files()[name]
    kept = KEPT_FOR_A_YEAR if request.query_params.get("v") == digest(content) else {}
    return Response(content, media_type=MEDIA_TYPES[Path(name).suffix], headers=kept)


def static_address(name: str) -> str:
    """Where a file of ours is served, with its digest."""
    return f"/static/{name}?v={digest(_files()[name])}"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


@cache
def _files() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.suffix in MEDIA_TYPES}
