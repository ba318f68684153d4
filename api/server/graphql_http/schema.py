"""A Strawberry schema with our limits, cache and error codes built in, so that no transport can do without them."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

import strawberry
from graphql import GraphQLError, NoSchemaIntrospectionCustomRule
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.base import StrawberryType

from api.server.errors import OnError, RefusalOf, TooComplex, code_errors, no_refusals, tell_nobody
from api.server.graphql_http.parsed_queries import ParsedQueries
from api.server.limits import Limits
from api.server.planned_executor import executor_for_one_schema


class _FromDocuments(SchemaExtension):
    """Takes the document from the schema's cache, and weighs the operation before anything is validated or run."""

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        queries = cast(Schema, context.schema).queries
        query = queries.read(context.query or "")
        context.graphql_document = query.document
        # The public `operation_name` falls back to the first operation, which is what we refuse to guess.
        requested = query.operation(context._provided_operation_name).requested(context.variables or {})
        maximum = queries.limits.cost
        # Doubling fragments can ask for a number with hundreds of digits; nobody needs to read it.
        context.extensions_results["cost"] = {"requested": min(requested, 10**9), "maximum": maximum}
        if requested > maximum:
            raise TooComplex("The operation asks for too much at once. Ask for fewer rows or fewer nested lists.")
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        context.pre_execution_errors = cast(Schema, context.schema).queries.validated(context.query or "")
        yield


class Schema(strawberry.Schema):
    """Use it as `strawberry.Schema`. No extension runs for each field: that would slow down all of them.

    `refusal_of` makes the client's error of what the resolvers raise on purpose; `on_error` is told of each error.
    """

    def __init__(
        self,
        query: type,
        mutation: type | None = None,
        subscription: type | None = None,
        *,
        types: Iterable[type | StrawberryType] = (),
        config: StrawberryConfig | None = None,
        exception_handlers: Iterable[Any] = (),
        limits: Limits,
        refusal_of: RefusalOf = no_refusals,
        on_error: OnError = tell_nobody,
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
            execution_context_class=executor_for_one_schema(),
        )
        hidden = () if introspection else (NoSchemaIntrospectionCustomRule,)
        self.queries = ParsedQueries(self._schema, limits, hidden)
        self.refusal_of = refusal_of
        self._on_error = on_error

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Code and mask, in place of Strawberry's logger, which writes messages and so records."""
        context = execution_context.context if execution_context else None
        code_errors(errors, self.refusal_of, self._on_error, context)
