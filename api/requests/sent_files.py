"""What the addresses that take a file share: who may send one, and how one that is not taken is answered."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.requests.origin import bearer_of
from api.requests.signed_in import staff_in
from api.requests.upload_words import UploadProblem, upload_words
from api.server.errors import Code, Unauthenticated
from api.server.graphql_http.codes import MediaType, status_of
from api.server.graphql_http.refusals import HttpRefusal
from clinic.throttling.refusal_log import log_refusal
from clinic.values.callers import StaffCaller
from clinic.values.errors import NotPermitted, StaffOnly, TooManyAttempts
from clinic.values.logo import LogoProblem
from clinic.values.pdf_check import PdfProblem
from clinic.values.ports import Services

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
RETRY_AFTER = 5


class UploadRefusal(Exception):
    """A file that is not taken: status, code, and what people are told, with the values in its words."""

    def __init__(
        self,
        status: int,
        code: str,
        problem: PdfProblem | LogoProblem | UploadProblem,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> None:
        self._status = status
        self._code = code
        self._problem = problem
        self._headers = headers or {}
        self._values = values

    def answer(self, language: str) -> Response:
        error = {"code": self._code, "message": upload_words(self._problem, language, **self._values)}
        return JSONResponse({"error": error}, self._status, {**HEADERS, **self._headers})


async def staff_who_may_send(
    request: Request, services: Services, require: Callable[[StaffCaller], None], address: str
) -> StaffCaller:
    """Who sends the file, known before a byte of its body is read. `address` is for the log. Raises `UploadRefusal`."""
    try:
        caller = await bearer_of(request, services)
    except Unauthenticated:
        caller = None
    if caller is None:
        challenge = {"WWW-Authenticate": "Bearer"}
        raise UploadRefusal(401, Code.UNAUTHENTICATED.value, UploadProblem.SIGN_IN, challenge)
    staff = staff_in(caller)
    if staff is None:
        log_refusal(StaffOnly(), address, caller.origin, caller)
        raise UploadRefusal(403, Code.FORBIDDEN.value, UploadProblem.STAFF_ONLY)
    try:
        require(staff)
    except NotPermitted as refused:
        raise refusal_for(refused, staff, address) from None
    return staff


def refusal_for(refused: NotPermitted | TooManyAttempts, caller: StaffCaller, address: str) -> UploadRefusal:
    """A permission that is missing, or too many files within an hour. Logs it."""
    log_refusal(refused, address, caller.origin, caller)
    if isinstance(refused, NotPermitted):
        return UploadRefusal(403, Code.FORBIDDEN.value, UploadProblem.NOT_PERMITTED, permission=refused.permission)
    seconds = refused.retry_after.total_seconds()
    headers = {"Retry-After": str(max(1, round(seconds)))}
    minutes = max(1, round(seconds / 60))
    return UploadRefusal(429, Code.RATE_LIMITED.value, UploadProblem.TOO_MANY, headers, minutes=minutes)


def unread(
    refusal: HttpRefusal, code: str, too_large: PdfProblem | LogoProblem | UploadProblem, **values: object
) -> UploadRefusal:
    """A body that was given up: too slow, or too large, for which code, problem and values are given."""
    status = status_of(refusal.outcome, MediaType.JSON)
    headers = {**refusal.headers, "Connection": "close"}
    if status == 413:
        return UploadRefusal(413, code, too_large, headers, **values)
    return UploadRefusal(status, "TOO_SLOW", UploadProblem.TOO_SLOW, headers)


def later(problem: UploadProblem, code: str = "BUSY") -> UploadRefusal:
    """Nothing is wrong with the file; it may be sent again."""
    headers = {"Retry-After": str(RETRY_AFTER), "Connection": "close"}
    return UploadRefusal(503, code, problem, headers)
