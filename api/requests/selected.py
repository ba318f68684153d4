"""Which fields a request selects."""

from collections.abc import Iterable

from strawberry.types.nodes import SelectedField, Selection

from api.requests.context import Info


def asks_for_records(info: Info) -> bool:
    """Whether the connection at hand is asked for its records, and not for their number only."""
    return _selects(info.selected_fields, {"nodes", "edges"})


def asks_for(info: Info, name: str) -> bool:
    """Whether a field of this name is selected anywhere below the field at hand."""
    return _selects(info.selected_fields, {name})


def _selects(selections: Iterable[Selection], names: set[str]) -> bool:
    return any(
        (isinstance(one, SelectedField) and one.name in names) or _selects(one.selections, names) for one in selections
    )
