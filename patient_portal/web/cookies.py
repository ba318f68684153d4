"""The portal's cookies: what each is called, how long it lives, and how it is guarded."""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

# Long enough to look for a pair of glasses; the form itself carries the token too, so nothing is lost afterwards.
LINK_LIFETIME = timedelta(hours=1)
LANGUAGE_LIFETIME = timedelta(days=365)

_SECRET = re.compile(r"[A-Za-z0-9_-]{16,200}")


def looks_like_secret(text: str) -> bool:
    """Whether the text could be a token of ours at all; anything else never reaches a cookie or the database."""
    return _SECRET.fullmatch(text) is not None


@dataclass(frozen=True)
class CookieJar:
    """Reads and writes cookies. Over https every name has the `__Host-` prefix, so that no neighbouring host can
    plant one (cookie tossing); the names of secrets end in the slug, since accounts are per organization."""

    secure: bool

    def session(self, request: Request, slug: str) -> str | None:
        return self._read(request, f"session-{slug}")

    def keep_session(self, response: Response, slug: str, token: str) -> None:
        """For as long as the browser is open; idle and absolute limits are the server's."""
        self._write(response, f"session-{slug}", token)

    def drop_session(self, response: Response, slug: str) -> None:
        self._drop(response, f"session-{slug}")

    def invitation(self, request: Request, slug: str) -> str | None:
        return self.link(request, slug, "invitation")

    def keep_invitation(self, response: Response, slug: str, token: str) -> None:
        self.keep_link(response, slug, "invitation", token)

    def drop_invitation(self, response: Response, slug: str) -> None:
        self.drop_link(response, slug, "invitation")

    def link(self, request: Request, slug: str, path: str) -> str | None:
        """The token of the mailed link that was opened last for this path."""
        return self._read(request, f"{path}-{slug}")

    def keep_link(self, response: Response, slug: str, path: str, token: str) -> None:
        self._write(response, f"{path}-{slug}", token, LINK_LIFETIME)

    def drop_link(self, response: Response, slug: str, path: str) -> None:
        self._drop(response, f"{path}-{slug}")

    def visitor(self, request: Request) -> str | None:
        return self._read(request, "visitor")

    def keep_visitor(self, response: Response, visitor: str) -> None:
        self._write(response, "visitor", visitor)

    def language(self, request: Request) -> str | None:
        return request.cookies.get(self._name("language"))

    def keep_language(self, response: Response, language: str) -> None:
        self._write(response, "language", language, LANGUAGE_LIFETIME)

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name

    def _read(self, request: Request, name: str) -> str | None:
        value = request.cookies.get(self._name(name), "")
        return value if looks_like_secret(value) else None

    def _write(self, response: Response, name: str, value: str, lifetime: timedelta | None = None) -> None:
        response.set_cookie(
            self._name(name),
            value,
            max_age=int(lifetime.total_seconds()) if lifetime else None,
            path="/",
            secure=self.secure,
            httponly=True,
            # Lax, not Strict: someone who comes from a letter is still signed in.
            samesite="lax",
        )

    def _drop(self, response: Response, name: str) -> None:
        response.delete_cookie(self._name(name), path="/", secure=self.secure, httponly=True, samesite="lax")


def new_visitor() -> str:
    """A random id for a browser that has no session yet. Its forms are bound to it."""
    return secrets.token_urlsafe(24)
