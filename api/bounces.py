"""`POST /bounces/ses`: Amazon SES tells through a topic of SNS that a letter came back."""

import logging

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from api.requests.origin import origin_of
from api.server.graphql_http.body import read_body
from api.server.graphql_http.codes import MediaType, status_of
from api.server.graphql_http.refusals import HttpRefusal
from clinic.letters.bounces import record_bounces
from clinic.throttling.refusal_log import log_refused
from clinic.values.bounce_notices import NoticeNotChecked, NoticeRefused
from clinic.values.ports import Services

# SNS sends at most 256 KB.
_LARGEST = 300_000
_TIME_LIMIT = 10.0
_RETRY_AFTER = 30
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

_log = logging.getLogger(__name__)


async def ses_bounces(request: Request) -> Response:
    """204 once every failure in the message is recorded. SNS sends again what is answered otherwise."""
    services: Services = request.app.state.services
    if not services.bounce_notices.expected:
        return _said("Set VESTIBULE_SES_TOPIC to the topic's ARN.", 404)
    try:
        body = await read_body(request, _LARGEST, _TIME_LIMIT)
        bounces = await services.bounce_notices.read(body)
    except HttpRefusal as refusal:
        return _said(refusal.message, status_of(refusal.outcome, MediaType.GRAPHQL))
    except ClientDisconnect:
        return Response(status_code=400)
    except NoticeRefused as refusal:
        log_refused("BOUNCE_NOTICE_REFUSED", "bounces", origin_of(request), None)
        return _said(f"This is no message of the topic: {refusal}.", 403)
    except NoticeNotChecked as problem:
        _log.warning("bounce_notice_not_checked", extra={"problem": str(problem)})
        return _said("The message can't be checked now.", 503, {"Retry-After": str(_RETRY_AFTER)})
    await record_bounces(services, bounces)
    return Response(status_code=204, headers=_HEADERS)


def _said(message: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"message": message}}, status, headers={**_HEADERS, **(headers or {})})
