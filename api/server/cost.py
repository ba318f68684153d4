"""What an operation may cost, known before it runs: a field costs 1, and what a list holds counts once for each row.

The part that depends only on the document is worked out once and kept with it; a request only fills in the page
sizes that its variables carry.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from api.server.limits import fragments_of
from api.server.relay import PageSizes

# How long we take a plain list to be: addresses, relationships, signers.
LIST_LENGTH = 10

Variables = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Rows:
    """A list whose length a variable decides; `each` is the cost of one row."""

    lengths: tuple[ValueNode, ...]
    each: "Cost"
    page_sizes: PageSizes

    def number(self, variables: Variables) -> int:
        lengths = [_length(node, variables, self.page_sizes.maximum) for node in self.lengths]
        return max((length for length in lengths if length is not None), default=self.page_sizes.default)


@dataclass
class Cost:
    """A number, plus so many times the rows of lists whose length is not known yet."""

    constant: int = 0
    rows: dict[Rows, int] = field(default_factory=dict)

    def add(self, other: "Cost", times: int = 1) -> None:
        self.constant += other.constant * times
        for rows, number in other.rows.items():
            self.rows[rows] = self.rows.get(rows, 0) + number * times

    def given(self, variables: Variables) -> int:
        """The cost of a request with these variables; each list is counted once, however often it is spread."""
        return self._given(variables, {}) if self.rows else self.constant

    def _given(self, variables: Variables, known: dict[Rows, int]) -> int:
        total = self.constant
        for rows, number in self.rows.items():
            if rows not in known:
                known[rows] = rows.number(variables) * rows.each._given(variables, known)
            total += known[rows] * number
        return total


@dataclass
class _SetCost:
    """`once` for the selection set itself, `each` for every row of the page if its type is a connection."""

    once: Cost = field(default_factory=Cost)
    each: Cost = field(default_factory=Cost)

    def add(self, other: "_SetCost") -> None:
        self.once.add(other.once)
        self.each.add(other.each)


class CostOfDocument:
    """Works out the costs of one document that `check_size` has passed; each fragment once."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, page_sizes: PageSizes) -> None:
        self._schema = schema
        self._page_sizes = page_sizes
        self._fragments = fragments_of(document)
        self._known: dict[str, _SetCost] = {}

    def of(self, operation: OperationDefinitionNode) -> Cost:
        """The operation's cost, as far as the document alone tells it."""
        return self._set(operation.selection_set, self._schema.get_root_type(operation.operation)).once

    def _set(self, node: SelectionSetNode, parent: GraphQLNamedType | None) -> _SetCost:
        total = _SetCost()
        for selection in node.selections:
            if isinstance(selection, FieldNode):
                self._field(selection, parent, total)
            elif isinstance(selection, InlineFragmentNode):
                on = selection.type_condition
                inner = self._schema.get_type(on.name.value) if on else parent
                total.add(self._set(selection.selection_set, inner))
            else:
                total.add(self._fragment(self._fragments.get(selection.name.value)))  # type: ignore[attr-defined]
        return total

    def _fragment(self, fragment: FragmentDefinitionNode | None) -> _SetCost:
        if fragment is None:
            return _SetCost()
        name = fragment.name.value
        if name not in self._known:
            self._known[name] = self._set(
                fragment.selection_set, self._schema.get_type(fragment.type_condition.name.value)
            )
        return self._known[name]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, total: _SetCost) -> None:
        definition = _definition(node, parent)
        is_list = definition is not None and is_list_type(get_nullable_type(definition.type))
        cost = Cost(1)
        if node.selection_set is not None:
            named = get_named_type(definition.type) if definition else None
            inner = self._set(node.selection_set, named)
            cost.add(inner.once)
            if _is_connection(named):
                self._add_rows(cost, _arguments(node, "first", "last"), inner.each, default=self._page_sizes.default)
            elif is_list and not _is_connection(parent):
                cost = Cost(1)
                length = 1 if named is not None and named.name.startswith("__") else LIST_LENGTH
                self._add_rows(cost, _arguments(node, "ids"), inner.once, default=length)
        (total.each if is_list and _is_connection(parent) else total.once).add(cost)

    def _add_rows(self, cost: Cost, lengths: tuple[ValueNode, ...], each: Cost, default: int) -> None:
        if any(isinstance(node, VariableNode) for node in lengths):
            cost.add(Cost(0, {Rows(lengths, each, self._page_sizes): 1}))
            return
        found = [_length(node, {}, self._page_sizes.maximum) for node in lengths]
        cost.add(each, max((length for length in found if length is not None), default=default))


def defaults_of(operation: OperationDefinitionNode) -> dict[str, Any]:
    """The whole numbers that variables stand for where a request leaves them out."""
    return {
        definition.variable.name.value: int(definition.default_value.value)
        for definition in operation.variable_definitions or ()
        if isinstance(definition.default_value, IntValueNode) and len(definition.default_value.value) < 12
    }


def _definition(node: FieldNode, parent: GraphQLNamedType | None) -> GraphQLField | None:
    fields: dict[str, GraphQLField] = getattr(parent, "fields", {})
    return fields.get(node.name.value)


def _is_connection(named: GraphQLNamedType | None) -> bool:
    fields = getattr(named, "fields", {})
    return "pageInfo" in fields and "edges" in fields


def _arguments(node: FieldNode, *names: str) -> tuple[ValueNode, ...]:
    return tuple(argument.value for argument in node.arguments or () if argument.name.value in names)


def _length(node: ValueNode, variables: Variables, maximum: int) -> int | None:
    """How many rows an argument asks for; None if it leaves that open. Never more than the largest page."""
    match node:
        case VariableNode():
            value = variables.get(node.name.value)
        case IntValueNode():
            value = maximum if len(node.value) > 9 else int(node.value)
        case ListValueNode():
            value = len(node.values)
        case _:
            return None
    if isinstance(value, list):
        value = len(value)
    if value is None:
        return None
    # Anything but a number will be refused by the validation; until then it counts as the most there is.
    number = value if isinstance(value, int) else maximum
    return min(max(number, 0), maximum)
