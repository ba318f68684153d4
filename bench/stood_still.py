"""`python -m bench.stood_still [--stalls N] [--seconds S] [sqlite|postgres]`: what if a machine stands still?

A host that is moved or has too much to do stops its machines for half a minute. The API's process is stopped so, again
and again, for longer than a request may take, while clients make accounts. What is answered with `UNAVAILABLE` they
send again, with the same key. Prints the counts; exit 1 if a client is told anything else, or if anything acknowledged
is missing, half done or done twice.
"""

import argparse
import asyncio
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bench.asking import access_token
from bench.kill import create_patiently, drained
from bench.losses import Acknowledged, Count, count_losses
from bench.practice import found
from bench.stage import KINDS, Child, Deployment, migrated_database, run_until_term, running, scratch_folder
from bench.turmoil import client_of
from runtime.database import open_database
from tests.adapters.smtp_servers import Inbox, smtp_server

CLIENTS = 4
# Longer than the 20 seconds of a request.
STALL = 25.0
_BETWEEN_STALLS = 2.0
_PATIENCE = 300.0


@dataclass
class Clients:
    """Everybody who makes accounts until it is over."""

    port: int
    token: str
    over: bool = False
    sent_again: int = 0
    acknowledged: list[Acknowledged] = field(default_factory=list)

    async def create(self, first: int) -> None:
        number = first
        async with client_of(self.port, self.token, _PATIENCE) as client:
            while not self.over:
                account, again = await create_patiently(client, number)
                self.acknowledged.append(account)
                self.sent_again += again
                number += CLIENTS


async def stop_and_go(child: Child, stalls: int, seconds: float) -> None:
    """Stop the process so often, and let it go on each time."""
    for _ in range(stalls):
        await asyncio.sleep(_BETWEEN_STALLS)
        os.kill(child.pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            os.kill(child.pid, signal.SIGCONT)
    await asyncio.sleep(_BETWEEN_STALLS)


async def run(database_url: str, folder: Path, *, stalls: int, seconds: float) -> tuple[Count, Clients]:
    """One run on a migrated, empty database that this process has not opened."""
    async with smtp_server(Inbox()) as inbox:
        deployment = Deployment(database_url, folder, smtp_port=inbox.port)
        founded = await found(deployment)
        api, worker = deployment.api(), deployment.worker()
        async with running(api, worker):
            clients = Clients(deployment.api_port, await access_token(deployment.api_port))
            async with asyncio.TaskGroup() as group:
                for number in range(CLIENTS):
                    group.create_task(clients.create(number))
                await stop_and_go(api, stalls, seconds)
                clients.over = True
            async with open_database(database_url):
                await drained(worker, wait_for_leases=False)
        async with open_database(database_url):
            count = await count_losses(founded.organization.id, clients.acknowledged, inbox.contents)
    return count, clients


async def main(kinds: list[str], stalls: int, seconds: float) -> int:
    violations = 0
    for kind in kinds:
        async with scratch_folder() as folder, migrated_database(kind, folder) as url:
            count, clients = await run(url, folder, stalls=stalls, seconds=seconds)
        print(f"{kind}: {stalls} times for {seconds:g} s; {clients.sent_again} requests sent again;", end=" ")
        print(f"{count.acknowledged} accounts, {count.delivered} letters, {count.sent_again} doubled", end=", ")
        print(f"{count.waiting} stuck, {len(count.broken)} violations")
        for sentence in count.broken:
            print(f"  VIOLATION: {sentence}")
        violations += len(count.broken) + count.sent_again + count.waiting
    return 1 if violations else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("databases", nargs="*", help=f"{' or '.join(KINDS)}; both unless named")
    parser.add_argument("--stalls", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=STALL)
    given = parser.parse_args()
    sys.exit(run_until_term(main(given.databases or list(KINDS), given.stalls, given.seconds)))
