"""Is a signature lost, or a document sealed twice, when the power goes? API and worker are killed while people sign.

`python -m bench.kill_signing [--documents N] [--kills N] [--seed S] [sqlite|postgres]` prints the counts; exit 1 if an
acknowledged signature is missing, or anything is half done or done twice. The database server itself is left alone.
"""

import argparse
import asyncio
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from uuid import UUID

import httpx2

from api.server.relay import encode_id
from bench.asking import GRAPHQL_JSON
from bench.practice import found, services_of
from bench.signers import Paper, Signer, lay_out
from bench.signing_losses import Count, count_losses
from bench.stage import HOST, KINDS, Child, Deployment, migrated_database, run_until_term, running, scratch_folder
from clinic.documents.actions.claims import LEASE
from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.consent import CONSENT_VERSION
from clinic.documents.models import Completion
from runtime.database import open_database

SIGNERS = 4
# How long after the moment that was picked a kill may come: about as long as a signature, or a seal, takes.
_SPREAD_API, _SPREAD_WORKER = 0.15, 3.0
# One interrupted signature in three is given up; the others are sent again.
_GIVE_UP = 1 / 3
_PATIENCE = 300.0

SIGN = """
mutation ($input: SignDocumentInput!) { signDocument(input: $input) { __typename } }
"""


@dataclass
class Turmoil:
    """What the signers and the killer know of each other."""

    documents: int
    kills: int
    chance: random.Random
    settled: int = 0
    given_up: int = 0
    interrupted: int = 0
    taken_over: int = 0
    acknowledged: list[UUID] = field(default_factory=list)
    moved: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def settle(self) -> None:
        """One more document is signed, or given up."""
        async with self.moved:
            self.settled += 1
            self.moved.notify_all()

    async def reached(self, number: int) -> None:
        """Wait until so many are through."""
        async with self.moved:
            await self.moved.wait_for(lambda: self.settled >= number)


class LaterClock:
    """The machine's clock, so much ahead: what a killed worker had claimed is free again."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


async def run(database_url: str, folder: Path, *, documents: int, kills: int, seed: int) -> tuple[Count, Turmoil]:
    """One run on a migrated, empty database that this process has not opened."""
    turmoil = Turmoil(documents, kills, random.Random(seed))
    deployment = Deployment(database_url, folder, trusted_proxies=HOST)
    founded = await found(deployment)
    organization, services = founded.organization, services_of(deployment)
    async with open_database(database_url):
        signers = await lay_out(organization, services, signers=SIGNERS, documents=documents)
    api, worker = deployment.api(), deployment.worker()
    async with running(api, worker):
        async with asyncio.TaskGroup() as group:
            group.create_task(_kill(turmoil, api, worker))
            for signer in signers:
                group.create_task(_sign_all(turmoil, deployment.api_port, signer))
        async with open_database(database_url):
            await _come_to_rest(worker)
    async with open_database(database_url):
        later = replace(services, clock=LaterClock(LEASE))
        while took := await complete_due_documents(later, worker_name="afterwards"):
            turmoil.taken_over += took
        store = folder / "files" / str(organization.id)
        count = await count_losses(organization.id, turmoil.acknowledged, services, store)
    return count, turmoil


async def _kill(turmoil: Turmoil, api: Child, worker: Child) -> None:
    """Kill one of the two, again and again, spread over the whole run, and start it anew."""
    for number in range(turmoil.kills):
        await turmoil.reached(turmoil.documents * number // turmoil.kills)
        victim, spread = ((api, _SPREAD_API), (worker, _SPREAD_WORKER))[number % 2]
        await asyncio.sleep(turmoil.chance.uniform(0, spread))
        await victim.kill()
        await victim.start()


async def _sign_all(turmoil: Turmoil, port: int, signer: Signer) -> None:
    """One person: their documents, one after another."""
    headers = {
        "Authorization": f"Bearer {signer.access_token}",
        "Accept": GRAPHQL_JSON,
        "Content-Type": "application/json",
    }
    limits = httpx2.Limits(max_keepalive_connections=1)
    async with httpx2.AsyncClient(
        base_url=f"http://{HOST}:{port}", headers=headers, limits=limits, timeout=_PATIENCE
    ) as client:
        for paper in signer.papers:
            if await _signed(turmoil, client, signer, paper):
                turmoil.acknowledged.append(paper.document_id)
            else:
                turmoil.given_up += 1
            await turmoil.settle()


async def _signed(turmoil: Turmoil, client: httpx2.AsyncClient, signer: Signer, paper: Paper) -> bool:
    """Sign, again after each interruption or not at all; False if given up."""
    until = monotonic() + _PATIENCE
    while True:
        try:
            return await _sign_once(client, signer, paper)
        except httpx2.ConnectError:
            # Nothing listens while the API starts again: no request was begun.
            if monotonic() > until:
                raise
            await asyncio.sleep(0.05)
        except httpx2.TransportError:
            turmoil.interrupted += 1
            if turmoil.chance.random() < _GIVE_UP:
                return False


async def _sign_once(client: httpx2.AsyncClient, signer: Signer, paper: Paper) -> bool:
    form = {
        "documentId": encode_id("Document", paper.document_id),
        "sha256": paper.sha256,
        "typedName": signer.name,
        "password": signer.password,
        "consentVersion": CONSENT_VERSION,
        "language": "en",
    }
    # Each paper is signed at another place: a hundred signatures in a quarter of an hour are a guesser's elsewhere.
    answer = await client.post(
        "/graphql",
        content=json.dumps({"query": SIGN, "variables": {"input": form}}),
        headers={"X-Forwarded-For": paper.place},
    )
    said = answer.json()
    if answer.status_code != 200 or "errors" in said:
        raise RuntimeError(f"{answer.status_code} {answer.text[:500]}")
    kind = said["data"]["signDocument"]["__typename"]
    # After an interruption the signature may be there already: that, too, is an answer to rely on.
    if kind not in ("SignDocumentSuccess", "AlreadySigned"):
        raise RuntimeError(f"signing: {answer.text[:500]}")
    return True


async def _come_to_rest(worker: Child) -> None:
    """Return once the worker has sealed all that no killed one holds."""
    until = monotonic() + _PATIENCE
    while await Completion.exists(sealed_at=None, claimed_until=None):
        if monotonic() > until:
            raise RuntimeError(f"documents that are due are not sealed: {worker.said()}")
        await asyncio.sleep(0.2)


def _print(kind: str, count: Count, turmoil: Turmoil) -> None:
    lines = {
        "documents to sign": turmoil.documents,
        "kills": turmoil.kills,
        "requests cut off": turmoil.interrupted,
        "signatures given up after that": turmoil.given_up,
        "signatures acknowledged": count.acknowledged,
        "signatures there (more: committed, and cut off before the answer)": count.signed,
        "documents completed": count.completed,
        "of these taken over from a dead worker": turmoil.taken_over,
        "of these found authentic": count.authentic,
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
                url, folder, documents=arguments.documents, kills=arguments.kills, seed=arguments.seed
            )
        _print(kind, count, turmoil)
        violations += len(count.broken)
    return 1 if violations else 0


def _arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.kill_signing", description=__doc__)
    parser.add_argument("databases", nargs="*", help=f"{' or '.join(KINDS)}; both unless named")
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args(given)
    if not set(arguments.databases) <= set(KINDS) or arguments.kills < 1 or arguments.documents < 1:
        parser.error(f"give positive numbers, and {' or '.join(KINDS)}")
    return arguments


if __name__ == "__main__":
    sys.exit(run_until_term(_main(_arguments())))
