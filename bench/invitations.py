"""`python -m bench.invitations`: how long inviting a list takes, against the time one request may take.

Real processes, real HTTP, as a front desk's client sends it: `createPortalAccounts` with 25 contacts at a time, as
docs/clients.md says, until 500 have their accounts; then other 500 in one request; then that request once more. Printed
are seconds and the share of the request's limit. It exits with 1 if a request comes near the limit, or if repeating
made anything.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

import httpx2

from api.server.relay import encode_id
from bench.asking import access_token
from bench.practice import found, services_of
from bench.stage import HOST, KINDS, Deployment, migrated_database, run_until_term, running, scratch_folder
from clinic.mail.models import Letter
from clinic.records.actions.contacts import ContactFacts, create_contact
from clinic.values.callers import SystemCaller
from clinic.values.limits import MOST_CONTACTS_AT_ONCE
from runtime.database import open_database

BATCH = 25
# `GraphQLEndpoint`'s, and how much of it a request may take on a machine with nothing else to do.
LIMIT_SECONDS = 20.0
SHARE = 0.75

_MUTATION = (
    "mutation($input: CreatePortalAccountsInput!) { createPortalAccounts(input: $input) { "
    "... on CreatePortalAccountsSuccess { createdCount refusedCount results { contactId result { __typename "
    "... on CreatePortalAccountSuccess { contact { portalStatus { state } } } } } } } }"
)


@dataclass(frozen=True)
class Invited:
    """Seconds: of each batch, of the whole list in one request, and of that request repeated."""

    database: str
    batches: Sequence[float]
    whole: float
    again: float
    letters: int

    @property
    def fits(self) -> bool:
        slowest = max(self.whole, self.again, *self.batches)
        return slowest < SHARE * LIMIT_SECONDS and self.letters == 2 * MOST_CONTACTS_AT_ONCE


async def invite(kind: str) -> Invited:
    """Everything on one kind of database."""
    async with scratch_folder() as folder, migrated_database(kind, folder) as url:
        deployment = Deployment(url, folder)
        first, second = await _contacts(deployment)
        async with (
            running(deployment.api()),
            httpx2.AsyncClient(base_url=f"http://{HOST}:{deployment.api_port}", timeout=60) as http,
        ):
            http.headers["Authorization"] = f"Bearer {await access_token(deployment.api_port)}"
            starts = range(0, MOST_CONTACTS_AT_ONCE, BATCH)
            batches = [await _send(http, first[start : start + BATCH], f"batch-{start}") for start in starts]
            whole, again = [await _send(http, second, "whole") for _ in range(2)]
        async with open_database(url):
            letters = await Letter.all().count()
    return Invited(kind, batches, whole, again, letters)


async def _contacts(deployment: Deployment) -> tuple[list[str], list[str]]:
    """Twice as many as one request may name."""
    organization = (await found(deployment)).organization
    caller, services = SystemCaller(organization.id, "bench"), services_of(deployment)
    ids = []
    async with open_database(deployment.database_url):
        for number in range(2 * MOST_CONTACTS_AT_ONCE):
            facts = ContactFacts("Omar", f"Reyes {number}", emails=[f"omar{number}@example.com"])
            ids.append(encode_id("Contact", (await create_contact(caller, facts, services)).id))
    return ids[:MOST_CONTACTS_AT_ONCE], ids[MOST_CONTACTS_AT_ONCE:]


async def _send(http: httpx2.AsyncClient, ids: Sequence[str], key: str) -> float:
    body = {"query": _MUTATION, "variables": {"input": {"contactIds": list(ids), "idempotencyKey": key}}}
    began = perf_counter()
    answer: dict[str, Any] = (await http.post("/graphql", json=body)).json()
    took = perf_counter() - began
    created = answer["data"]["createPortalAccounts"]["createdCount"] if answer.get("data") else None
    if created != len(ids):
        raise RuntimeError(f"{created} of {len(ids)} were created in {took:.1f} s: {str(answer)[:500]}")
    return took


def _print(one: Invited) -> None:
    print(
        f"  {one.database:<9} {BATCH} at once: {median(one.batches):.2f} s (slowest {max(one.batches):.2f}); "
        f"{MOST_CONTACTS_AT_ONCE} at once: {one.whole:.1f} s, {one.whole / LIMIT_SECONDS:.0%} of the limit; "
        f"repeated: {one.again:.1f} s",
        flush=True,
    )


async def run(kinds: Sequence[str]) -> list[Invited]:
    """One kind of database after the other."""
    invited = []
    for kind in kinds:
        invited.append(await invite(kind))
        _print(invited[-1])
    return invited


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.invitations")
    parser.add_argument("database", nargs="?", choices=KINDS, help="one of them only")
    only = parser.parse_args().database
    chosen = [only] if only else list(KINDS)
    return 0 if all(one.fits for one in run_until_term(run(chosen))) else 1


if __name__ == "__main__":
    sys.exit(main())
