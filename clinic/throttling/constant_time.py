"""Makes answers take the same time for known and unknown addresses, so that timing does not reveal which are known."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from clinic.values.ports import Wait

# Seconds. This is far more than the work takes, hashing included. On a very busy machine the work can take longer than
# one step, and an answer that queues a letter does so more often than one that finds no account. With 0.2 s and eight
# processes waiting for each core the two answers could be distinguished.
STEP = 0.5
# Seconds, for signing in, where hashing is nearly all of the work. Finding an account is a fraction of a millisecond
# slower than finding none; hundreds of answers would show that (`python -m bench.enumeration --each`).
SIGN_IN_STEP = 0.05
# Seconds of random delay: a timer with a resolution of milliseconds would reveal when the work ended within a tick.
_JITTER = 0.02


@asynccontextmanager
async def constant_time(wait: Wait, step: float = STEP) -> AsyncIterator[None]:
    """Make the block end just after a multiple of `step` seconds, whatever its result (ASVS 5.0 6.3.8).

    Use it outside a transaction, so that no lock is held while it waits.
    """
    began = asyncio.get_running_loop().time()
    try:
        yield
    finally:
        took = asyncio.get_running_loop().time() - began
        await wait(step - took % step + random.uniform(0, _JITTER))  # noqa: S311 - noise, not a secret
