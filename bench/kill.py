"""Is anything lost when the power goes? The API and the worker are killed at random moments while accounts are made.

`python -m bench.kill [--creations N] [--kills N] [--seed S] [--wait] [--forked] [sqlite|postgres]` prints the counts;
exit 1 if anything acknowledged is missing, half done or done twice. The database server itself is left alone.
"""

import argparse
import asyncio
import json
import random
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import httpx2

from api.server.relay import decode_id
from bench.asking import access_token
from bench.losses import Acknowledged, Count, count_losses
from bench.practice import found
from bench.stage import Child, Deployment, run_until_term, running
from bench.turmoil import Turmoil, child_of, client_of, on_each_database, parsed
from clinic.database.rows import fetch
from clinic.letters.delivery import LEASE
from runtime.database import open_database
from tests.adapters.smtp_servers import Inbox, smtp_server

CLIENTS = 4
# How long after the moment that was picked a kill may come: about as long as a creation takes.
_SPREAD = 0.08
# A busy machine takes minutes to start a killed program again.
_PATIENCE = 300.0

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


async def run(
    database_url: str,
    folder: Path,
    *,
    creations: int,
    kills: int,
    seed: int,
    wait_for_leases: bool = False,
    child: type[Child] = Child,
) -> tuple[Count, Turmoil[Acknowledged]]:
    """One run on a migrated, empty database that this process has not opened.

    With `wait_for_leases` even letters that a killed worker held are delivered.
    """
    turmoil: Turmoil[Acknowledged] = Turmoil(creations, kills, random.Random(seed))
    async with smtp_server(Inbox()) as inbox:
        deployment = Deployment(database_url, folder, smtp_port=inbox.port, child=child)
        founded = await found(deployment)
        api, worker = deployment.api(), deployment.worker()
        async with running(api, worker):
            token = await access_token(deployment.api_port)
            async with asyncio.TaskGroup() as group:
                group.create_task(turmoil.kill((api, _SPREAD), (worker, _SPREAD)))
                for number in range(CLIENTS):
                    group.create_task(_create(turmoil, deployment.api_port, token, range(number, creations, CLIENTS)))
            async with open_database(database_url):
                await drained(worker, wait_for_leases=wait_for_leases)
        async with open_database(database_url):
            count = await count_losses(founded.organization.id, turmoil.acknowledged, inbox.contents)
    return count, turmoil


async def _create(turmoil: Turmoil[Acknowledged], port: int, token: str, numbers: Sequence[int]) -> None:
    """One client: a contact and its account, one after another."""
    async with client_of(port, token, _PATIENCE) as client:
        for number in numbers:
            await turmoil.settle(await turmoil.persist(partial(create_once, client, number), _PATIENCE))


async def create_once(client: httpx2.AsyncClient, number: int) -> Acknowledged:
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


class Unavailable(Exception):
    """The API asks for the same request again, after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again after {seconds} s")
        self.seconds = seconds


async def create_patiently(client: httpx2.AsyncClient, number: int) -> tuple[Acknowledged, int]:
    """`create_once`, again as long as the API asks for it; also how often it did."""
    again = 0
    while True:
        try:
            return await create_once(client, number), again
        except Unavailable as away:
            again += 1
            await asyncio.sleep(away.seconds)


def _key(global_id: str, kind: str) -> UUID:
    return decode_id(global_id, kind)


async def _mutate(client: httpx2.AsyncClient, query: str, name: str, facts: object) -> Any:
    answer = await client.post("/graphql", content=json.dumps({"query": query, "variables": {"input": facts}}))
    if answer.status_code == 503:
        raise Unavailable(float(answer.headers["Retry-After"]))
    said = answer.json()
    if answer.status_code != 200 or "errors" in said or not said["data"][name]["__typename"].endswith("Success"):
        raise RuntimeError(f"{name}: {answer.status_code} {answer.text[:500]}")
    return said["data"][name]


async def drained(worker: Child, *, wait_for_leases: bool) -> None:
    """Return once the worker has sent all that is due. What a killed one had claimed is due when its lease ends."""
    sql = "SELECT count(*) FROM letter WHERE status = 'QUEUED'"
    if not wait_for_leases:
        sql += " AND claimed_until IS NULL"
    until = monotonic() + _PATIENCE + (LEASE.total_seconds() if wait_for_leases else 0)
    while (await fetch(sql))[0][0]:
        if monotonic() > until:
            raise RuntimeError(f"letters that are due are not sent: {worker.said()}")
        await asyncio.sleep(0.2)


def _in_words(count: Count, turmoil: Turmoil[Acknowledged]) -> dict[str, int]:
    return {
        "creations": turmoil.tasks,
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
    }


def main() -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m bench.kill", description=__doc__)
    parser.add_argument("--wait", action="store_true", help="until the leases of killed workers have ended")
    given = parsed(parser, "creations", tasks=100, kills=20)

    async def one(url: str, folder: Path) -> tuple[Count, Turmoil[Acknowledged]]:
        return await run(
            url,
            folder,
            creations=given.creations,
            kills=given.kills,
            seed=given.seed,
            wait_for_leases=given.wait,
            child=child_of(given),
        )

    return run_until_term(on_each_database(given.databases, one, _in_words))


if __name__ == "__main__":
    sys.exit(main())
