"""An even pace for answers that must not tell by their time what they found."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from clinic.values.ports import Wait

# Far above what the work takes, hash included: where a machine is so busy that the work runs over the beat, writing a
# letter runs over more often than finding nobody (0.2 s told them apart with eight processes waiting for each core).
BEAT = 0.5
# For signing in, where a hash is all of the work. Finding an account is a fraction of a millisecond slower than finding
# none: too little to see in one answer, enough to see in hundreds (`python -m bench.enumeration --each`).
SIGN_IN_BEAT = 0.05
# A clock that ticks in milliseconds would tell a little of when within a tick the work ended.
_BLUR = 0.02


@asynccontextmanager
async def even_pace(wait: Wait, beat: float = BEAT) -> AsyncIterator[None]:
    """Let the block end just after a beat, whatever it found: nobody is told apart by time (ASVS 5.0 6.3.8).

    Waiting holds nothing: call it outside a transaction.
    """
    began = asyncio.get_running_loop().time()
    try:
        yield
    finally:
        took = asyncio.get_running_loop().time() - began
        await wait(beat - took % beat + random.uniform(0, _BLUR))  # noqa: S311 - noise, not a secret
