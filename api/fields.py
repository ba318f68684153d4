"""Strawberry's field decorators with their types kept: called with arguments, the originals answer Any."""

from collections.abc import Callable
from typing import TypeVar, cast

import strawberry

Resolver = TypeVar("Resolver", bound=Callable[..., object])


def field(
    description: str, *, name: str | None = None, deprecated: str | None = None
) -> Callable[[Resolver], Resolver]:
    """Make a method a field. `deprecated` gives the date and the replacement."""
    decorator = strawberry.field(description=description, name=name, deprecation_reason=deprecated)
    return cast("Callable[[Resolver], Resolver]", decorator)


def mutation(
    description: str, *, name: str | None = None, deprecated: str | None = None
) -> Callable[[Resolver], Resolver]:
    """Make a method a mutation. `deprecated` gives the date and the replacement."""
    decorator = strawberry.mutation(description=description, name=name, deprecation_reason=deprecated)
    return cast("Callable[[Resolver], Resolver]", decorator)
