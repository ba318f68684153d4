"""The API as an ASGI application: what is served where, and who is asking."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from api.bounces import ses_bounces
from api.files import file
from api.imports import Imports
from api.live.authenticator import StaffAdmission, StaffAuthenticator
from api.machines import machine_routes
from api.previews import preview
from api.provider_sign_in import provider_routes
from api.requests.allowed_origins import AllowedOrigins
from api.requests.context import Context
from api.requests.origin import bearer_of, origin_of
from api.requests.refusals import RETRY_AFTER_SECONDS, refusal_of
from api.requests.signed_in import staff_in
from api.schema import PUBLIC_FIELDS, TOKEN_FREE_FIELDS, make_schema
from api.server.cors import OtherOrigins
from api.server.errors import BadUserInput, Code, Unauthenticated, log_unavailable, unexpected
from api.server.graphql_http import GraphQLEndpoint, Schema, TrustedDocuments
from api.server.graphql_ws import GraphQLSockets
from api.server.health import healthz, readyz
from api.server.request_log import Finished, RequestLog
from api.start import start_route
from api.too_busy import TOO_BUSY, lane_of
from api.uploads import Uploads
from api.web import console, elements, staff_screen
from api.web.operations import own_operations
from clinic.database.faults import is_unavailable
from clinic.records.actions.views import ViewLog
from clinic.values.callers import Caller
from clinic.values.ports import Services
from runtime.collecting import collect_less
from runtime.database import open_database
from runtime.hardening import protect_this_process
from runtime.http.faults import OutagesAnswered
from runtime.http.load_shedding import PLACES, Lane, LoadShedding, Places
from runtime.http.one_host import OneHost
from runtime.logging import configure_logging
from runtime.manifests import read_trusted
from runtime.monitoring.counters import OTHER, Counters
from runtime.monitoring.face import counters_of, handed_over, watched_pool
from runtime.monitoring.page import MetricsPage
from runtime.monitoring.tracing import tracing_of
from runtime.readiness import readiness
from runtime.settings import Settings, read_settings
from runtime.wiring import build_services

# How many events are read for subscriptions at once. A burst of them leaves most connections of the pool to requests.
EVENTS_AT_ONCE = 4


def create_app(
    settings: Settings | None = None, services: Services | None = None, *, places: Mapping[Lane, Places] = PLACES
) -> Starlette:
    """The API; by default with the settings of this process and the real services."""
    own_process = settings is None
    if settings is None:
        settings = read_settings()
        configure_logging(settings.environment, level=settings.log_level)
        protect_this_process()
    services = services or build_services(settings, Counters())
    counters = counters_of(services)
    tracing = tracing_of(settings.otlp_endpoint, "api")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_database(settings.database_url), watched_pool(counters), handed_over(tracing):
            yield

    schema = make_schema(introspection=not settings.in_production)
    trusted = trusted_documents(settings)
    origins = AllowedOrigins([settings.api_url, *settings.cors_origins], services)
    operations = root_fields_of(schema)

    def time_request(scope: Scope, status: int, seconds: float) -> None:
        operation, told = operation_of(scope, operations), status_of(scope, status)
        counters.time_request(operation, told, seconds)
        tracing.finished_request(operation, told, seconds)

    app = Starlette(
        routes=[
            Route(
                "/graphql",
                graphql_endpoint(schema, settings, services, trusted, origins),
                middleware=[Middleware(OtherOrigins, allows=origins.allows)],
            ),
            WebSocketRoute("/graphql", graphql_sockets(schema, services, trusted, origins)),
            start_route(settings.api_url, settings.portal_url),
            Route("/uploads", Uploads(services).receive, methods=["POST"]),
            Route("/imports", Imports(services).receive, methods=["POST"]),
            Route("/bounces/ses", ses_bounces, methods=["POST"]),
            *machine_routes(),
            *provider_routes(),
            Route("/files/{token}", file),
            Route("/previews/{token}", preview, methods=["GET"]),
            Route("/healthz", healthz),
            Route("/readyz", readyz(readiness_of)),
            Route("/metrics", MetricsPage(settings, services, counters).answer),
            *staff_screen.routes(),
            *elements.routes(),
            *([] if settings.in_production else console.routes()),
        ],
        middleware=_around_each_request(settings, counters, time_request, places),
        exception_handlers={Exception: _defect},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.services = services
    if own_process:
        collect_less()
    return app


def _around_each_request(
    settings: Settings, counters: Counters, finished: Finished, places: Mapping[Lane, Places]
) -> list[Middleware]:
    return [
        # First, so that a refusal costs as little as can be.
        Middleware(LoadShedding, lane_of=lane_of, refuse=TOO_BUSY, counted=counters.count_too_busy, places=places),
        Middleware(RequestLog, https=settings.api_url.startswith("https://"), finished=finished),
        Middleware(OneHost, refuse=_without_one_host),
        Middleware(OutagesAnswered, answer=_away),
    ]


def trusted_documents(settings: Settings) -> TrustedDocuments:
    """What `VESTIBULE_TRUSTED_DOCUMENTS` names. Where nothing else is answered, our own screens are."""
    trusted = read_trusted(settings.trusted_documents)
    only = trusted.only and settings.in_production
    return TrustedDocuments(trusted.by_id, own_operations() if only else (), only)


def graphql_endpoint(
    schema: Schema, settings: Settings, services: Services, trusted: TrustedDocuments, origins: AllowedOrigins
) -> GraphQLEndpoint[Caller]:
    """`POST /graphql`, joined to the core."""
    views = ViewLog(services)

    async def authenticate(request: Request) -> Caller | None:
        try:
            caller = await bearer_of(request, services)
        except Unauthenticated:
            await origins.check(request, None)
            raise
        await origins.check(request, caller)
        return caller

    async def make_context(request: Request, caller: Caller | None) -> Context:
        context = Context(services=services, caller=caller, origin=origin_of(request), now=services.clock.now())
        request.state.context = context
        return context

    async def note_records_read(request: Request) -> None:
        context: Context | None = getattr(request.state, "context", None)
        caller = staff_in(context.caller) if context else None
        if context is None or caller is None:
            return
        try:
            await views.record(caller, context.seen)
        except Exception as error:  # noqa: BLE001  the outermost edge: the answer is out, and reading never fails for this
            if is_unavailable(error):
                log_unavailable(error, "api.view_not_noted")
            else:
                unexpected(error, "api.view_not_noted")

    return GraphQLEndpoint(
        schema,
        authenticate=authenticate,
        make_context=make_context,
        public_fields=PUBLIC_FIELDS,
        token_free_fields=TOKEN_FREE_FIELDS,
        explain_when_signed_out=not settings.in_production,
        trusted=trusted,
        after_answer=note_records_read,
        retry_after_seconds=RETRY_AFTER_SECONDS,
    )


def graphql_sockets(
    schema: Schema, services: Services, trusted: TrustedDocuments, origins: AllowedOrigins
) -> GraphQLSockets[StaffAdmission]:
    """`WS /graphql`, joined to the core."""
    authenticator = StaffAuthenticator(services, origins)
    slots = asyncio.Semaphore(EVENTS_AT_ONCE)

    def make_context(admission: StaffAdmission) -> Context:
        async def check_admission() -> None:
            for why in (await authenticator.revoked([admission])).values():
                raise why

        caller = admission.caller
        return Context(
            services, caller, caller.origin, services.clock.now(), check_admission=check_admission, slots=slots
        )

    return GraphQLSockets(
        schema,
        authenticator,
        make_context=make_context,
        allows=origins.allows,
        trusted=trusted,
    )


def root_fields_of(schema: Schema) -> frozenset[str]:
    """The fields that a query or mutation may begin with."""
    kinds = (schema._schema.query_type, schema._schema.mutation_type)
    return frozenset(field for kind in kinds if kind is not None for field in kind.fields)


def operation_of(scope: Scope, known: frozenset[str]) -> str:
    """What the request is timed as: its root field, or the route. Never a name that a client made up.

    docs/decisions/0047-timed-by-root-field.md says why it is not the operation's own name.
    """
    fields: frozenset[str] | None = scope.get("state", {}).get("root_fields")
    if fields is None:
        return getattr(scope.get("route"), "path", OTHER)
    [field, *more] = fields or {OTHER}
    return field if field in known and not more else OTHER


def status_of(scope: Scope, status: int) -> int:
    """The status, or what it would be if GraphQL's errors had one: clients may want 200 for them."""
    codes: frozenset[object] = scope.get("state", {}).get("error_codes", frozenset())
    if not codes:
        return status
    return 500 if Code.INTERNAL in codes else max(status, 400)


async def readiness_of(request: Request) -> tuple[bool, Mapping[str, object]]:
    """Asked of the services that the application holds now."""
    found = await readiness(request.app.state.services)
    return found.ready, found.body


async def _without_one_host(scope: Scope, receive: Receive, send: Send) -> None:
    error = BadUserInput("Send one Host header with the name of this server.")
    response = JSONResponse({"errors": [error.formatted]}, 400)
    if scope["type"] == "websocket":
        await WebSocket(scope, receive, send).send_denial_response(response)
    else:
        await response(scope, receive, send)


async def _away(request: Request, exception: Exception) -> Response:
    """For what is no GraphQL and has no answer of its own: what it needs is away for a while."""
    log_unavailable(exception, "api.unavailable")
    error = refusal_of(exception)
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return JSONResponse({"errors": [error.formatted if error else {}]}, 503, headers)


async def _defect(request: Request, exception: Exception) -> Response:
    error = unexpected(exception, "api.unexpected")
    return JSONResponse({"errors": [{"message": error.message, "extensions": error.extensions}]}, status_code=500)
