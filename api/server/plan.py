"""Completes a value with all that hangs on it by one generated function, where graphql-core would walk field by field.

A plan is made from the schema and a selection whose fields all are plain attributes. It completes just what
graphql-core would complete. Wherever the two could differ (a null in a place that has none, a value of another class,
an exception, something to wait for) the plan raises, and the caller has graphql-core complete the whole value instead.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    Undefined,
    is_leaf_type,
)
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList
from strawberry.schema.schema_converter import CustomGraphQLEnumType
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from api.server.kept import Shown, keep_completed

Plan = Callable[[Any], Any]
Collect = Callable[[GraphQLObjectType, FieldDetailsList], CollectedFields]

_DEFINITION = "strawberry-definition"
_KNOWN_DIRECTIVES = frozenset({"include", "skip"})
# Values of these classes are neither exceptions nor awaitable, so that only their scalar has to be asked.
_ORDINARY = frozenset({str, int, float, bool, bytes, datetime, date, Decimal, UUID})


class Unplanned(Exception):
    """A value that the plan leaves to graphql-core."""


class _NotPlain(Exception):
    """A selection for which there is no plan."""


def plan_for(kind: GraphQLOutputType, details: FieldDetailsList, collect: Collect) -> Plan | None:
    """The function that completes values of this type with this selection; None where there can be none.

    `collect` answers the fields that are selected of a type, as the executor's `collect_subfields` does.
    """
    writer = _Writer(collect)
    try:
        _check_nodes(details)
        writer.value(kind, details, "value")
        return writer.function()
    except (_NotPlain, GraphQLError, SyntaxError):  # Python nests at most twenty loops
        return None


def attribute_of(definition: GraphQLField) -> str | None:
    """The attribute that a field reads, if that is all it does."""
    ours = definition.extensions.get(_DEFINITION)
    plain = (
        isinstance(ours, StrawberryField)
        and type(ours).get_result is StrawberryField.get_result
        and ours.is_basic_field
        and ours.default_resolver is getattr
        and getattr(definition.resolve, "_is_default", False)
        and not definition.args
    )
    return ours.python_name if plain and isinstance(ours, StrawberryField) else None


@dataclass
class _Writer:
    """Writes the function's text, and keeps the objects that it names."""

    collect: Collect
    lines: list[str] = field(default_factory=list)
    names: dict[str, object] = field(default_factory=dict)
    variables: int = 0
    depth: int = 1

    def function(self) -> Plan:
        text = "\n".join(["def plan(value):", *self.lines, "    return value"])
        names = {**self.names, "Unplanned": Unplanned}
        # The text has nothing of a client's in it but names of GraphQL, in quotes; values are bound to names of ours.
        exec(compile(text, "<plan>", "exec"), names)  # noqa: S102
        plan: Any = names["plan"]
        return plan  # type: ignore[no-any-return]

    def write(self, line: str) -> None:
        self.lines.append("    " * self.depth + line)

    @contextmanager
    def block(self, line: str) -> Iterator[None]:
        self.write(line)
        self.depth += 1
        yield
        self.depth -= 1

    def bind(self, value: object) -> str:
        name = f"k{len(self.names)}"
        self.names[name] = value
        return name

    def variable(self) -> str:
        self.variables += 1
        return f"v{self.variables}"

    def value(self, kind: GraphQLOutputType, details: FieldDetailsList, name: str) -> None:
        """Lines that put the completed value in place of the variable's value."""
        inner: Any = kind.of_type if isinstance(kind, GraphQLNonNull) else kind
        nullable = inner is kind
        if is_leaf_type(inner):
            self._leaf(inner, name, nullable=nullable)
        elif nullable:
            with self.block(f"if {name} is not None:"):
                self._inner(inner, details, name)
        else:
            self._inner(inner, details, name)

    def _inner(self, kind: Any, details: FieldDetailsList, name: str) -> None:
        if isinstance(kind, GraphQLList):
            self._list(kind.of_type, details, name)
        elif isinstance(kind, GraphQLObjectType):
            self._object(kind, details, name)
        else:
            raise _NotPlain

    def _list(self, kind: GraphQLOutputType, details: FieldDetailsList, name: str) -> None:
        items, item = self.variable(), self.variable()
        with self.block(f"if type({name}) is not list and type({name}) is not tuple:"):
            self.write("raise Unplanned")
        self.write(f"{items} = []")
        with self.block(f"for {item} in {name}:"):
            self.value(kind, details, item)
            self.write(f"{items}.append({item})")
        self.write(f"{name} = {items}")

    def _object(self, kind: GraphQLObjectType, details: FieldDetailsList, name: str) -> None:
        definition = kind.extensions.get(_DEFINITION)
        if not isinstance(definition, StrawberryObjectDefinition) or not issubclass(definition.origin, Shown):
            self._fields(kind, details, name)
            return
        # Only what this function itself completed is in it, so the object is of an admitted class.
        selection, made = self.bind(object()), self.variable()
        self.write(f"{made} = {name}.completed.get({selection})")
        with self.block(f"if {made} is None:"):
            self.write(f"{made} = {name}")
            self._fields(kind, details, made)
            self.write(f"{self.bind(keep_completed)}({name}.completed, {selection}, {made})")
        self.write(f"{name} = {made}")

    def _fields(self, kind: GraphQLObjectType, details: FieldDetailsList, name: str) -> None:
        admitted: set[type] = set()
        with self.block(f"if type({name}) not in {self.bind(admitted)}:"):
            self.write(f"{self.bind(_admission(kind, admitted))}({name})")
        pairs = [f"{key!r}: {self._field(kind, chosen, name)}" for key, chosen in self._selected(kind, details)]
        self.write(f"{name} = {{{', '.join(pairs)}}}")

    def _selected(self, kind: GraphQLObjectType, details: FieldDetailsList) -> Iterator[tuple[str, FieldDetailsList]]:
        collected = self.collect(kind, details)
        if collected.new_defer_usages:
            raise _NotPlain
        yield from collected.grouped_field_set.items()

    def _field(self, kind: GraphQLObjectType, details: FieldDetailsList, source: str) -> str:
        """The variable that holds the completed field; or the constant it is."""
        _check_nodes(details)
        name = details[0].node.name.value
        if name == "__typename":
            return repr(kind.name)
        definition = kind.fields.get(name)
        attribute = attribute_of(definition) if definition else None
        if definition is None or attribute is None:
            raise _NotPlain
        variable = self.variable()
        self.write(f"{variable} = {source}.{attribute}")
        self.value(definition.type, details, variable)
        return variable

    def _leaf(self, kind: GraphQLLeafType, name: str, *, nullable: bool) -> None:
        slow, ordinary = self.bind(_coercion(kind, nullable=nullable)), self.bind(_ORDINARY)
        if kind is GraphQLString or kind is GraphQLID:
            self.write(f"if type({name}) is not str: {name} = {slow}({name})")
        elif kind is GraphQLBoolean:
            self.write(f"if {name} is not True and {name} is not False: {name} = {slow}({name})")
        elif kind is GraphQLInt:
            self.write(
                f"if type({name}) is not int or not -2147483648 <= {name} <= 2147483647: {name} = {slow}({name})"
            )
        elif isinstance(kind, CustomGraphQLEnumType):
            # By the member's place in memory: hashing a member calls Python code. The table keeps the members alive.
            table = self.bind(_names_of_members(kind))
            found = self.variable()
            self.write(f"{found} = {table}.get(id({name}))")
            self.write(f"{name} = {found} if {found} is not None else {slow}({name})")
        else:
            # Most scalars make text of an ordinary value. Whatever else there is goes the slow way.
            made = self.variable()
            self.write(
                f"{made} = {self.bind(kind.coerce_output_value)}({name}) if type({name}) in {ordinary} else None"
            )
            self.write(f"{name} = {made} if type({made}) is str else {slow}({name})")


