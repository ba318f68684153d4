"""GraphQL over HTTP: from the bytes of a request to the resolvers, for any schema."""

from api.server.graphql_http.endpoint import GraphQLEndpoint
from api.server.graphql_http.schema import Schema
from api.server.graphql_http.trusted_documents import TrustedDocuments

__all__ = ["GraphQLEndpoint", "Schema", "TrustedDocuments"]
