"""`GET /oauth/{slug}/start` and `/oauth/{slug}/callback`: staff go to their practice's provider and come back.

Both answer with a redirect: to the provider, or to the staff screen, which has the words. What the screen is told is
behind the number sign, so that a browser sends it to no server.
"""

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.requests.origin import origin_of
from clinic.single_sign_on.actions import begin_at_provider, finish_at_provider
from clinic.single_sign_on.actions.come_back import CameBack
from clinic.single_sign_on.errors import ProviderSignInRefused
from clinic.throttling.refusal_log import log_refusal
from clinic.values.errors import ClinicError, TooManyAttempts
from clinic.values.openid import SIGN_IN_WITHIN
from clinic.values.ports import Services

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
# What may stand in the screen's address.
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")


def provider_routes() -> list[Route]:
    return [
        Route("/oauth/{slug}/start", _start, methods=["GET"]),
        Route("/oauth/{slug}/callback", _callback, methods=["GET"]),
    ]


def is_provider_path(path: str) -> bool:
    """Whether the answer waits for somebody's provider."""
    return path.startswith("/oauth/") and path.endswith(("/start", "/callback"))


async def _start(request: Request) -> Response:
    """To the provider, with what this browser keeps meanwhile. Without a challenge to the screen, which makes one."""
    services: Services = request.app.state.services
    if request.method == "HEAD":
        return Response(status_code=405, headers={**_HEADERS, "Allow": "GET"})
    slug, challenge = request.path_params["slug"], request.query_params.get("challenge", "")
    if not challenge:
        return _to_screen(services, "start", slug)
    again = request.query_params.get("again") == "1"
    try:
        begun = await begin_at_provider(slug, challenge, origin_of(request), services, again=again)
    except (ProviderSignInRefused, TooManyAttempts) as refusal:
        return _refused(request, refusal)
    answer = RedirectResponse(begun.address, 303, headers=_HEADERS)
    name, secure = _cookie(services)
    age = int(SIGN_IN_WITHIN.total_seconds())
    # Lax, not Strict: the browser comes back from another site.
    answer.set_cookie(name, begun.kept, max_age=age, path="/", secure=secure, httponly=True, samesite="lax")
    return answer


async def _callback(request: Request) -> Response:
    """Back from the provider, to the screen with its token."""
    services: Services = request.app.state.services
    if request.method == "HEAD":
        # A code works once; nobody's preview may use it up.
        return Response(status_code=405, headers={**_HEADERS, "Allow": "GET"})
    name, secure = _cookie(services)
    given = request.query_params
    came_back = CameBack(given.get("state", ""), given.get("code", ""), given.get("error", ""), given.get("iss"))
    kept = request.cookies.get(name, "")
    try:
        token = await finish_at_provider(request.path_params["slug"], kept, came_back, origin_of(request), services)
        answer = _to_screen(services, "token", token)
    except (ProviderSignInRefused, TooManyAttempts) as refusal:
        answer = _refused(request, refusal)
    answer.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="lax")
    return answer


def _cookie(services: Services) -> tuple[str, bool]:
    """Its name, and whether only https carries it: the prefix keeps other hosts from setting it."""
    secure = services.addresses.api_url.startswith("https://")
    return ("__Host-vestibule-provider" if secure else "vestibule-provider"), secure


def _refused(request: Request, refusal: ClinicError) -> Response:
    log_refusal(refusal, "oauth", origin_of(request), None)
    return _to_screen(request.app.state.services, "refused", getattr(refusal, "reason", refusal.code))


def _to_screen(services: Services, what: str, value: str) -> Response:
    """The staff screen at our own address, which is a setting; never where a request says."""
    behind = f"#/provider/{what}/{value}" if _NAME.fullmatch(value) else ""
    return RedirectResponse(f"{services.addresses.api_url}/staff/{behind}", 303, headers=_HEADERS)
