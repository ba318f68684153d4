"""A process that reads and then writes, again and again: `rival DATABASE_URL TIMES`, begun by a line on its input."""

import asyncio
import sys

from tortoise.transactions import in_transaction

from runtime.database import open_database
from tests.runtime.toy import toy_apps
from tests.runtime.toy.models import Shelf


async def take_books(database_url: str, times: int) -> None:
    async with open_database(database_url, apps=toy_apps()):
        for _ in range(times):
            async with in_transaction():
                shelf = await Shelf.get(id=1)
                shelf.books_taken += 1
                await shelf.save(update_fields=["books_taken"])


if __name__ == "__main__":
    print("ready", flush=True)
    sys.stdin.readline()
    asyncio.run(take_books(sys.argv[1], int(sys.argv[2])))
