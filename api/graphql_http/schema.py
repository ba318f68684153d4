"""A Strawberry schema with our limits, cache and error codes built in, so that no transport can do without them."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

import strawberry
from graphql import GraphQLError, NoSchemaIntrospectionCustomRule
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.base import StrawberryType

from api.errors import TooComplex, code_errors
from api.graphql_http.documents import Documents
from api.limits import Limits


class _FromDocuments(SchemaExtension):
    """Takes the document from the schema's cache, and weighs the operation before anything is validated or run."""

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        documents = cast(Schema, context.schema).documents
        document = documents.read(context.query or "")
        context.graphql_document = document.node
        # The public `operation_name` falls back to the first operation, which is what we refuse to guess.
        requested = document.operation(context._provided_operation_name).requested(context.variables or {})
        maximum = documents.limits.cost
        # Doubling fragments can ask for a number with hundreds of digits; nobody needs to read it.
        context.extensions_results["cost"] = {"requested": min(requested, 10**9), "maximum": maximum}
        if requested > maximum:
            raise TooComplex("The operation asks for too much at once. Ask for fewer rows or fewer nested lists.")
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        context.pre_execution_errors = cast(Schema, context.schema).documents.validated(context.query or "")
        yield


class Schema(strawberry.Schema):
    """Use it as `strawberry.Schema`. No extension runs for each field: that would slow down all of them."""

    def __init__(
        self,
        query: type,
        mutation: type | None = None,
        subscription: type | None = None,
        *,
        types: Iterable[type | StrawberryType] = (),
        config: StrawberryConfig | None = None,
        exception_handlers: Iterable[Any] = (),
        limits: Limits | None = None,
        introspection: bool = True,
    ) -> None:
        super().__init__(
            query,
            mutation,
            subscription,
            types=types,
            config=config,
            exception_handlers=exception_handlers,
            extensions=[_FromDocuments],
        )
        hidden = () if introspection else (NoSchemaIntrospectionCustomRule,)
        self.documents = Documents(self._schema, limits or Limits(), hidden)

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Code and mask, in place of Strawberry's logger, which writes messages and so records."""
        code_errors(errors)
