"""`python -m bench.restore_drill`: a large practice is backed up while people work, and restored elsewhere.

It runs the commands that an operator runs, then checks the audit chains and the seal of every sealed file of the copy.
Prints seconds of the clock, of the processors, and counts. `--contacts`, `--sealed` and `--unsigned` say how much there
is. `--recheck` also compares each sealed document with what was signed: about a second of a processor for each.
"""

import argparse
import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from time import perf_counter
from typing import Any

from adapters.files import StoredFiles
from bench.outages import database
from bench.practice import found_and_fill
from bench.stage import KINDS, ROOT, Deployment, run_until_term, scratch_folder
from bench.warm import PROCESSES, warm_services
from clinic.documents.actions.complete import complete_due_documents
from clinic.documents.files import document_key, read_document
from clinic.documents.models import Completion, Document
from clinic.values.passwords import HashingCost, hashing_at
from clinic.values.ports import Services
from clinic.values.seal_report import Verdict
from runtime.database import open_database
from tests.clinic.documents.signing import paper, person, sign
from tests.databases import PostgresServer
from tests.factories import Mailbox, Practice, open_practice
from tests.factories.documents import put_document

# Of one person, below the number of signatures that a day allows.
PAPERS_OF_ONE = 20
MINUTES = 5.0
# The operator's own command, beside the check of all.
VERIFIED_BY_COMMAND = 3
# Passwords are hashed as in the tests: how they are kept is not what the drill is about.
QUICK_HASHES = HashingCost(passes=1, memory_kib=8)


async def at_once(work: Callable[[Any], Awaitable[None]], what: Iterable[Any]) -> None:
    """Do this with each, as many at once as there are processes to seal and check."""
    left = iter(what)

    async def one_after_another() -> None:
        for each in left:
            await work(each)

    await asyncio.gather(*(one_after_another() for _ in range(2 * PROCESSES)))


async def seal_some(practice: Practice, mailbox: Mailbox, number: int) -> None:
    """So many documents, signed by people and sealed by the worker's own steps, several at once."""
    people = -(-number // PAPERS_OF_ONE)
    with hashing_at(QUICK_HASHES):
        # All of them first: the letter that came last is then the invitation.
        signers = [await person(practice, mailbox, f"Signer{each}") for each in range(people)]
        for each in range(number):
            signer = signers[each // PAPERS_OF_ONE]
            document = await paper(practice, signer.contact, signer.contact, words=f"Consent number {each}")
            await sign(practice, signer, document)

    async def seal(worker: int) -> None:
        while await complete_due_documents(practice.services, worker_name=f"drill-{worker}"):
            pass

    await at_once(seal, range(2 * PROCESSES))
    sealed = await Completion.filter(sealed_at__isnull=False).count()
    if sealed != number:
        raise SystemExit(f"{sealed} documents were sealed instead of {number}")


async def verified(services: Services) -> Counter[Verdict]:
    """What `vestibule verify` says of every sealed file of the open database, counted."""
    verdicts: Counter[Verdict] = Counter()

    async def verify(document: Document) -> None:
        content = await read_document(document.organization_id, document.completed_sha256, services)
        verdicts[(await services.sealer.verify(content)).verdict] += 1

    await at_once(verify, await Document.exclude(completed_sha256=""))
    return verdicts


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


@dataclass(frozen=True)
class Done:
    """A command that ended well: seconds of the clock and of the processors (PostgreSQL's own not counted)."""

    seconds: float
    processor: float
    printed: str

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s ({self.processor:.1f} s of a processor)"


async def vestibule(environment: dict[str, str], *arguments: str) -> Done:
    """Run the command. It must exit 0."""
    began, used = perf_counter(), getrusage(RUSAGE_CHILDREN)
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
    after = getrusage(RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
    return Done(perf_counter() - began, processor, printed.decode())


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


async def drill(kind: str, contacts: int, sealed: int, unsigned: int, *, recheck: bool) -> bool:
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
            with warm_services(deployment) as services:
                practice = await open_practice(replace(services, mail=mailbox))
                await seal_some(practice, mailbox, sealed)
            await store_others(practice, unsigned)
            began = told(f"{sealed} files sealed, {unsigned} others stored", began)
            over = asyncio.Event()
            working = asyncio.create_task(work_on(practice, over))
            backing_up = await vestibule(deployment.environment, "backup", str(folder / "kept"), "--json")
            over.set()
            meanwhile = await working
        made: dict[str, Any] = json.loads(backing_up.printed)
        began = told(f"backed up, {meanwhile} contacts added meanwhile", began)
        other = await elsewhere(deployment, server, folder)
        restoring = await vestibule(other, "restore", str(folder / "kept"), "--json")
        restored: dict[str, Any] = json.loads(restoring.printed)
        began = told("restored", began)
        auditing = await vestibule(other, "audit", "verify")
        print(f"  backup {backing_up}\n  restore {restoring}\n  audit verify {auditing}")
        authentic = await verify_copy(deployment, other, folder)
        told(f"seals verified, {authentic} of {sealed} authentic", began)
        if recheck:
            rechecking = await vestibule(other, "documents", "recheck")
            print(f"  recheck {rechecking}: {rechecking.printed.strip().splitlines()[-1]}")
    rows, share = made["rows"]["contact"], restoring.seconds / MINUTES / 60
    print(f"  restored {rows} contacts and {restored['files']} files; {restored['events']} audit events verified")
    print(f"  restore: {share:.2f} of five minutes, {len(restored['problems'])} problems")
    return not restored["problems"] and rows >= contacts and authentic == sealed and share <= 1


async def verify_copy(deployment: Deployment, copy: dict[str, str], folder: Path) -> int:
    """How many sealed files of the copy are authentic: all are checked, and a few by the operator's command too."""
    place = replace(deployment, database_url=copy["VESTIBULE_DATABASE_URL"])
    with warm_services(place) as warm:
        services = replace(warm, files=StoredFiles.at(copy["VESTIBULE_FILES_URL"]))
        async with open_database(place.database_url):
            authentic = (await verified(services))[Verdict.AUTHENTIC]
            some = await Document.exclude(completed_sha256="").limit(VERIFIED_BY_COMMAND)
    for number, document in enumerate(some):
        file = folder / f"sealed-{number}.pdf"
        file.write_bytes(await services.files.get(document_key(document.organization_id, document.completed_sha256)))
        await vestibule(copy, "verify", str(file))
    return authentic


async def main(kinds: list[str], contacts: int, sealed: int, unsigned: int, *, recheck: bool) -> int:
    whole = [await drill(kind, contacts, sealed, unsigned, recheck=recheck) for kind in kinds]
    return 0 if all(whole) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", default=KINDS, metavar="sqlite|postgres")
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--sealed", type=int, default=1_000)
    parser.add_argument("--unsigned", type=int, default=0)
    parser.add_argument("--recheck", action="store_true", help="compare each sealed document with what was signed")
    given = parser.parse_args()
    program = main(list(given.kinds), given.contacts, given.sealed, given.unsigned, recheck=given.recheck)
    sys.exit(run_until_term(program))
