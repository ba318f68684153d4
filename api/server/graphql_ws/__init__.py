"""GraphQL over WebSocket (graphql-transport-ws): what happens between a socket's frames and the resolvers."""

from api.server.graphql_ws.closing import CloseCode, MustClose
from api.server.graphql_ws.endpoint import GraphQLSockets
from api.server.graphql_ws.socket import Admission, Authenticator

__all__ = ["Admission", "Authenticator", "CloseCode", "GraphQLSockets", "MustClose"]
