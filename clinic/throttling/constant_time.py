"""Answers that take the same time whatever was found, so that time tells nobody which addresses are known."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from clinic.values.ports import Wait

# Seconds. Far above what the work takes, hashing included: on a very busy machine the work can take longer than one
# step, and then writing a letter takes longer more often than finding nobody. 0.2 s told the two apart with eight
# processes waiting for each core.
STEP = 0.5
# For signing in, where hashing is all of the work. Finding an account is a fraction of a millisecond slower than
# finding none, which hundreds of answers would show (`python -m bench.enumeration --each`).
SIGN_IN_STEP = 0.05
# A clock that ticks in milliseconds would tell a little of when the work ended within a tick.
_BLUR = 0.02


@asynccontextmanager
async def constant_time(wait: Wait, step: float = STEP) -> AsyncIterator[None]:
    """Make the block end just after a multiple of `step` seconds, whatever it found (ASVS 5.0 6.3.8).

    Call it outside a transaction: nothing may be held while it waits.
    """
    began = asyncio.get_running_loop().time()
    try:
        yield
    finally:
        took = asyncio.get_running_loop().time() - began
        await wait(step - took % step + random.uniform(0, _BLUR))  # noqa: S311 - noise, not a secret
