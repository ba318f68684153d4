"""The page of each kind of refusal: what happened, what it means, what to do next."""

import math
from datetime import timedelta

import structlog
from babel.dates import format_timedelta
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from clinic.database.faults import RETRY_AFTER, is_unavailable
from clinic.values.errors import ClinicError, NotFound, TooManyAttempts
from clinic.values.ports import FileStoreUnavailable, PdfRefused
from patient_portal.web.language import SOURCE
from patient_portal.web.nobodys_pages import page_without_practice
from patient_portal.web.visit import Portal, Visit, visit_to

log = structlog.get_logger("patient_portal")

# The refusals with words of their own; every other status is said like the nearest of these.
WORDED = frozenset({400, 403, 404, 405, 413})


async def http_refusal(request: Request, error: Exception) -> Response:
    """A wrong address, method, size or origin, on a page of the organization in the address."""
    status = error.status_code if isinstance(error, HTTPException) else 400
    response = _page(await _visit(request), request, "refused.html", status, kind=status if status in WORDED else 400)
    if isinstance(error, HTTPException):
        response.headers.update(error.headers or {})
    return response


async def without_one_host(scope: Scope, receive: Receive, send: Send) -> None:
    """A request that names no host, or two. The portal has no WebSockets: one is closed, which answers 403."""
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).close()
        return
    response = await http_refusal(Request(scope, receive), HTTPException(400))
    await response(scope, receive, send)


async def clinic_refusal(request: Request, error: Exception) -> Response:
    """A refusal of the core that no form can show beside a field."""
    visit = await _visit(request)
    if isinstance(error, FileStoreUnavailable):
        log.warning("portal.unavailable", error=type(error).__name__)
        return busy(visit, request)
    if visit is not None and isinstance(error, ClinicError):
        visit.log_refusal(error)
    if isinstance(error, TooManyAttempts):
        return _paused(visit, request, error.retry_after)
    status = 404 if isinstance(error, NotFound) else 400
    return _page(visit, request, "refused.html", status, kind=status)


async def defect(request: Request, error: Exception) -> Response:
    """What nobody expected: a neutral page with its number in the log. For what is away for a while: another page.

    A page that can't be drawn now is among the latter: the document was found sound when it came, so the machine is too
    busy. The database isn't asked again.
    """
    visit: Visit | None = getattr(request.state, "visit", None)
    if is_passing(error):
        log.warning("portal.unavailable", error=type(error).__name__)
        return busy(visit, request)
    log.error("request failed", exc_info=error)
    return _page(visit, request, "defect.html", 500, reference=request.scope.get("request_id", ""))


async def too_busy(scope: Scope, receive: Receive, send: Send) -> None:
    """More requests than the portal can take. The database isn't asked who the practice is."""
    response = busy(None, Request(scope, receive))
    await response(scope, receive, send)


def busy(visit: Visit | None, request: Request) -> Response:
    """The page for what can't be answered now. Nothing was changed."""
    response = _page(visit, request, "unavailable.html", 503)
    response.headers["Retry-After"] = f"{RETRY_AFTER.total_seconds():.0f}"
    return response


def is_passing(error: Exception) -> bool:
    """Whether the same request may succeed later: what it needs is away, or the machine is too busy."""
    return isinstance(error, FileStoreUnavailable | PdfRefused) or is_unavailable(error)


def _paused(visit: Visit | None, request: Request, pause: timedelta) -> Response:
    seconds = max(1, math.ceil(pause.total_seconds()))
    minutes = timedelta(minutes=math.ceil(seconds / 60))
    language = visit.language if visit else SOURCE
    words = format_timedelta(minutes, threshold=1.5, locale=language)
    response = _page(visit, request, "paused.html", 429, pause=words)
    response.headers["Retry-After"] = str(seconds)
    return response


async def _visit(request: Request) -> Visit | None:
    """The visit the request got as far as, or one for the organization its address begins with."""
    visit: Visit | None = getattr(request.state, "visit", None)
    if visit is not None:
        return visit
    try:
        return await visit_to(request, request.url.path.split("/")[1])
    except Exception as error:
        if not is_unavailable(error):
            raise
        return None


def _page(visit: Visit | None, request: Request, template: str, status: int, **context: object) -> Response:
    if visit is not None:
        response: Response = visit.page(template, status, **context)
        visit.save_cookies(response)
        return response
    portal: Portal = request.app.state.portal
    return page_without_practice(request, portal.cookies, template, status, **context)


REFUSALS = {HTTPException: http_refusal, ClinicError: clinic_refusal}
