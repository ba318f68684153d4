"""GraphQL over HTTP: what happens between the bytes of a request and the resolvers, whatever the schema."""

from api.server.graphql_http.endpoint import GraphQLEndpoint
from api.server.graphql_http.schema import Schema

__all__ = ["GraphQLEndpoint", "Schema"]
