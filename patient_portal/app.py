"""The patient portal: every address and its handler."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Route

from clinic.values.ports import Services
from patient_portal.pages.account import (
    account,
    address_to_change,
    change_own_address,
    change_own_password,
    choose_language,
    end_one_session,
    password_to_change,
    to_account,
    withdraw_own_consent,
)
from patient_portal.pages.address_confirmation import address_to_confirm, confirm_address
from patient_portal.pages.document_access import document_by_method, of_document
from patient_portal.pages.documents import documents
from patient_portal.pages.email_change_objection import address_kept, address_to_keep, keep_address
from patient_portal.pages.forgotten_password import (
    choose_password,
    forgotten,
    password_to_choose,
    reset_link_sent,
    send_reset_link,
)
from patient_portal.pages.help import help_page
from patient_portal.pages.identity import confirm_own_identity, connect_records, identity_to_confirm, records_to_connect
from patient_portal.pages.own_factors import add_codes, own_factors, prove, remove, renew_codes, to_own_factors
from patient_portal.pages.own_passkeys import add_passkey
from patient_portal.pages.reading import document_page, download, page_picture, print_out
from patient_portal.pages.record_history import record_history
from patient_portal.pages.registration import (
    fresh_link_sent,
    invitation,
    open_link,
    register,
    send_fresh_link,
    to_invitation,
)
from patient_portal.pages.second_step import finish_sign_in, to_sign_in
from patient_portal.pages.self_registration import registration, registration_received, self_register
from patient_portal.pages.sign_in import home, sign_in, sign_out
from patient_portal.pages.signing import decline, document_to_decline, document_to_sign, sign
from patient_portal.pages.start import start
from patient_portal.pages.verification import FILE_LIMIT, Verification
from patient_portal.web.app_links import app_link_routes
from patient_portal.web.brand import icon, logo, theme
from patient_portal.web.cookies import CookieJar
from patient_portal.web.errors import REFUSALS, defect, too_busy, without_one_host
from patient_portal.web.health import healthz, readyz
from patient_portal.web.lanes import lane_of
from patient_portal.web.mailed_links import KEEP, RESET, VERIFY, open_mailed_link_at
from patient_portal.web.security import Edge, origin_of
from patient_portal.web.sent_twice import by_method
from patient_portal.web.static_files import serve_static, static_files
from patient_portal.web.visit import Portal, at_practice, identity_confirmed, redirect_to_home, signed_in
from runtime.app_links import fingerprints_by_package
from runtime.collecting import collect_less
from runtime.database import open_database
from runtime.hardening import protect_this_process
from runtime.http.load_shedding import PLACES, Lane, LoadShedding, Places
from runtime.http.one_host import OneHost
from runtime.logging import configure_logging
from runtime.monitoring.counters import Counters
from runtime.monitoring.face import counters_of, handed_over, watched_pool
from runtime.monitoring.page import MetricsPage
from runtime.monitoring.tracing import tracing_of
from runtime.settings import Settings, read_settings
from runtime.wiring import build_services

# A form is fetched and sent at the same address, so that reloading it after an error is harmless.
FORM = ["GET", "POST"]


def create_app(
    settings: Settings | None = None, services: Services | None = None, *, places: Mapping[Lane, Places] = PLACES
) -> Starlette:
    """The portal as an ASGI application; by default with the settings of this process and the real services."""
    own_process = settings is None
    if settings is None:
        settings = read_settings()
        configure_logging(settings.environment, level=settings.log_level)
        protect_this_process()
    https = urlsplit(settings.portal_url).scheme == "https"
    static_files()  # read before the first request
    services = services or build_services(settings, Counters())
    counters = counters_of(services)
    tracing = tracing_of(settings.otlp_endpoint, "portal")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_database(settings.database_url), watched_pool(counters), handed_over(tracing):
            yield

    def finished(page: str, status: int, seconds: float) -> None:
        counters.time_request(page, status, seconds)
        tracing.finished_request(page, status, seconds)

    app = Starlette(
        routes=[
            Route("/metrics", MetricsPage(settings, services, counters).answer),
            *app_link_routes(fingerprints_by_package(settings.android_apps), settings.ios_apps),
            *routes(),
        ],
        middleware=[
            Middleware(
                Edge,
                https=https,
                on_defect=defect,
                larger={"/verify": FILE_LIMIT},
                finished=finished,
            ),
            Middleware(OneHost, refuse=without_one_host),
            Middleware(LoadShedding, lane_of=lane_of, refuse=too_busy, counted=counters.count_too_busy, places=places),
        ],
        exception_handlers=REFUSALS,
        lifespan=lifespan,
    )
    # A redirect for a missing slash would be made from the Host header; ours name no host.
    app.router.redirect_slashes = False
    app.state.portal = Portal(
        services=services,
        cookies=CookieJar(secure=https),
        origin=origin_of(settings.portal_url),
        in_production=settings.in_production,
    )
    if own_process:
        collect_less()
    return app


def routes() -> list[BaseRoute]:
    """Every address of the portal, with the guard that says who may open it."""
    return [
        Route("/", start),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/static/{name}", serve_static),
        Route("/verify", Verification().verify, methods=FORM),
        Route("/{slug}", at_practice(redirect_to_home)),
        Route("/{slug}/logo.png", at_practice(logo)),
        Route("/{slug}/icon.png", at_practice(icon)),
        Route("/{slug}/theme.css", at_practice(theme)),
        Route("/{slug}/", at_practice(by_method(home, sign_in)), methods=FORM),
        Route("/{slug}/second-step", at_practice(by_method(to_sign_in, finish_sign_in)), methods=FORM),
        Route("/{slug}/sign-out", at_practice(sign_out), methods=["POST"]),
        Route("/{slug}/help", at_practice(help_page)),
        Route("/{slug}/register", at_practice(by_method(registration, self_register)), methods=FORM),
        Route("/{slug}/register/received", at_practice(registration_received)),
        Route("/{slug}/register/invitation", at_practice(by_method(invitation, register)), methods=FORM),
        Route("/{slug}/register/fresh", at_practice(by_method(to_invitation, send_fresh_link)), methods=FORM),
        Route("/{slug}/register/sent", at_practice(fresh_link_sent)),
        Route("/{slug}/register/{token:path}", at_practice(open_link)),
        Route("/{slug}/verify", at_practice(by_method(address_to_confirm, confirm_address)), methods=FORM),
        Route("/{slug}/verify/{token:path}", at_practice(open_mailed_link_at(VERIFY))),
        Route("/{slug}/keep", at_practice(by_method(address_to_keep, keep_address)), methods=FORM),
        Route("/{slug}/keep/done", at_practice(address_kept)),
        Route("/{slug}/keep/{token:path}", at_practice(open_mailed_link_at(KEEP))),
        Route("/{slug}/forgot", at_practice(by_method(forgotten, send_reset_link)), methods=FORM),
        Route("/{slug}/forgot/sent", at_practice(reset_link_sent)),
        Route("/{slug}/reset", at_practice(by_method(password_to_choose, choose_password)), methods=FORM),
        Route("/{slug}/reset/{token:path}", at_practice(open_mailed_link_at(RESET))),
        Route("/{slug}/connect", signed_in(by_method(records_to_connect, connect_records)), methods=FORM),
        Route("/{slug}/confirm", signed_in(by_method(identity_to_confirm, confirm_own_identity)), methods=FORM),
        Route("/{slug}/documents", identity_confirmed(documents)),
        Route("/{slug}/documents/{id}", of_document(document_page)),
        Route("/{slug}/documents/{id}/pages/{number}", of_document(page_picture)),
        Route("/{slug}/documents/{id}/file", of_document(download)),
        Route("/{slug}/documents/{id}/print", of_document(print_out)),
        Route("/{slug}/documents/{id}/sign", of_document(document_by_method(document_to_sign, sign)), methods=FORM),
        Route(
            "/{slug}/documents/{id}/decline",
            of_document(document_by_method(document_to_decline, decline)),
            methods=FORM,
        ),
        Route("/{slug}/account", signed_in(account)),
        Route("/{slug}/account/password", signed_in(by_method(password_to_change, change_own_password)), methods=FORM),
        Route("/{slug}/account/email", signed_in(by_method(address_to_change, change_own_address)), methods=FORM),
        Route("/{slug}/account/language", signed_in(by_method(to_account, choose_language)), methods=FORM),
        Route("/{slug}/account/consent", signed_in(by_method(to_account, withdraw_own_consent)), methods=FORM),
        Route("/{slug}/account/sessions", signed_in(by_method(to_account, end_one_session)), methods=FORM),
        Route("/{slug}/account/second-step", signed_in(own_factors)),
        Route("/{slug}/account/second-step/prove", signed_in(by_method(to_own_factors, prove)), methods=FORM),
        Route("/{slug}/account/second-step/codes", signed_in(by_method(to_own_factors, add_codes)), methods=FORM),
        Route("/{slug}/account/second-step/passkey", signed_in(by_method(to_own_factors, add_passkey)), methods=FORM),
        Route("/{slug}/account/second-step/remove", signed_in(by_method(to_own_factors, remove)), methods=FORM),
        Route("/{slug}/account/second-step/recovery", signed_in(by_method(to_own_factors, renew_codes)), methods=FORM),
        Route("/{slug}/account/record", identity_confirmed(record_history)),
    ]
