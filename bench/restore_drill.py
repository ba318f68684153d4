"""`python -m bench.restore_drill`: a large practice is backed up while people work, and restored elsewhere.

It runs the commands that an operator runs, and then checks the audit chains and every sealed file of the copy. Prints
seconds, counts, and seconds for each of 10,000 contacts. `--contacts`, `--sealed` and `--unsigned` say how much there
is: sealing takes about a second of a processor for each document, storing one that nobody signs some milliseconds.
"""

import argparse
import asyncio
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.outages import database
from bench.practice import found_and_fill, services_of
from bench.stage import KINDS, ROOT, Deployment, run_until_term, scratch_folder
from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.models import Completion
from runtime.database import open_database
from tests.clinic.documents.signing import paper, person, sign
from tests.databases import PostgresServer
from tests.factories import Mailbox, Practice, open_practice
from tests.factories.documents import put_document

# Of one person, below the number of signatures that a day allows.
PAPERS_OF_ONE = 20
MINUTES = 5.0


async def seal_some(practice: Practice, mailbox: Mailbox, number: int) -> None:
    """So many documents, signed by people and sealed as the worker seals them."""
    people = -(-number // PAPERS_OF_ONE)
    # All of them first: the letter that came last is then the invitation.
    signers = [await person(practice, mailbox, f"Signer{each}") for each in range(people)]
    for each in range(number):
        signer = signers[each // PAPERS_OF_ONE]
        document = await paper(practice, signer.contact, signer.contact, words=f"Consent number {each}")
        await sign(practice, signer, document)
    while await complete_due_documents(practice.services, worker_name="drill"):
        pass
    sealed = await Completion.filter(sealed_at__isnull=False).count()
    if sealed != number:
        raise SystemExit(f"{sealed} documents were sealed instead of {number}")


async def store_others(practice: Practice, number: int) -> None:
    """So many documents with files of their own that nobody signs."""
    contact = await practice.contact("Reader", emails=())
    for each in range(number):
        await put_document(practice, contact, f"Report number {each}")


async def work_on(practice: Practice, over: asyncio.Event) -> int:
    """What people do meanwhile: they add contacts until it is over. Returns how many."""
    made = 0
    while not over.is_set():
        await practice.contact("Meanwhile", emails=(f"meanwhile{made}@example.com",))
        made += 1
    return made


async def vestibule(environment: dict[str, str], *arguments: str) -> tuple[float, str]:
    """Seconds that a command took, and what it printed. It must exit 0."""
    began = perf_counter()
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "runtime.cli", *arguments),
        env=environment,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, complaints = await program.communicate()
    if program.returncode:
        raise SystemExit(f"{arguments}: {printed.decode()[-2000:]}{complaints.decode()[-2000:]}")
    return perf_counter() - began, printed.decode()


async def elsewhere(deployment: Deployment, server: PostgresServer | None, folder: Path) -> dict[str, str]:
    """The settings of another machine: nothing in its database and file store, the same keys."""
    url = f"sqlite://{folder / 'copy.sqlite3'}"
    if server is not None:
        await server.run("CREATE DATABASE copy")
        url = server.url("copy")
    return deployment.environment | {"VESTIBULE_DATABASE_URL": url, "VESTIBULE_FILES_URL": f"file://{folder}/copied"}


def told(what: str, began: float) -> float:
    """Print how long it took since then, at once; the present moment."""
    print(f"  {what}: {perf_counter() - began:.1f} s, load of the machine {os.getloadavg()[0]:.1f}", flush=True)
    return perf_counter()


async def drill(kind: str, contacts: int, sealed: int, unsigned: int) -> bool:
    """Whether everything came back, in time."""
    print(f"{kind}:", flush=True)
    began = perf_counter()
    async with scratch_folder() as folder, database(kind, folder) as (url, server):
        deployment, mailbox = Deployment(url, folder), Mailbox()
        if server is not None:
            os.environ["PATH"] = f"{server.programs}{os.pathsep}{os.environ['PATH']}"
        await found_and_fill(deployment, contacts)
        began = told(f"{contacts} contacts loaded", began)
        async with open_database(url):
            practice = await open_practice(replace(services_of(deployment), mail=mailbox))
            await seal_some(practice, mailbox, sealed)
            await store_others(practice, unsigned)
            began = told(f"{sealed} files sealed, {unsigned} others stored", began)
            over = asyncio.Event()
            working = asyncio.create_task(work_on(practice, over))
            backing_up, printed = await vestibule(deployment.environment, "backup", str(folder / "kept"), "--json")
            over.set()
            meanwhile = await working
        made: dict[str, Any] = json.loads(printed)
        began = told(f"backed up, {meanwhile} contacts added meanwhile", began)
        other = await elsewhere(deployment, server, folder)
        restoring, printed = await vestibule(other, "restore", str(folder / "kept"), "--json")
        restored: dict[str, Any] = json.loads(printed)
        told("restored", began)
        auditing, _ = await vestibule(other, "audit", "verify")
        checking, rechecked = await vestibule(other, "documents", "recheck")
    share, rows = restoring / MINUTES / 60, made["rows"]["contact"]
    print(f"  backup {backing_up:.1f} s, restore {restoring:.1f} s, audit {auditing:.1f} s, recheck {checking:.1f} s")
    print(f"  restored {rows} contacts and {restored['files']} files; {restored['events']} audit events verified")
    print(f"  {rechecked.strip().splitlines()[-1]}")
    print(f"  restore: {restoring / contacts * 10_000:.1f} s for each 10,000 contacts, {share:.2f} of five minutes")
    return not restored["problems"] and rows >= contacts and restoring <= MINUTES * 60


async def main(kinds: list[str], contacts: int, sealed: int, unsigned: int) -> int:
    whole = [await drill(kind, contacts, sealed, unsigned) for kind in kinds]
    return 0 if all(whole) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", default=KINDS, metavar="sqlite|postgres")
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--sealed", type=int, default=1_000)
    parser.add_argument("--unsigned", type=int, default=0)
    given = parser.parse_args()
    sys.exit(run_until_term(main(list(given.kinds), given.contacts, given.sealed, given.unsigned)))
