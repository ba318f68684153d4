"""`POST /graphql` over a schema of a test's own, so that something in it may be another than in the product."""

import httpx2
from starlette.applications import Starlette
from starlette.routing import Route

from api.app import graphql_endpoint
from api.requests.allowed_origins import AllowedOrigins
from api.schema import make_schema
from api.server.graphql_http import Schema, TrustedDocuments
from clinic.values.ports import Services
from runtime.settings import Environment, Settings
from tests.factories import SECRET_KEY


def own_schema() -> Schema:
    """Made anew: not the one that all applications of a process share."""
    return make_schema.__wrapped__(introspection=False)


def client_of(schema: Schema, services: Services) -> httpx2.AsyncClient:
    settings = Settings(environment=Environment.TEST, secret_keys=(SECRET_KEY,))
    endpoint = graphql_endpoint(schema, settings, services, TrustedDocuments(), AllowedOrigins([], services))
    app = Starlette(routes=[Route("/graphql", endpoint)])
    app.state.services = services
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    return httpx2.AsyncClient(transport=transport, base_url="https://api.vestibule.example")
