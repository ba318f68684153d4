"""Serves static files for both servers. Files are read when a server starts, and compressed when first asked for."""

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources.abc import Traversable

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

MEDIA_TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
# A quality value of 0 refuses a content coding (RFC 9110, 12.4.2).
_REFUSED = re.compile(r"\s*q\s*=\s*0(\.0*)?\s*")


@dataclass(frozen=True)
class StaticFile:
    """One file as it is sent."""

    content: bytes
    media_type: str
    digest: str

    @classmethod
    def of(cls, name: str, content: bytes) -> "StaticFile":
        return cls(
            content=content,
            media_type=f"{MEDIA_TYPES[_extension(name)]}; charset=utf-8",
            digest=hashlib.sha256(content).hexdigest(),
        )

    @cached_property
    def gzipped(self) -> bytes | None:
        """The file compressed, where that makes it smaller. There are 150 files, and a start waits for none of them."""
        compressed = gzip.compress(self.content, mtime=0)
        return compressed if len(compressed) < len(self.content) else None

    def answer(self, request: Request, headers: Mapping[str, str]) -> Response:
        """The file, or 304 if the browser has it. The compressed form has its own ETag, because a strong validator
        identifies one sequence of bytes (RFC 9110, 8.8.3.3)."""
        compressed = self.gzipped if _accepts_gzip(request.headers) else None
        tag = f'"{self.digest[:20]}-gzip"' if compressed else f'"{self.digest[:20]}"'
        sent = {**headers, "ETag": tag, "Vary": "Accept-Encoding"}
        if _has(request.headers, tag):
            return Response(status_code=304, headers=sent)
        if compressed:
            sent["Content-Encoding"] = "gzip"
        return Response(compressed or self.content, media_type=self.media_type, headers=sent)


def read_folder(folder: Traversable) -> dict[str, StaticFile]:
    """The folder's files of known types by name. Requests look names up here and never on the disk."""
    return {
        entry.name: StaticFile.of(entry.name, entry.read_bytes())
        for entry in folder.iterdir()
        if entry.is_file() and _extension(entry.name) in MEDIA_TYPES
    }


@dataclass(frozen=True)
class StaticPages:
    """Files served under one path with the same headers. A request without a name gets the index."""

    files: Mapping[str, StaticFile]
    headers: Mapping[str, str]
    index: str = "index.html"

    async def serve(self, request: Request) -> Response:
        name = request.path_params.get("name") or self.index
        if name not in self.files:
            return PlainTextResponse("There is no such page.", status_code=404, headers=self.headers)
        return self.files[name].answer(request, self.headers)


def _extension(name: str) -> str:
    return name.rpartition(".")[2]


def _accepts_gzip(headers: Headers) -> bool:
    accepted: dict[str, bool] = {}
    for part in ",".join(headers.getlist("accept-encoding")).lower().split(","):
        coding, _, quality = part.partition(";")
        accepted[coding.strip()] = not _REFUSED.fullmatch(quality)
    return accepted.get("gzip", accepted.get("*", False))


def _has(headers: Headers, tag: str) -> bool:
    known = [one.strip().removeprefix("W/") for one in ",".join(headers.getlist("if-none-match")).split(",")]
    return tag in known or "*" in known
