"""GraphQL over WebSocket (graphql-transport-ws): what happens between a socket's frames and the resolvers."""

from api.graphql_ws.closing import CloseCode, MustClose
from api.graphql_ws.endpoint import GraphQLSockets
from api.graphql_ws.socket import Admission, Door

__all__ = ["Admission", "CloseCode", "Door", "GraphQLSockets", "MustClose"]
