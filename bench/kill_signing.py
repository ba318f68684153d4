"""Is a signature lost, or a document sealed twice, when the power goes? API and worker are killed while people sign.

`python -m bench.kill_signing [--documents N] [--kills N] [--seed S] [--forked] [sqlite|postgres]` prints the counts.
Exit 1 if an acknowledged signature is missing, or anything is half done or done twice. The database server is left
alone.
"""

import argparse
import asyncio
import json
import random
import sys
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from uuid import UUID

import httpx2

from api.server.relay import encode_id
from bench.practice import found, services_of
from bench.signers import Paper, Signer, lay_out
from bench.signing_losses import Count, count_losses
from bench.stage import HOST, Child, Deployment, run_until_term, running
from bench.turmoil import Turmoil, child_of, client_of, on_each_database, parsed
from bench.warm import warm_services
from clinic.documents.actions.claims import LEASE
from clinic.documents.actions.complete import LONGEST_PAUSE, complete_due_documents
from clinic.documents.consent import CONSENT_VERSION
from clinic.documents.models import Completion
from runtime.database import open_database

SIGNERS = 4
# How long after the moment that was picked a kill may come: about as long as a signature, or a seal, takes.
_SPREAD_API, _SPREAD_WORKER = 0.15, 3.0
_PATIENCE = 300.0

SIGN = """
mutation ($input: SignDocumentInput!) { signDocument(input: $input) { __typename } }
"""


@dataclass
class SigningTurmoil(Turmoil[UUID]):
    """The documents that were signed are acknowledged; some are sealed only after the run."""

    taken_over: int = 0


class LaterClock:
    """The machine's clock, so much ahead: what a killed worker had claimed is free again."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead


async def run(
    database_url: str,
    folder: Path,
    *,
    documents: int,
    kills: int,
    seed: int,
    child: type[Child] = Child,
    hurried: bool = False,
) -> tuple[Count, SigningTurmoil]:
    """One run on a migrated, empty database that this process has not opened.

    If `hurried`, all that is not sealed when the last signature is there is taken over at once, by processes that stay.
    """
    turmoil = SigningTurmoil(documents, kills, random.Random(seed))
    deployment = Deployment(database_url, folder, trusted_proxies=HOST, child=child)
    founded = await found(deployment)
    organization, services = founded.organization, services_of(deployment)
    async with open_database(database_url):
        signers = await lay_out(organization, services, signers=SIGNERS, documents=documents)
    api, worker = deployment.api(), deployment.worker()
    async with running(api, worker):
        async with asyncio.TaskGroup() as group:
            group.create_task(turmoil.kill((api, _SPREAD_API), (worker, _SPREAD_WORKER)))
            for signer in signers:
                group.create_task(_sign_all(turmoil, deployment.api_port, signer))
        if not hurried:
            async with open_database(database_url):
                await _come_to_rest(worker)
    with warm_services(deployment) if hurried else nullcontext(services) as last:
        async with open_database(database_url):
            later = replace(last, clock=LaterClock(LEASE + LONGEST_PAUSE))
            while took := await complete_due_documents(later, worker_name="afterwards"):
                turmoil.taken_over += took
            store = folder / "files" / str(organization.id)
            count = await count_losses(organization.id, turmoil.acknowledged, last, store)
    return count, turmoil


async def _sign_all(turmoil: SigningTurmoil, port: int, signer: Signer) -> None:
    """One person: their documents, one after another."""
    async with client_of(port, signer.access_token, _PATIENCE) as client:
        for paper in signer.papers:
            await turmoil.settle(await turmoil.persist(partial(_sign_once, client, signer, paper), _PATIENCE))


async def _sign_once(client: httpx2.AsyncClient, signer: Signer, paper: Paper) -> UUID:
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
    return paper.document_id


async def _come_to_rest(worker: Child) -> None:
    """Return once the worker has sealed all that no killed one holds."""
    left, until = await _unsealed(), monotonic() + _PATIENCE
    while left:
        await asyncio.sleep(0.2)
        if (now_left := await _unsealed()) < left:
            left, until = now_left, monotonic() + _PATIENCE
        elif monotonic() > until:
            raise RuntimeError(f"documents that are due are not sealed: {worker.said()}")


async def _unsealed() -> int:
    return await Completion.filter(sealed_at=None, claimed_until=None).count()


def _in_words(count: Count, turmoil: SigningTurmoil) -> dict[str, int]:
    return {
        "documents to sign": turmoil.tasks,
        "kills": turmoil.kills,
        "requests cut off": turmoil.interrupted,
        "signatures given up after that": turmoil.given_up,
        "signatures acknowledged": count.acknowledged,
        "signatures there (more: committed, and cut off before the answer)": count.signed,
        "documents completed": count.completed,
        "of these taken over after the kills": turmoil.taken_over,
        "of these found authentic": count.authentic,
        "audit events, in one unbroken chain": count.events,
    }


def main() -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m bench.kill_signing", description=__doc__)
    given = parsed(parser, "documents", tasks=200, kills=100)

    async def one(url: str, folder: Path) -> tuple[Count, SigningTurmoil]:
        child = child_of(given)
        extent = {"documents": given.documents, "kills": given.kills, "seed": given.seed}
        return await run(url, folder, **extent, child=child, hurried=given.forked)

    return run_until_term(on_each_database(given.databases, one, _in_words))


if __name__ == "__main__":
    sys.exit(main())