def _check_nodes(details: FieldDetailsList) -> None:
    """Raise unless every node of a field has only directives that were heeded when the fields were collected."""
    for each in details:
        if each.defer_usage is not None or each.fragment_variable_values is not None:
            raise _NotPlain
        if any(directive.name.value not in _KNOWN_DIRECTIVES for directive in each.node.directives or ()):
            raise _NotPlain


def _names_of_members(kind: CustomGraphQLEnumType) -> Mapping[int, str]:
    members: list[Enum] = list(kind.wrapped_cls)
    return {id(member): kind.coerce_output_value(member) for member in members}


def _coercion(kind: GraphQLLeafType, *, nullable: bool) -> Callable[[Any], Any]:
    """How a leaf's value is coerced: by the type itself, as graphql-core does it."""
    # An enum of plain graphql-core or a scalar may answer anything; most scalars answer text.
    coerce = kind.coerce_output_value

    def coerced(value: Any) -> Any:
        if type(value) not in _ORDINARY:
            if value is None or value is Undefined:
                if nullable:
                    return None
                raise Unplanned
            if isinstance(value, Exception) or hasattr(value, "__await__"):
                raise Unplanned
        made = coerce(value)
        if type(made) not in _ORDINARY and (made is None or made is Undefined or hasattr(made, "__await__")):
            raise Unplanned
        return made

    return coerced


def _admission(kind: GraphQLObjectType, admitted: set[type]) -> Callable[[Any], None]:
    """Admits a value's class, if graphql-core would read the attributes of each of its instances.

    What was given another type by `strawberry.cast` is not of its class; nothing here may be cast.
    """
    definition = kind.extensions.get(_DEFINITION)
    if not isinstance(definition, StrawberryObjectDefinition) or definition.is_type_of is not None:
        raise _NotPlain
    required = definition.origin if kind.is_type_of else object

    def admit(value: Any) -> None:
        its = type(value)
        refused = value is None or value is Undefined or issubclass(its, Exception) or hasattr(value, "__await__")
        if refused or not issubclass(its, required):
            raise Unplanned
        admitted.add(its)

    return admit
