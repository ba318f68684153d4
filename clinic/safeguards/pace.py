"""An even pace for answers that must not tell by their time what they found."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# Above what the work takes on an ordinary machine, hash included; a slower one answers after the next beat.
BEAT = 0.2


@asynccontextmanager
async def even_pace() -> AsyncIterator[None]:
    """Let the block end on a beat, however it ends: known and unknown addresses take just as long (ASVS 5.0 6.3.8).

    Waiting holds nothing: call it outside a transaction.
    """
    began = asyncio.get_running_loop().time()
    try:
        yield
    finally:
        took = asyncio.get_running_loop().time() - began
        await asyncio.sleep(BEAT - took % BEAT)
