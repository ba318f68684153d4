"""How large a document may be. Counted before validation, whose own work grows with the square of some of these."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)
from graphql.language import SelectionNode

from api.server.errors import BadUserInput, TooComplex
from api.server.relay import PageSizes

_INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(frozen=True)
class Limits:
    """The most a document may have of each; what a fragment holds counts once for every time it is spread.

    `page_sizes` say how many rows a page counts for in the cost.
    """

    page_sizes: PageSizes
    characters: int = 50_000
    tokens: int = 1_000
    operations: int = 10
    root_fields: int = 10
    depth: int = 12
    # The query that code generators send goes 15 deep; graphql-core bounds its lists.
    introspection_depth: int = 18
    # Fields, inline fragments and spreads together.
    selections: int = 600
    aliases: int = 30
    directives: int = 50
    # Fields that merge into one key of the answer are compared pair by pair by the validation.
    merged_fields: int = 30
    cost: int = 10_000


@dataclass(frozen=True)
class Shape:
    """What a selection set holds, fragments included."""

    depth: int = 0
    introspection_depth: int = 0
    level_fields: int = 0
    selections: int = 0
    aliases: int = 0
    directives: int = 0

    def beside(self, other: "Shape") -> "Shape":
        """Both, in one selection set."""
        return Shape(
            max(self.depth, other.depth),
            max(self.introspection_depth, other.introspection_depth),
            self.level_fields + other.level_fields,
            self.selections + other.selections,
            self.aliases + other.aliases,
            self.directives + other.directives,
        )

    def under(self, field: FieldNode) -> "Shape":
        """This, as the selection set of a field."""
        introspection = field.name.value in _INTROSPECTION
        return Shape(
            1 if introspection else self.depth + 1,
            self.depth + 1 if introspection else self.introspection_depth,
            1,
            self.selections + 1,
            self.aliases + (field.alias is not None),
            self.directives + len(field.directives or ()),
        )


class _Measuring:
    """Measures one document, each fragment once. Upstream's limiters measure it at every spread: exponential time."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._shapes: dict[str, Shape] = {}
        self._open: set[str] = set()

    def selection_set(self, node: SelectionSetNode | None) -> Shape:
        shape = Shape()
        for selection in node.selections if node else ():
            shape = shape.beside(self._selection(selection))
        return shape

    def fragment(self, name: str) -> Shape:
        """The shape of a fragment's content; nothing for an unknown one, which the validation will name."""
        if name in self._shapes or name not in self._fragments:
            return self._shapes.get(name, Shape())
        if name in self._open:
            raise BadUserInput(f"The fragment {name} spreads itself.")
        self._open.add(name)
        definition = self._fragments[name]
        inner = self.selection_set(definition.selection_set)
        self._shapes[name] = inner.beside(Shape(directives=len(definition.directives or ())))
        self._open.remove(name)
        return self._shapes[name]

    def _selection(self, selection: SelectionNode) -> Shape:
        if isinstance(selection, FieldNode):
            return self.selection_set(selection.selection_set).under(selection)
        if isinstance(selection, InlineFragmentNode):
            inner = self.selection_set(selection.selection_set)
        else:
            inner = self.fragment(selection.name.value)  # type: ignore[attr-defined]
        return inner.beside(Shape(selections=1, directives=len(selection.directives or ())))


def check_size(document: DocumentNode, limits: Limits) -> None:
    """Raise `TooComplex` if any part of the document, used or not, is over a limit; linear in the document."""
    fragments = fragments_of(document)
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    _at_most(len(operations), limits.operations, "operations in one document")
    measuring = _Measuring(fragments)
    try:
        # A fragment alone may be part of an introspection, so only the larger of the two depths binds it.
        within_fragments = replace(limits, depth=max(limits.depth, limits.introspection_depth))
        for name in fragments:
            _check(measuring.fragment(name), within_fragments)
        for operation in operations:
            shape = measuring.selection_set(operation.selection_set)
            _check(shape.beside(Shape(directives=_directives_on(operation))), limits)
            _at_most(shape.level_fields, limits.root_fields, "fields at the root")
            _check_merging(operation.selection_set, fragments, limits)
    except RecursionError:
        raise TooComplex("The document is nested too deeply.") from None


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """The document's fragments by name."""
    return {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}


def fields_of(
    selection_sets: Iterable[SelectionSetNode], fragments: dict[str, FragmentDefinitionNode]
) -> list[FieldNode]:
    """The fields on the top level, also those in fragments; not for documents that `check_size` has not passed."""
    fields: list[FieldNode] = []
    waiting = list(selection_sets)
    while waiting:
        for selection in waiting.pop().selections:
            if isinstance(selection, FieldNode):
                fields.append(selection)
            elif isinstance(selection, InlineFragmentNode):
                waiting.append(selection.selection_set)
            else:
                fragment = fragments.get(selection.name.value)  # type: ignore[attr-defined]
                waiting.extend([fragment.selection_set] if fragment else [])
    return fields


def _check(shape: Shape, limits: Limits) -> None:
    _at_most(shape.depth, limits.depth, "levels of fields")
    _at_most(shape.introspection_depth, limits.introspection_depth, "levels of introspection")
    _at_most(shape.selections, limits.selections, "fields and fragment spreads")
    _at_most(shape.aliases, limits.aliases, "aliases")
    _at_most(shape.directives, limits.directives, "directives")


def _directives_on(operation: OperationDefinitionNode) -> int:
    variables = operation.variable_definitions or ()
    return len(operation.directives or ()) + sum(len(variable.directives or ()) for variable in variables)


def _check_merging(root: SelectionSetNode, fragments: dict[str, FragmentDefinitionNode], limits: Limits) -> None:
    """Bound how many fields share one path of the answer; their number is bounded already, so this walk is too."""
    levels: list[list[SelectionSetNode]] = [[root]]
    while levels:
        by_key: dict[str, list[FieldNode]] = {}
        for field in fields_of(levels.pop(), fragments):
            by_key.setdefault((field.alias or field.name).value, []).append(field)
        for fields in by_key.values():
            _at_most(len(fields), limits.merged_fields, "repetitions of a field")
            inner = [field.selection_set for field in fields if field.selection_set]
            levels.extend([inner] if inner else [])


def _at_most(number: int, limit: int, of_what: str) -> None:
    if number > limit:
        # The number itself stays out of the message: doubling fragments can give it hundreds of digits.
        raise TooComplex(f"At most {limit} {of_what} are allowed. Ask in several requests.")
