"""Is anything lost when the power goes? The API and the worker are killed at random moments while accounts are made.

`python -m bench.kill [--creations N] [--kills N] [--seed S] [--wait] [sqlite|postgres]` prints the counts; exit 1 if
anything acknowledged is missing, half done or done twice. The database server itself is left alone.
"""

import argparse
import asyncio
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import httpx2

from api.server.relay import decode_id
from bench.asking import GRAPHQL_JSON, access_token
from bench.losses import Acknowledged, Count, count_losses
from bench.practice import found
from bench.stage import HOST, KINDS, Child, Deployment, migrated_database, run_until_term, running, scratch_folder
from clinic.database.rows import fetch
from clinic.letters.delivery import LEASE
from runtime.database import open_database
from tests.adapters.smtp_servers import Inbox, smtp_server

CLIENTS = 4
# How long after the moment that was picked a kill may come: about as long as a creation takes.
_SPREAD = 0.08
# One interrupted creation in three is given up; the others are sent again under the same keys.
_GIVE_UP = 1 / 3
_PATIENCE = 60.0

CREATE_CONTACT = """
mutation ($input: CreateContactInput!) {
  createContact(input: $input) { __typename ... on CreateContactSuccess { contact { id } } }
}
"""
CREATE_ACCOUNT = """
mutation ($input: CreatePortalAccountInput!) {
  createPortalAccount(input: $input) { __typename ... on CreatePortalAccountSuccess { account { id } } }
}
"""


@dataclass
class Turmoil:
    """What the clients and the killer know of each other."""

    creations: int
    kills: int
    chance: random.Random
    settled: int = 0
    given_up: int = 0
    interrupted: int = 0
    acknowledged: list[Acknowledged] = field(default_factory=list)
    moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def settle(self) -> None:
        """One more creation is through, or given up."""
        async with self.moved:
            self.settled += 1
            self.moved.notify_all()

    async def reached(self, number: int) -> None:
        """Wait until so many are through."""
        async with self.moved:
            await self.moved.wait_for(lambda: self.settled >= number)


async def run(
    database_url: str, folder: Path, *, creations: int, kills: int, seed: int, wait_for_leases: bool = False
) -> tuple[Count, Turmoil]:
    """One run on a migrated, empty database that this process has not opened.

    With `wait_for_leases` even letters that a killed worker held are delivered.
    """
    turmoil = Turmoil(creations, kills, random.Random(seed))
    async with smtp_server(Inbox()) as inbox:
        deployment = Deployment(database_url, folder, smtp_port=inbox.port)
        founded = await found(deployment)
        api, worker = deployment.api(), deployment.worker()
        async with running(api, worker):
            token = await access_token(deployment.api_port)
            async with asyncio.TaskGroup() as group:
                group.create_task(_kill(turmoil, api, worker))
                for number in range(CLIENTS):
                    group.create_task(_create(turmoil, deployment.api_port, token, range(number, creations, CLIENTS)))
            async with open_database(database_url):
                await _drained(worker, wait_for_leases=wait_for_leases)
        async with open_database(database_url):
            count = await count_losses(founded.organization.id, turmoil.acknowledged, inbox.contents)
    return count, turmoil


