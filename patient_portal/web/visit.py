"""One request at one organization's door: who is asking, in which language, and what a page needs to greet them.

A handler takes a `Visit` and nothing else; it can't run for an unknown organization, nor for a form another site sent.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import TypeVar
from urllib.parse import quote, urlencode

from starlette.datastructures import ImmutableMultiDict
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from clinic.organizations.queries import OrganizationView, organization_by_slug
from clinic.portal_access.queries import OwnAccount, own_account
from clinic.sessions.queries import browser_session
from clinic.throttling.refusal_log import log_refusal
from clinic.values.callers import Anonymous, Origin, PatientCaller
from clinic.values.errors import ClinicError
from clinic.values.ports import Services
from clinic.values.text import masked_email, normal_email
from patient_portal.web.cookies import CookieJar, new_visitor
from patient_portal.web.forms import PortalForm, posted, token_is_of
from patient_portal.web.language import chosen_language, offered_languages, translations_of
from patient_portal.web.nobodys_pages import addresses_in_other_languages
from patient_portal.web.rendering import render
from patient_portal.web.security import SLUG, came_from_elsewhere, path_inside
from patient_portal.web.static_files import digest
from patient_portal.web.theme import theme_css

F = TypeVar("F", bound=PortalForm)


@dataclass(frozen=True)
class Portal:
    """What the whole program shares, joined once at start."""

    services: Services
    cookies: CookieJar
    origin: str
    in_production: bool = True


@dataclass
class Visit:
    """What a handler works with.

    `patient` is set only for a live session at this organization; `signed_in_as` is its address, also on pages that set
    `patient` to None because they belong to whoever holds a letter; `own` only in handlers under `identity_confirmed`.
    """

    request: Request
    portal: Portal
    organization: OrganizationView
    language: str
    offered: tuple[str, ...]
    origin: Origin
    patient: PatientCaller | None = None
    signed_in_as: str = field(default="", repr=False)
    own: OwnAccount | None = None
    _new_visitor: str | None = field(default=None, repr=False)

    @property
    def services(self) -> Services:
        return self.portal.services

    @property
    def cookies(self) -> CookieJar:
        return self.portal.cookies

    @property
    def slug(self) -> str:
        return self.organization.slug

    @property
    def caller(self) -> PatientCaller:
        """The person, behind a door that only signed-in people pass."""
        if self.patient is None:
            raise HTTPException(403)
        return self.patient

    @property
    def browser(self) -> str | None:
        """The secret that tells this browser from others, as far as it keeps cookies."""
        return self.cookies.visitor(self.request)

    @property
    def anonymous(self) -> Anonymous:
        return Anonymous(self.organization.id, self.origin)

    def somebody_else(self, address: str) -> str:
        """The masked address of the person who is signed in on this device, if the page is for another account."""
        if not self.signed_in_as or normal_email(self.signed_in_as) == normal_email(address):
            return ""
        return masked_email(self.signed_in_as)

    def log_refusal(self, refusal: ClinicError) -> None:
        """Log a refusal that a page answers itself; others pass the handlers in `errors`, which log them."""
        route = getattr(self.request.scope.get("route"), "path", "unknown")
        log_refusal(refusal, f"{self.request.method} {route}", self.origin, self.patient, self.organization.id)

    def gettext(self, message: str, **values: str) -> str:
        """A sentence in the visitor's language. The values are put in as plain text; templates escape them."""
        sentence: str = translations_of(self.language).gettext(message)
        return sentence % values if values else sentence

    def path(self, path: str = "") -> str:
        """The address of a path in this organization's portal. It names no host, so no Host header matters."""
        return f"/{self.slug}/{path}"

    def go(self, path: str = "", **query: str) -> RedirectResponse:
        """Send the browser on with GET."""
        address = self.path(path)
        return RedirectResponse(f"{address}?{urlencode(query)}" if query else address, status_code=303)

    def go_back_to(self, path: str | None, otherwise: str) -> RedirectResponse:
        """Redirect to where the person was, if that is inside this organization's portal."""
        if path and path_inside(self.slug, path):
            return RedirectResponse(path, status_code=303)
        return self.go(otherwise)

    def page(self, template: str, status: int = 200, **context: object) -> HTMLResponse:
        return render(template, self.language, status, **_frame(self), **context)

    def prefer(self, language: str) -> None:
        """Use this language, unless the person has chosen another one here."""
        if not self._has_chosen_language() and language.partition("-")[0] in self.offered:
            self.language = language.partition("-")[0]

    def form(self, kind: type[F], fields: ImmutableMultiDict[str, str] | None = None, **filled: str) -> F:
        """A form bound to the session, or to the browser before there is one; `fields` is what was posted."""
        meta = {
            "csrf_secret": self._form_key(),
            "csrf_context": self._bound_to(),
            "translations": translations_of(self.language),
            "language": self.language,
            "today": self.services.clock.now().date(),
            "now": self.services.clock.now(),
            "secrets": self.services.secrets,
        }
        return kind(fields, data=filled, meta=meta)

    async def posted(self, kind: type[F]) -> F:
        """The form the browser sent, not yet validated."""
        return self.form(kind, await posted(self.request))

    def maker_of(self, token: str) -> str | None:
        """The session or browser of this request that the form with this token was made for; None if neither was."""
        visitor = self.cookies.visitor(self.request)
        session = f"session {self.patient.session_id}" if self.patient else None
        makers = (session, f"visitor {visitor}" if visitor else None)
        return next((maker for maker in makers if maker and token_is_of(token, self._form_key(), maker)), None)

    def save_cookies(self, response: Response) -> None:
        """Set the cookies of this visit: the visitor's id and the chosen language."""
        if self._new_visitor:
            self.cookies.keep_visitor(response, self._new_visitor)
        if self.request.query_params.get("lang") == self.language:
            self.cookies.keep_language(response, self.language)

    def _form_key(self) -> bytes:
        return self.services.secrets.derive_token("portal_form", str(self.organization.id)).encode()

    def _bound_to(self) -> str:
        if self.patient:
            return f"session {self.patient.session_id}"
        visitor = self.cookies.visitor(self.request) or self._new_visitor
        if visitor is None:
            visitor = self._new_visitor = new_visitor()
        return f"visitor {visitor}"

    def _has_chosen_language(self) -> bool:
        chosen = (self.request.query_params.get("lang"), self.cookies.language(self.request))
        return any(language in self.offered for language in chosen)


