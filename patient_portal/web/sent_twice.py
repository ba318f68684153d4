"""Two clicks on one button are one: the second request is answered like the first, with the same redirect and session.

Each form has a number in its token. Only requests from the browser or session that the form was made for, with the
same content at the same address, count as the same form. See docs/decisions/0022-two-clicks.md.
"""

import json
from collections.abc import Awaitable, Callable
from functools import wraps

from starlette.responses import RedirectResponse, Response

from clinic.work.answered_forms import claim_form, keep_answer, release_form
from patient_portal.web.forms import posted
from patient_portal.web.visit import Handler, Visit

_FINGERPRINT = "answered_form"


def by_method(get: Handler, post: Handler) -> Handler:
    """Call `get` for a GET request, and `post` once for a form that is sent."""
    once = answered_once(post)

    @wraps(get)
    async def either(visit: Visit) -> Response:
        return await (once if visit.request.method == "POST" else get)(visit)

    return either


def answered_once(handler: Handler) -> Handler:
    """Answer a repeated request with the handler's answer to the first one."""

    @wraps(handler)
    async def once(visit: Visit) -> Response:
        return await answer_once(visit, lambda: handler(visit))

    return once


async def answer_once(visit: Visit, handle: Callable[[], Awaitable[Response]]) -> Response:
    """Handle the form, unless the same form was handled or is being handled.

    Only a redirect is kept: it says that the form was accepted. After a refusal the second request is handled again.
    """
    key = await _key(visit)
    if key is None:
        return await handle()
    claim = await claim_form(key, visit.services)
    if isinstance(claim, str):
        return _from_text(claim)
    kept = False
    try:
        response = await handle()
        if isinstance(response, RedirectResponse):
            await keep_answer(claim, _as_text(response), visit.services)
            kept = True
        return response
    finally:
        if not kept:
            await release_form(claim)


async def _key(visit: Visit) -> str | None:
    """The key that repeated requests share; None for a form of another browser, which its handler refuses."""
    fields = await posted(visit.request)
    maker = visit.maker_of(fields.get("csrf_token", ""))
    if maker is None:
        return None
    content = json.dumps([maker, visit.request.url.path, fields.multi_items()])
    return visit.services.secrets.fingerprint(_FINGERPRINT, content)


def _as_text(response: Response) -> str:
    return json.dumps([response.status_code, response.headers["location"], response.headers.getlist("set-cookie")])


def _from_text(text: str) -> Response:
    status, address, cookies = json.loads(text)
    response = Response(status_code=status, headers={"location": address})
    for cookie in cookies:
        response.headers.append("set-cookie", cookie)
    return response
