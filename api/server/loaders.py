"""Reading rows for many fields in one statement, so that one failing field does not take its neighbours along."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from strawberry.dataloader import DataLoader

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Loader(Generic[Key, Value]):
    """A data loader for one request.

    When a non-null field fails, graphql-core cancels the fields beside it. In Strawberry's loader that cancels the
    future which other fields wait for as well, and their CancelledError leaves `Schema.execute`. Here each waiter
    has its own future; the batch itself always runs to its end.
    """

    def __init__(
        self, load: Callable[[list[Key]], Awaitable[Sequence[Value | BaseException]]], max_batch_size: int | None = None
    ) -> None:
        """`load` answers a value or an exception for each key, in the keys' order."""
        self._loader: DataLoader[Key, Value] = DataLoader(load_fn=load, max_batch_size=max_batch_size)

    def load(self, key: Key) -> "asyncio.Future[Value]":
        """The key's value, read together with all others asked for in this turn of the event loop."""
        return asyncio.shield(self._loader.load(key))

    def load_many(self, keys: Iterable[Key]) -> "asyncio.Future[list[Value]]":
        """The values in the order of the keys; the first exception among them is raised."""
        return asyncio.gather(*[self.load(key) for key in keys])

    def clear(self) -> None:
        """Forget everything, after a change."""
        self._loader.clear_all()