Handler = Callable[[Visit], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def at_practice(handler: Handler) -> Endpoint:
    """Serve a handler to anyone at an existing organization."""

    @wraps(handler)
    async def endpoint(request: Request) -> Response:
        slug = request.path_params["slug"]
        if slug != slug.lower():
            # Phones often capitalize the first letter of a typed address.
            return _small_letters(request, slug)
        visit = await visit_to(request, slug)
        if visit is None:
            raise HTTPException(404)
        request.state.visit = visit
        if came_from_elsewhere(request, visit.portal.origin):
            raise HTTPException(403)
        response = await handler(visit)
        visit.save_cookies(response)
        return response

    return endpoint


def signed_in(handler: Handler) -> Endpoint:
    """Serve a handler to people with a live session here; others sign in first and then come back."""

    @wraps(handler)
    async def guarded(visit: Visit) -> Response:
        if visit.patient is None:
            return visit.go(next=visit.request.url.path)
        return await handler(visit)

    return at_practice(guarded)


def identity_confirmed(handler: Handler) -> Endpoint:
    """Serve a handler to signed-in people who confirmed their identity, or who are linked to no record yet.

    After staff linked an account, no record is shown before that (security.md, Identity before records).
    """

    @wraps(handler)
    async def guarded(visit: Visit) -> Response:
        visit.own = await own_account(visit.caller)
        if visit.own.must_confirm_by:
            return visit.go("confirm", next=visit.request.url.path)
        return await handler(visit)

    return signed_in(guarded)


async def redirect_to_home(visit: Visit) -> Response:
    """`GET /{slug}`: the address as people type it, without the last slash."""
    return RedirectResponse(visit.path(), status_code=308)


async def visit_to(request: Request, slug: str) -> Visit | None:
    """The visit to the organization with this slug; None if there is no such organization."""
    organization = await organization_by_slug(slug) if re.fullmatch(SLUG, slug) else None
    if organization is None:
        return None
    portal: Portal = request.app.state.portal
    offered = offered_languages(organization.languages)
    visit = Visit(
        request=request,
        portal=portal,
        organization=organization,
        language=_language(request, portal.cookies, offered),
        offered=offered,
        origin=_origin(request),
    )
    token = portal.cookies.session(request, slug)
    if token:
        session = await browser_session(organization.id, token, visit.origin, portal.services)
        if session:
            visit.patient, visit.signed_in_as = session.caller, session.email
    return visit


def _frame(visit: Visit) -> dict[str, object]:
    """The values for the frame of a practice's page: organization, sign-out, languages."""
    css = digest(theme_css(visit.organization.brand_colour))
    return {
        "organization": visit.organization,
        "visit": visit,
        "theme_address": f"{visit.path('theme.css')}?v={css}",
        "logo_address": f"{visit.path('logo.png')}?v={visit.organization.logo_sha256}",
        "icon_address": f"{visit.path('icon.png')}?v={visit.organization.logo_sha256}",
        "languages": addresses_in_other_languages(visit.request, visit.language, visit.offered),
        "sign_out": visit.form(PortalForm) if visit.patient else None,
    }


def _language(request: Request, cookies: CookieJar, offered: tuple[str, ...]) -> str:
    wishes = (request.query_params.get("lang"), cookies.language(request))
    return chosen_language(wishes, request.headers.get("accept-language", ""), offered)


def _origin(request: Request) -> Origin:
    # The server already put a trusted proxy's client here; no forwarding header is read by us.
    return Origin(
        address=request.client.host if request.client else None,
        agent=request.headers.get("user-agent", "")[:300] or None,
        request_id=request.scope.get("request_id"),
    )


def _small_letters(request: Request, slug: str) -> Response:
    rest = request.url.path.removeprefix(f"/{slug}")
    return RedirectResponse(f"/{quote(slug.lower())}{quote(rest)}", status_code=308)
