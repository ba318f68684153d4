"""`POST /uploads`: the body is a PDF or a picture.

The answer is the upload that `createDocument` can make a document of, or `updateOrganization` the logo.
"""

from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from api.requests.languages import language_for
from api.requests.sent_files import HEADERS, UploadRefusal, later, refusal_for, staff_who_may_send, unread
from api.requests.upload_words import UploadProblem
from api.server.errors import Code, log_unavailable, unexpected
from api.server.graphql_http.body import read_body
from api.server.graphql_http.refusals import HttpRefusal
from api.server.relay import encode_id
from clinic.database.faults import is_unavailable
from clinic.documents.actions.upload import receive_upload, require_upload
from clinic.documents.errors import UploadRefused
from clinic.organizations.errors import LogoNotUsable
from clinic.organizations.logos import receive_logo, require_logo_upload
from clinic.values.callers import StaffCaller
from clinic.values.errors import NotPermitted, TooManyAttempts
from clinic.values.limits import MOST_LOGO_BYTES
from clinic.values.logo import LogoProblem
from clinic.values.pdf_check import LARGEST_FILE, PdfProblem
from clinic.values.ports import FileStoreUnavailable, Services

# Each is held in memory until it is stored: four times 25 MB, and a copy on the way.
UPLOADS_AT_ONCE = 4
# Of one person, so that nobody who sends slowly keeps other people's, and other practices', out alone.
UPLOADS_OF_ONE_AT_ONCE = 2
# Seconds for 25 MB, which is 2 Mbit/s; the permit of a slower sender is needed by others.
BODY_TIME_LIMIT = 100.0

# Clients that don't know what they send say octet-stream; what it is is found by opening it.
_TYPES = ("application/pdf", "application/octet-stream")
_PICTURES = "image/"


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
            return refusal.answer(language_for(request.headers))
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:  # noqa: BLE001  the outermost edge of this address, whose errors have a shape of their own
            if is_unavailable(error):
                log_unavailable(error, "api.upload_unavailable")
                away = later(UploadProblem.AWAY, Code.UNAVAILABLE.value)
                return away.answer(language_for(request.headers))
            masked = unexpected(error, "api.upload")
            body = {"error": {"code": Code.INTERNAL.value, "message": masked.message}}
            body["error"]["correlationId"] = (masked.extensions or {})["correlationId"]
            return JSONResponse(body, 500, HEADERS)

    async def _received(self, request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        require = require_logo_upload if kind.startswith(_PICTURES) else require_upload
        caller = await staff_who_may_send(request, self._services, require, "uploads")
        _must_be_a_pdf_or_picture(kind)
        who = caller.staff_member_id
        if len(self._in_hand) >= UPLOADS_AT_ONCE or self._in_hand.count(who) >= UPLOADS_OF_ONE_AT_ONCE:
            raise later(UploadProblem.BUSY)
        self._in_hand.append(who)
        try:
            if kind.startswith(_PICTURES):
                return await self._stored_logo(caller, request)
            return await self._stored(caller, request)
        finally:
            self._in_hand.remove(who)

    async def _stored_logo(self, caller: StaffCaller, request: Request) -> Response:
        try:
            upload = await receive_logo(
                caller, await read_body(request, MOST_LOGO_BYTES, self._body_time_limit), self._services
            )
        except HttpRefusal as refusal:
            raise unread(refusal, LogoProblem.TOO_LARGE.value, LogoProblem.TOO_LARGE) from None
        except LogoNotUsable as refused:
            raise UploadRefusal(422, refused.problem.value, refused.problem) from None
        except (NotPermitted, TooManyAttempts) as refused:
            raise refusal_for(refused, caller, "uploads") from None
        answer = {
            "uploadId": encode_id("LogoUpload", upload.id),
            "sha256": upload.sha256,
            "byteCount": len(upload.png),
            "pageCount": 1,
        }
        return JSONResponse(answer, 201, HEADERS)

    async def _stored(self, caller: StaffCaller, request: Request) -> Response:
        try:
            content = await read_body(request, LARGEST_FILE, self._body_time_limit)
            received = await receive_upload(caller, content, self._services)
        except HttpRefusal as refusal:
            raise unread(refusal, PdfProblem.TOO_LARGE.value, PdfProblem.TOO_LARGE) from None
        except UploadRefused as refused:
            status = 413 if refused.problem is PdfProblem.TOO_LARGE else 422
            raise UploadRefusal(status, refused.problem.value, refused.problem) from None
        except (NotPermitted, TooManyAttempts) as refused:
            raise refusal_for(refused, caller, "uploads") from None
        except FileStoreUnavailable:
            raise later(UploadProblem.NO_STORE, "FILE_STORE_UNAVAILABLE") from None
        upload = received.upload
        answer = {
            "uploadId": encode_id("Upload", upload.id),
            "sha256": upload.sha256,
            "byteCount": upload.byte_count,
            "pageCount": upload.page_count,
        }
        if received.flattened:
            answer["flattened"] = True
        return JSONResponse(answer, 201, HEADERS)


def _must_be_a_pdf_or_picture(kind: str) -> None:
    if kind not in _TYPES and not kind.startswith(_PICTURES):
        headers = {"Connection": "close"}
        raise UploadRefusal(415, "UNSUPPORTED_MEDIA_TYPE", UploadProblem.NO_PDF_TYPE, headers)
