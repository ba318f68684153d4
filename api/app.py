"""The API as an ASGI application: what is served where, and who is asking."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api import console
from api.context import Context
from api.errors import Unauthenticated, unexpected
from api.files import file
from api.graphql_http import GraphQLEndpoint
from api.health import healthz, readyz
from api.request_log import RequestLog
from api.schema import PUBLIC_FIELDS, make_schema
from clinic.callers import Caller, Origin
from clinic.ports import Services
from clinic.sessions.queries import caller_by_access_token
from runtime.database import open_database
from runtime.logging import configure_logging
from runtime.settings import Settings, read_settings
from runtime.wiring import build_services

# A bearer token of ours has 43 characters; nothing longer is looked up.
_LONGEST_TOKEN = 200


def create_app(settings: Settings | None = None, services: Services | None = None) -> Starlette:
    """The API; by default with the settings of this process and the real services."""
    if settings is None:
        settings = read_settings()
        configure_logging(settings.environment)
    services = services or build_services(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_database(settings.database_url):
            yield

    app = Starlette(
        routes=[
            Route("/graphql", graphql_endpoint(settings, services)),
            Route("/files/{token}", file),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            *([] if settings.in_production else console.ROUTES),
        ],
        middleware=[Middleware(RequestLog, https=settings.api_url.startswith("https://"))],
        exception_handlers={Exception: _defect},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    app.state.services = services
    return app


def graphql_endpoint(settings: Settings, services: Services) -> GraphQLEndpoint:
    """`POST /graphql`, joined to the core."""

    async def authenticate(request: Request) -> Caller | None:
        header = request.headers.get("authorization")
        if header is None:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(token) <= _LONGEST_TOKEN:
            raise Unauthenticated
        caller = await caller_by_access_token(token, origin_of(request), services.clock.now())
        if caller is None:
            raise Unauthenticated
        return caller

    async def make_context(request: Request, caller: Caller | None) -> Context:
        return Context(services=services, caller=caller, origin=origin_of(request), now=services.clock.now())

    return GraphQLEndpoint(
        make_schema(introspection=not settings.in_production),
        authenticate=authenticate,
        make_context=make_context,
        public_fields=PUBLIC_FIELDS,
        explain_to_strangers=not settings.in_production,
    )


def origin_of(request: Request) -> Origin:
    """Where the request came from. Forwarding headers were dealt with before, and only for trusted proxies."""
    return Origin(
        address=request.client.host if request.client else None,
        agent=request.headers.get("user-agent"),
        request_id=getattr(request.state, "request_id", None),
    )


async def _defect(request: Request, exception: Exception) -> Response:
    error = unexpected(exception, "api.unexpected")
    return JSONResponse({"errors": [{"message": error.message, "extensions": error.extensions}]}, status_code=500)
