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

    def decorate(resolver: Resolver) -> Resolver:
        made = strawberry.mutation(resolver, description=description, name=name, deprecation_reason=deprecated)
        # A mutation's only argument is its input, whose type says the rest.
        for argument in made.arguments:
            argument.description = "All that the mutation takes."
        return cast(Resolver, made)

    return decorate


def subscription(description: str) -> Callable[[Resolver], Resolver]:
    """Make an asynchronous generator a subscription."""
    return cast("Callable[[Resolver], Resolver]", strawberry.subscription(description=description))
