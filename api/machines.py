"""`POST /oauth/token`: programs of a practice get a token (RFC 6749), and the document that says how (RFC 8414).

A refusal is the JSON of RFC 6749 §5.2; none of them says whether a client exists.
"""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.requests.assertion_words import ASSERTION_PROBLEMS, STAFF_UNKNOWN
from api.requests.origin import origin_of
from clinic.service_accounts.assertions import TOKEN_PATH
from clinic.service_accounts.errors import StaffUnknown
from clinic.service_accounts.signing_in import act_for_staff, sign_in_by_assertion, sign_in_by_secret
from clinic.sessions.actions import OpenedSession
from clinic.throttling.refusal_log import log_refusal, log_refused
from clinic.values.errors import TooManyAttempts, WrongCredentials
from clinic.values.ports import Services
from clinic.values.program_keys import ALGORITHMS, AssertionProblem, AssertionRefused

_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_GRANTS = ("client_credentials", _EXCHANGE)
_JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_JWT = "urn:ietf:params:oauth:token-type:jwt"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - a name
_MOST_BYTES = 20_000
_HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache", "X-Content-Type-Options": "nosniff"}
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="vestibule", charset="UTF-8"'}


class _Refused(Exception):
    """An answer of RFC 6749 §5.2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.answer = _answer({"error": error, "error_description": description}, status)


def machine_routes() -> list[Route]:
    return [
        Route(TOKEN_PATH, _token, methods=["POST"]),
        Route("/.well-known/oauth-authorization-server", _metadata, methods=["GET"]),
    ]


async def _token(request: Request) -> Response:
    services: Services = request.app.state.services
    grant = None
    try:
        form = await _form(request)
        grant = form.get("grant_type")
        if grant not in _GRANTS:
            error = "unsupported_grant_type" if grant else "invalid_request"
            raise _Refused(error, f"Send grant_type={' or '.join(_GRANTS)}.")
        if form.get("scope"):
            raise _Refused("invalid_scope", "Leave scope out: a service account's permissions are set in Vestibule.")
        opened = await (_exchanged if grant == _EXCHANGE else _signed_in)(request, form, services)
    except _Refused as refusal:
        return refusal.answer
    except AssertionRefused as refusal:
        log_refused(refusal.code, "oauth", origin_of(request), None)
        return _assertion_refused(refusal, exchange=grant == _EXCHANGE)
    except StaffUnknown as refusal:
        log_refused(refusal.code, "oauth", origin_of(request), None)
        return _answer({"error": "invalid_request", "error_description": STAFF_UNKNOWN}, 400)
    except WrongCredentials as refusal:
        log_refusal(refusal, "oauth", origin_of(request), None)
        return _unknown_client()
    except TooManyAttempts as refusal:
        log_refusal(refusal, "oauth", origin_of(request), None)
        seconds = max(1, int(refusal.retry_after.total_seconds()))
        body = {"error": "temporarily_unavailable", "error_description": f"Try again in {seconds} seconds."}
        return _answer(body, 429, {"Retry-After": str(seconds)})
    lasts = int((opened.access_expires_at - services.clock.now()).total_seconds())
    kind = {"issued_token_type": _ACCESS_TOKEN} if grant == _EXCHANGE else {}
    return _answer({"access_token": opened.access_token, "token_type": "Bearer", "expires_in": lasts, **kind})


async def _signed_in(request: Request, form: Mapping[str, str], services: Services) -> OpenedSession:
    """A program's own token, for its secret or its assertion: exactly one of them (RFC 6749 §2.3)."""
    assertion = _client_assertion(form)
    if assertion is None:
        client_id, secret = _basic(request, form)
        return await sign_in_by_secret(client_id, secret, origin_of(request), services)
    if request.headers.get("authorization"):
        raise _Refused("invalid_request", "Send either client_assertion or HTTP Basic.")
    return await sign_in_by_assertion(assertion, origin_of(request), services)


async def _exchanged(request: Request, form: Mapping[str, str], services: Services) -> OpenedSession:
    """A token with which a program acts for a staff member."""
    if form.get("subject_token_type") != _JWT or not form.get("subject_token"):
        raise _Refused("invalid_request", f"Send subject_token, and subject_token_type={_JWT}.")
    if form.get("requested_token_type", _ACCESS_TOKEN) != _ACCESS_TOKEN or "actor_token" in form:
        raise _Refused("invalid_request", f"Leave actor_token out, and requested_token_type, or send {_ACCESS_TOKEN}.")
    if request.headers.get("authorization"):
        raise _Refused("invalid_request", "Leave HTTP Basic out: the signature of subject_token proves who asks.")
    return await act_for_staff(form["subject_token"], _client_assertion(form), origin_of(request), services)


def _client_assertion(form: Mapping[str, str]) -> str | None:
    if "client_assertion" not in form and "client_assertion_type" not in form:
        return None
    if form.get("client_assertion_type") != _JWT_BEARER or not form.get("client_assertion"):
        raise _Refused("invalid_request", f"Send client_assertion, and client_assertion_type={_JWT_BEARER}.")
    return form["client_assertion"]


def _assertion_refused(refusal: AssertionRefused, *, exchange: bool) -> Response:
    """RFC 7523 §3.2 names a client's assertion `invalid_client`; RFC 8693 §2.2.2 a subject token `invalid_request`."""
    words = ASSERTION_PROBLEMS[refusal.problem].format(seconds=refusal.seconds)
    if refusal.problem is AssertionProblem.NOT_FOR_STAFF:
        return _answer({"error": "unauthorized_client", "error_description": words}, 400)
    if exchange:
        return _answer({"error": "invalid_request", "error_description": words}, 400)
    return _answer({"error": "invalid_client", "error_description": words}, 401)


async def _metadata(request: Request) -> Response:
    """The addresses come from settings, never from the request's Host."""
    issuer = request.app.state.services.addresses.api_url
    return JSONResponse(
        {
            "issuer": issuer,
            "token_endpoint": f"{issuer}{TOKEN_PATH}",
            "grant_types_supported": list(_GRANTS),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
            "response_types_supported": [],
        },
        headers={"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"},
    )


async def _form(request: Request) -> Mapping[str, str]:
    """The fields of the body, each at most once (RFC 6749 §3.2). Raises `_Refused`."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise _Refused("invalid_request", "Send the fields as application/x-www-form-urlencoded.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise _Refused("invalid_request", f"Send at most {_MOST_BYTES} bytes.", 413)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        raise _Refused("invalid_request", "The body is no form in UTF-8.") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise _Refused("invalid_request", "Send each field once.")
    return form


def _basic(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    """Client id and secret of HTTP Basic, each form-encoded before (RFC 6749 §2.3.1). Raises `_Refused`."""
    if "client_secret" in form:
        raise _Refused("invalid_request", "Send the secret by HTTP Basic, not in the body.")
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        if not colon:
            raise ValueError
    except (ValueError, binascii.Error):
        raise _Refused("invalid_client", "Send client id and secret by HTTP Basic.", 401) from None
    client_id, secret = unquote_plus(client_id), unquote_plus(secret)
    if form.get("client_id", client_id) != client_id:
        raise _Refused("invalid_request", "client_id in the body is another one than in HTTP Basic.")
    return client_id, secret


def _unknown_client() -> Response:
    return _answer({"error": "invalid_client", "error_description": "Client id or secret is wrong."}, 401)


def _answer(body: Mapping[str, object], status: int = 200, more: Mapping[str, str] | None = None) -> Response:
    challenge = _CHALLENGE if status == 401 else {}
    return JSONResponse(body, status, headers={**_HEADERS, **challenge, **(more or {})})
