"""What a face needs for its metrics: who counts, the page, and somebody who looks at the connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from clinic.values.ports import Services
from runtime.database.pool import pool_use
from runtime.monitoring.counters import Counters
from runtime.monitoring.tracing import Tracing

# Seconds between two looks at the connections.
POOL_INTERVAL = 2.0


def counters_of(services: Services) -> Counters:
    """The counters that the services use; new ones if nobody counts for them."""
    return services.metrics if isinstance(services.metrics, Counters) else Counters()


@asynccontextmanager
async def watched_pool(counters: Counters) -> AsyncIterator[None]:
    """Inside the block the use of this process's connections is measured every `POOL_INTERVAL` seconds."""
    task = asyncio.create_task(_watch(counters))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def handed_over(tracing: Tracing) -> AsyncIterator[None]:
    """After the block the collector gets the spans that still wait."""
    try:
        yield
    finally:
        await asyncio.to_thread(tracing.close)


async def _watch(counters: Counters) -> None:
    while True:
        use = pool_use()
        if use is not None:
            counters.set_connections(use)
        await asyncio.sleep(POOL_INTERVAL)
