"""The demo's mail catcher: takes every letter over SMTP, keeps it as a file, and shows it on a page.

For the demo and for tests. Letters are untrusted input: no page runs scripts or loads resources from a letter.
"""

import asyncio
import re
from itertools import count
from pathlib import Path
from time import time_ns

from aiosmtpd.smtp import SMTP, Envelope, Session
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from dev.mail_catcher.caught_letter import CaughtLetter, html_with_inline_images, linked_text, read_letter, read_summary

MAX_LETTERS = 500
"""Older letters are deleted."""

MAX_LETTER_BYTES = 5_000_000

LOCAL_HOSTS = ("127.0.0.1", "localhost")
"""Other host names are refused, so that no web site can read the pages through DNS rebinding."""

_NAME = re.compile(r"[0-9]{20}-[0-9]{6}")
_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'"
_LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


class MailCatcher:
    """Keeps letters in `folder` (made if missing) over restarts. `app` is the Starlette app that shows them.

    `start` listens on `host`; port 0 takes a free one. `smtp_port` tells which. A port already taken raises OSError.
    """

    def __init__(self, folder: Path, *, hosts: tuple[str, ...] = LOCAL_HOSTS, max_letters: int = MAX_LETTERS) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._max_letters = max_letters
        self._numbers = count()
        self._server: asyncio.Server | None = None
        self.smtp_port = 0
        self.app = _pages(self, hosts, max_letters)

    async def start(self, host: str = "127.0.0.1", port: int = 1025) -> None:
        """Accept letters in the running event loop until `stop`."""
        loop = asyncio.get_running_loop()
        # Set explicitly, because not every event loop accepts a port with connections in TIME_WAIT by default.
        self._server = await loop.create_server(self._protocol, host, port, reuse_address=True)
        self.smtp_port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Accept no more letters. Stored letters stay on disk."""
        if self._server is not None:
            # No `wait_closed`: since Python 3.12 it waits for all clients, and one may stay connected for ever.
            self._server.close()
            self._server = None

    async def __aenter__(self) -> "MailCatcher":
        await self.start(port=0)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.stop()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's)
        """Answer 250 only after the letter is on disk."""
        content = envelope.content
        await asyncio.to_thread(self._keep, content if isinstance(content, bytes) else str(content or "").encode())
        return "250 2.0.0 Kept"

    def names(self) -> list[str]:
        """The names of the stored letters, newest first."""
        return sorted((path.stem for path in self._folder.glob("*.eml") if _NAME.fullmatch(path.stem)), reverse=True)

    def source(self, name: str) -> bytes | None:
        """A letter's original bytes, or None if there is no such letter."""
        if not _NAME.fullmatch(name):
            return None
        try:
            return (self._folder / f"{name}.eml").read_bytes()
        except FileNotFoundError:
            return None

    def summaries(self) -> list[CaughtLetter]:
        """Every letter's headers, newest first."""
        found = ((name, self.source(name)) for name in self.names())
        return [read_summary(name, source) for name, source in found if source is not None]

    def _protocol(self) -> SMTP:
        return SMTP(
            self, data_size_limit=MAX_LETTER_BYTES, enable_SMTPUTF8=True, hostname="mail-catcher", ident="Ready"
        )

    def _keep(self, content: bytes) -> None:
        name = f"{time_ns():020d}-{next(self._numbers) % 1_000_000:06d}"
        unfinished = self._folder / f"{name}.part"
        unfinished.write_bytes(content)
        unfinished.rename(self._folder / f"{name}.eml")
        for old in self.names()[self._max_letters :]:
            (self._folder / f"{old}.eml").unlink(missing_ok=True)


def _pages(catcher: MailCatcher, hosts: tuple[str, ...], max_letters: int) -> Starlette:
    templates = Environment(
        loader=PackageLoader("dev.mail_catcher", "pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )

    async def source_of(request: Request) -> tuple[str, bytes]:
        name: str = request.path_params["name"]
        source = await asyncio.to_thread(catcher.source, name)
        if source is None:
            raise HTTPException(404, "There is no such letter. Older letters are removed when many new ones come.")
        return name, source

    async def letters(_: Request) -> Response:
        summaries = await asyncio.to_thread(catcher.summaries)
        return _page(templates.get_template("letters.html").render(letters=summaries, max_letters=max_letters))

    async def letter(request: Request) -> Response:
        caught = read_letter(*await source_of(request))
        return _page(templates.get_template("letter.html").render(letter=caught, text=linked_text(caught.text or "")))

    async def html_part(request: Request) -> Response:
        caught = read_letter(*await source_of(request))
        return _with_security_headers(HTMLResponse(html_with_inline_images(caught)), _LETTER_POLICY)

    async def raw(request: Request) -> Response:
        _, source = await source_of(request)
        return _with_security_headers(
            PlainTextResponse(source.decode("utf-8", errors="replace")), "default-src 'none'; sandbox"
        )

    return Starlette(
        routes=[
            Route("/", letters),
            Route("/letters/{name}", letter),
            Route("/letters/{name}/html", html_part),
            Route("/letters/{name}/source", raw),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))],
    )


def _page(html: str) -> Response:
    return _with_security_headers(HTMLResponse(html), _PAGE_POLICY)


def _with_security_headers(response: Response, policy: str) -> Response:
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response