async def _kill(turmoil: Turmoil, api: Child, worker: Child) -> None:
    """Kill one of the two, again and again, spread over the whole run, and start it anew."""
    for number in range(turmoil.kills):
        await turmoil.reached(turmoil.creations * number // turmoil.kills)
        await asyncio.sleep(turmoil.chance.uniform(0, _SPREAD))
        victim = api if number % 2 == 0 else worker
        await victim.kill()
        await victim.start()


async def _create(turmoil: Turmoil, port: int, token: str, numbers: Sequence[int]) -> None:
    """One client: a contact and its account, one after another."""
    headers = {"Authorization": f"Bearer {token}", "Accept": GRAPHQL_JSON, "Content-Type": "application/json"}
    limits = httpx2.Limits(max_keepalive_connections=1)
    async with httpx2.AsyncClient(
        base_url=f"http://{HOST}:{port}", headers=headers, limits=limits, timeout=_PATIENCE
    ) as client:
        for number in numbers:
            made = await _created(turmoil, client, number)
            if made is None:
                turmoil.given_up += 1
            else:
                turmoil.acknowledged.append(made)
            await turmoil.settle()


async def _created(turmoil: Turmoil, client: httpx2.AsyncClient, number: int) -> Acknowledged | None:
    """Make contact and account, again after each interruption or not at all; None if given up."""
    until = monotonic() + _PATIENCE
    while True:
        try:
            return await _create_once(client, number)
        except httpx2.ConnectError:
            # Nothing listens while the API starts again: no request was begun.
            if monotonic() > until:
                raise
            await asyncio.sleep(0.05)
        except httpx2.TransportError:
            turmoil.interrupted += 1
            if turmoil.chance.random() < _GIVE_UP:
                return None


async def _create_once(client: httpx2.AsyncClient, number: int) -> Acknowledged:
    facts = {
        "givenName": "Ada",
        "familyName": f"Person {number}",
        "dateOfBirth": "1980-05-04",
        "emails": [f"person.{number}@example.com"],
        "idempotencyKey": f"contact-{number}",
    }
    contact = (await _mutate(client, CREATE_CONTACT, "createContact", facts))["contact"]["id"]
    wanted = {"contactId": contact, "idempotencyKey": f"account-{number}"}
    account = (await _mutate(client, CREATE_ACCOUNT, "createPortalAccount", wanted))["account"]["id"]
    return Acknowledged(_key(contact, "Contact"), _key(account, "PortalAccount"))


def _key(global_id: str, kind: str) -> UUID:
    return decode_id(global_id, kind)


async def _mutate(client: httpx2.AsyncClient, query: str, name: str, facts: object) -> Any:
    answer = await client.post("/graphql", content=json.dumps({"query": query, "variables": {"input": facts}}))
    said = answer.json()
    if answer.status_code != 200 or "errors" in said or not said["data"][name]["__typename"].endswith("Success"):
        raise RuntimeError(f"{name}: {answer.status_code} {answer.text[:500]}")
    return said["data"][name]


async def _drained(worker: Child, *, wait_for_leases: bool) -> None:
    """Return once the worker has sent all that is due. What a killed one had claimed is due when its lease ends."""
    sql = "SELECT count(*) FROM letter WHERE status = 'QUEUED'"
    if not wait_for_leases:
        sql += " AND claimed_until IS NULL"
    until = monotonic() + _PATIENCE + (LEASE.total_seconds() if wait_for_leases else 0)
    while (await fetch(sql))[0][0]:
        if monotonic() > until:
            raise RuntimeError(f"letters that are due are not sent: {worker.said()}")
        await asyncio.sleep(0.2)


def _print(kind: str, count: Count, turmoil: Turmoil) -> None:
    lines = {
        "creations": turmoil.creations,
        "kills": turmoil.kills,
        "requests cut off": turmoil.interrupted,
        "creations given up after that": turmoil.given_up,
        "accounts acknowledged": count.acknowledged,
        "of these whole (link, invitation, letter, audit)": count.complete,
        "accounts whole without an acknowledgement": count.unacknowledged,
        "letters delivered": count.delivered,
        "letters waiting for a dead worker's lease to end": count.waiting,
        "letters delivered again, with the same link": count.sent_again,
        "audit events, in one unbroken chain": count.events,
        "violations": len(count.broken),
    }
    print(f"{kind}:")
    for words, number in lines.items():
        print(f"  {number:>5}  {words}")
    for sentence in count.broken:
        print(f"  VIOLATION: {sentence}")


async def _main(arguments: argparse.Namespace) -> int:
    violations = 0
    for kind in arguments.databases or KINDS:
        async with scratch_folder() as folder, migrated_database(kind, folder) as url:
            count, turmoil = await run(
                url,
                folder,
                creations=arguments.creations,
                kills=arguments.kills,
                seed=arguments.seed,
                wait_for_leases=arguments.wait,
            )
        _print(kind, count, turmoil)
        violations += len(count.broken)
    return 1 if violations else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.kill", description=__doc__)
    parser.add_argument("databases", nargs="*", help=f"{' or '.join(KINDS)}; both unless named")
    parser.add_argument("--creations", type=int, default=100)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--wait", action="store_true", help="until the leases of killed workers have ended")
    arguments = parser.parse_args()
    if not set(arguments.databases) <= set(KINDS) or arguments.kills < 1 or arguments.creations < 1:
        parser.error(f"give positive numbers, and {' or '.join(KINDS)}")
    return arguments


if __name__ == "__main__":
    sys.exit(run_until_term(_main(_arguments())))
