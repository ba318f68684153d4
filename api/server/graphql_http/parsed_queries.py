"""Query documents, each parsed, measured and validated once, however often clients send it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    StringValueNode,
    Visitor,
    parse,
    specified_rules,
    visit,
)
from strawberry.schema.schema import validate_document

from api.server.cost import Cost, CostOfDocument, defaults_of
from api.server.errors import BadUserInput, TooComplex, code_errors
from api.server.limits import Limits, check_size, fields_of, fragments_of

# As many documents as a fleet of clients in a few versions sends. The longest document bounds an entry's size, so
# nobody fills the memory by sending thousands.
CACHED_QUERIES = 128


@dataclass(frozen=True, eq=False)
class Operation:
    """One operation of a document, with all that can be told before its variables are known."""

    node: OperationDefinitionNode
    root_fields: frozenset[str]
    cost: Cost
    defaults: Mapping[str, Any]

    def requested(self, variables: Mapping[str, Any]) -> int:
        """What running it with these variables may cost."""
        return self.cost.given({**self.defaults, **variables})


@dataclass(eq=False)
class ParsedQuery:
    """A query document within the limits. `errors` is what the validation found, None before it ran."""

    document: DocumentNode
    operations: Mapping[str | None, Operation]
    errors: list[GraphQLError] | None = field(default=None)

    def operation(self, name: str | None) -> Operation:
        """The one to run. Where there are several, the client has to say which: the first is no safer than the last."""
        if name is None and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if name is None:
            raise BadUserInput("The document holds several operations, or none. Name the one to run in operationName.")
        if name not in self.operations:
            raise BadUserInput("The document holds no operation of the name in operationName.")
        return self.operations[name]


class ParsedQueries:
    """The query documents that one schema's clients sent lately, by their text."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits,
        more_rules: tuple[type[ASTValidationRule], ...] = (),
        size: int = CACHED_QUERIES,
    ) -> None:
        self._schema = schema
        self._rules = (*specified_rules, *more_rules)
        self.limits = limits
        self.read = lru_cache(maxsize=size)(self._read)

    def validated(self, query: str) -> list[GraphQLError]:
        """What is wrong with a document, each error with its code."""
        parsed = self.read(query)
        if parsed.errors is None:
            errors = validate_document(self._schema, parsed.document, self._rules)
            code_errors(errors)
            parsed.errors = errors
        return parsed.errors

    def _read(self, query: str) -> ParsedQuery:
        """Parse and measure; raises `GraphQLError` for bad syntax, `CodedError` beyond a limit."""
        document = self._parse(query)
        check_size(document, self.limits)
        costs = CostOfDocument(self._schema, document, self.limits.page_sizes)
        fragments = fragments_of(document)
        operations: dict[str | None, Operation] = {}
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                roots = frozenset(f.name.value for f in fields_of([definition.selection_set], fragments))
                name = definition.name.value if definition.name else None
                if name in operations:
                    raise BadUserInput("Operations in one document need names, each its own.")
                operations[name] = Operation(definition, roots, costs.of(definition), defaults_of(definition))
        return ParsedQuery(document, operations)

    def _parse(self, query: str) -> DocumentNode:
        limits = self.limits
        if len(query) > limits.characters:
            raise TooComplex(f"A document may have at most {limits.characters} characters. Send values as variables.")
        try:
            node = parse(query, max_tokens=limits.tokens, allow_empty_selection_sets=False)
        except GraphQLError as error:
            if f"more than {limits.tokens} tokens" in error.message:
                raise TooComplex(f"A document may have at most {limits.tokens} tokens.") from None
            if "nested too deeply" in error.message:
                raise TooComplex("The document is nested too deeply.") from None
            raise
        if "\\u" in query:
            visit(node, _NoNul())
        return node


class _NoNul(Visitor):
    """Refuses in literals what no database can store, as `decode` does in variables."""

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        if "\x00" in node.value:
            raise BadUserInput("Text can't contain the NUL character (U+0000).")


def is_subscription(operation: Operation) -> bool:
    """Whether the operation wants a stream of answers."""
    return operation.node.operation is OperationType.SUBSCRIPTION
