"""`POST /uploads`: the body is a PDF, the answer the upload that `createDocument` can make a document of."""

from collections.abc import Mapping
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from api.requests.origin import bearer_of
from api.requests.refusal_words import PDF_PROBLEMS, refusal_words
from api.requests.signed_in import staff_in
from api.server.errors import Code, Unauthenticated, log_unavailable, unexpected
from api.server.graphql_http.body import read_body
from api.server.graphql_http.codes import MediaType, status_of
from api.server.graphql_http.refusals import HttpRefusal
from api.server.relay import encode_id
from clinic.database.faults import is_unavailable
from clinic.documents.actions.upload import receive_upload, require_upload
from clinic.documents.errors import UploadRefused
from clinic.throttling.refusal_log import log_refusal
from clinic.values.callers import StaffCaller
from clinic.values.errors import NotPermitted, TooManyAttempts
from clinic.values.pdf_check import LARGEST_FILE, PdfProblem
from clinic.values.ports import FileStoreUnavailable, Services

# Each is held in memory until it is stored: four times 25 MB, and a copy on the way.
UPLOADS_AT_ONCE = 4
# Of one person, so that nobody who sends slowly keeps other people's, and other practices', out alone.
UPLOADS_OF_ONE_AT_ONCE = 2
# Seconds for 25 MB, which is 2 Mbit/s; the permit of a slower sender is needed by others.
BODY_TIME_LIMIT = 100.0
RETRY_AFTER = 5

# Clients that don't know what they send say octet-stream; what it is is found by opening it.
_TYPES = ("application/pdf", "application/octet-stream")
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class UploadRefusal(Exception):
    """An answer that is no upload: status, code and a message for people."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}


class Uploads:
    """The endpoint, and whose bodies this process has in hand."""

    def __init__(self, services: Services, *, body_time_limit: float = BODY_TIME_LIMIT) -> None:
        self._services = services
        self._body_time_limit = body_time_limit
        self._in_hand: list[UUID] = []

    async def receive(self, request: Request) -> Response:
        """201 with the upload, or an error with its code."""
        try:
            return await self._received(request)
        except UploadRefusal as refusal:
            return _answer_of(refusal)
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:  # noqa: BLE001  the outermost edge of this address, whose errors have a shape of their own
            if is_unavailable(error):
                log_unavailable(error, "api.upload_unavailable")
                return _answer_of(_later(Code.UNAVAILABLE.value, "We can't take the file now. Send it again soon."))
            masked = unexpected(error, "api.upload")
            body = {"error": {"code": Code.INTERNAL.value, "message": masked.message}}
            body["error"]["correlationId"] = (masked.extensions or {})["correlationId"]
            return JSONResponse(body, 500, _HEADERS)

    async def _received(self, request: Request) -> Response:
        caller = await self._allowed(request)
        _must_be_a_pdf(request.headers.get("content-type", ""))
        who = caller.staff_member_id
        if len(self._in_hand) >= UPLOADS_AT_ONCE or self._in_hand.count(who) >= UPLOADS_OF_ONE_AT_ONCE:
            raise _later("BUSY", "Too many files are arriving at once. Send it again in a few seconds.")
        self._in_hand.append(who)
        try:
            return await self._stored(caller, request)
        finally:
            self._in_hand.remove(who)

    async def _allowed(self, request: Request) -> StaffCaller:
        """Staff who may upload, known before a byte of the body is read."""
        try:
            caller = await bearer_of(request, self._services)
        except Unauthenticated:
            caller = None
        if caller is None:
            words = "Sign in, and send the access token as a bearer token."
            raise UploadRefusal(401, Code.UNAUTHENTICATED.value, words, {"WWW-Authenticate": "Bearer"})
        staff = staff_in(caller)
        if staff is None:
            raise UploadRefusal(403, Code.FORBIDDEN.value, "Only staff can upload documents.")
        try:
            require_upload(staff)
        except NotPermitted as refused:
            log_refusal(refused, "uploads", staff.origin, staff)
            raise _forbidden(refused) from None
        return staff

    async def _stored(self, caller: StaffCaller, request: Request) -> Response:
        try:
            content = await read_body(request, LARGEST_FILE, self._body_time_limit)
            received = await receive_upload(caller, content, self._services)
        except HttpRefusal as refusal:
            raise _unread(refusal) from None
        except UploadRefused as refused:
            status = 413 if refused.problem is PdfProblem.TOO_LARGE else 422
            raise UploadRefusal(status, refused.problem.value, refusal_words(refused)) from None
        except NotPermitted as refused:
            log_refusal(refused, "uploads", caller.origin, caller)
            raise _forbidden(refused) from None
        except TooManyAttempts as refused:
            log_refusal(refused, "uploads", caller.origin, caller)
            seconds = max(1, round(refused.retry_after.total_seconds()))
            headers = {"Retry-After": str(seconds)}
            raise UploadRefusal(429, Code.RATE_LIMITED.value, refusal_words(refused), headers) from None
        except FileStoreUnavailable:
            raise _later("FILE_STORE_UNAVAILABLE", "Files can't be stored now. Send it again in a while.") from None
        upload = received.upload
        answer = {
            "uploadId": encode_id("Upload", upload.id),
            "sha256": upload.sha256,
            "byteCount": upload.byte_count,
            "pageCount": upload.page_count,
        }
        if received.flattened:
            answer["flattened"] = True
        return JSONResponse(answer, 201, _HEADERS)


def _answer_of(refusal: UploadRefusal) -> Response:
    body = {"error": {"code": refusal.code, "message": refusal.message}}
    return JSONResponse(body, refusal.status, {**_HEADERS, **refusal.headers})


def _must_be_a_pdf(content_type: str) -> None:
    if content_type.partition(";")[0].strip().lower() not in _TYPES:
        words = "Send the PDF itself as the body, with Content-Type: application/pdf."
        raise UploadRefusal(415, "UNSUPPORTED_MEDIA_TYPE", words, {"Connection": "close"})


def _unread(refusal: HttpRefusal) -> UploadRefusal:
    """A body that was given up: too large, or too slow."""
    status = status_of(refusal.outcome, MediaType.JSON)
    headers = {**refusal.headers, "Connection": "close"}
    if status == 413:
        return UploadRefusal(413, PdfProblem.TOO_LARGE.value, PDF_PROBLEMS[PdfProblem.TOO_LARGE], headers)
    return UploadRefusal(status, "TOO_SLOW", "The file did not arrive in time. Send it again.", headers)


def _forbidden(refused: NotPermitted) -> UploadRefusal:
    return UploadRefusal(403, Code.FORBIDDEN.value, refusal_words(refused))


def _later(code: str, message: str) -> UploadRefusal:
    return UploadRefusal(503, code, message, {"Retry-After": str(RETRY_AFTER), "Connection": "close"})
