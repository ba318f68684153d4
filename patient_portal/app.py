"""The patient portal: every address, and the room behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from clinic.ports import Services
from patient_portal.brand import logo, theme
from patient_portal.cookies import CookieJar
from patient_portal.documents import documents
from patient_portal.errors import REFUSALS, defect
from patient_portal.health import healthz, readyz
from patient_portal.registration import fresh_link_sent, invitation, open_link, register, send_fresh_link
from patient_portal.security import Edge, origin_of
from patient_portal.sign_in import home, sign_in, sign_out
from patient_portal.static_files import serve_static
from patient_portal.visit import Portal, at_practice, by_method, signed_in, to_front_door
from runtime.database import open_database
from runtime.logging import configure_logging
from runtime.settings import Settings, read_settings
from runtime.wiring import build_services

# A form is fetched and sent at the same address, so that reloading it after an error is harmless.
FORM = ["GET", "POST"]


def create_app(settings: Settings | None = None, services: Services | None = None) -> Starlette:
    """The portal as an ASGI application; by default with the settings of this process and the real services."""
    if settings is None:
        settings = read_settings()
        configure_logging(settings.environment)
    https = urlsplit(settings.portal_url).scheme == "https"

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_database(settings.database_url):
            yield

    app = Starlette(
        routes=routes(),
        middleware=[Middleware(Edge, https=https, on_defect=defect)],
        exception_handlers=REFUSALS,
        lifespan=lifespan,
    )
    # A redirect for a missing slash would be made from the Host header; ours name no host.
    app.router.redirect_slashes = False
    app.state.portal = Portal(
        services=services or build_services(settings),
        cookies=CookieJar(secure=https),
        origin=origin_of(settings.portal_url),
    )
    return app


def routes() -> list[BaseRoute]:
    """Every address of the portal. What is signed in says so here, at its door."""
    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/static/{name}", serve_static),
        Route("/{slug}", at_practice(to_front_door)),
        Route("/{slug}/logo.png", at_practice(logo)),
        Route("/{slug}/theme.css", at_practice(theme)),
        Route("/{slug}/", at_practice(by_method(home, sign_in)), methods=FORM),
        Route("/{slug}/sign-out", at_practice(sign_out), methods=["POST"]),
        Route("/{slug}/register/invitation", at_practice(by_method(invitation, register)), methods=FORM),
        Route("/{slug}/register/fresh", at_practice(send_fresh_link), methods=["POST"]),
        Route("/{slug}/register/sent", at_practice(fresh_link_sent)),
        Route("/{slug}/register/{token}", at_practice(open_link)),
        Route("/{slug}/documents", signed_in(documents)),
    ]
