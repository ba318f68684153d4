"""Conditions of hand-written SQL, and the bounds of a page."""

from collections.abc import Callable

from clinic.values.paging import PageRequest

# Adds a value to the statement and returns its placeholder.
Value = Callable[[object], str]


class Where:
    """SQL conditions joined by AND, with numbered parameters."""

    def __init__(self, *values: object) -> None:
        self.conditions: list[str] = []
        self.values: list[object] = list(values)

    def value(self, value: object) -> str:
        self.values.append(value)
        return f"${len(self.values)}"

    def add(self, condition: str) -> None:
        self.conditions.append(condition)

    def __str__(self) -> str:
        return " AND ".join(self.conditions) or "TRUE"


def keyset(where: Where, sort: str, tie: str, request: PageRequest, *, newest_first: bool = False) -> str:
    """Add the bounds of a keyset page, and return the ORDER BY terms. The list ascends unless it is `newest_first`."""
    beyond, short_of = ("<", ">") if newest_first else (">", "<")
    # PostgreSQL needs equal types on both sides of a row comparison; it takes those of the values from the columns.
    if request.after:
        where.add(f"({sort}, {tie}) {beyond} ({where.value(request.after[0])}, {where.value(request.after[1])})")
    if request.before:
        where.add(f"({sort}, {tie}) {short_of} ({where.value(request.before[0])}, {where.value(request.before[1])})")
    return f"{sort} DESC, {tie} DESC" if request.backwards != newest_first else f"{sort}, {tie}"
