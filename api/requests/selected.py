"""Which fields a request selects."""

from collections.abc import Mapping, Sequence

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionSetNode

from api.requests.context import Info


def asks_for_records(info: Info) -> bool:
    """Whether the connection at hand is asked for its records, and not for their number only."""
    return _asks(info, {"nodes", "edges"})


def asks_for(info: Info, name: str) -> bool:
    """Whether a field of this name is selected anywhere below the field at hand."""
    return _asks(info, {name})


def _asks(info: Info, names: set[str]) -> bool:
    # Strawberry's `selected_fields` builds objects for the whole selection; here the first field of the name ends it.
    raw = info._raw_info
    return _selects([node.selection_set for node in raw.field_nodes], raw.fragments, names)


def _selects(
    sets: Sequence[SelectionSetNode | None], fragments: Mapping[str, FragmentDefinitionNode], names: set[str]
) -> bool:
    selections = [one for each in sets if each for one in each.selections]
    if any(isinstance(one, FieldNode) and one.name.value in names for one in selections):
        return True
    inner = [
        fragments[one.name.value].selection_set
        if isinstance(one, FragmentSpreadNode)
        else getattr(one, "selection_set", None)
        for one in selections
    ]
    return bool(inner) and _selects(inner, fragments, names)
