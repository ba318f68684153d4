"""What the portal's pages cost its process.

`python -m bench.portal [--rounds N] [sqlite|postgres]` prints the processor's milliseconds for the list of documents of
a person with 1, 20 and 100 of them, by turns, and for the picture of a page that nobody has looked at, with the
processes that draw it.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from statistics import median

import httpx2

from adapters.pdf import ReportlabRenderer
from bench.cpu import of_family, of_process
from bench.documents import COLUMNS, Shelves
from bench.load import Order, measure
from bench.loading import load_tables
from bench.practice import SLUG, Founded, found, services_of
from bench.signers import Signer, lay_out
from bench.stage import HOST, KINDS, Child, Deployment, migrated_database, run_until_term, running, scratch_folder
from clinic.sessions.actions import open_patient_session
from clinic.sessions.models import SessionKind
from clinic.staff.models import StaffMember
from clinic.values.callers import Origin
from clinic.values.written_document import Heading, Paragraph, WrittenDocument
from runtime.database import open_database

DOCUMENTS = (1, 20, 100)
# In each round; as many pictures as a person may see of others' documents without waiting for anything.
PICTURES = 10
_SECONDS = 2.0
_SENTENCE = "The practice keeps what you say to itself, except where the law asks for it or a life is in danger. "


@dataclass(frozen=True)
class Costs:
    """Processor milliseconds, medians: of the list by its length, of a picture, and of the first one of a process."""

    lists: dict[int, float]
    picture: float
    first_picture: float


async def run(deployment: Deployment, rounds: int) -> Costs:
    """Measure on an empty database."""
    founded = await found(deployment)
    files = [await _written(number) for number in range(rounds * PICTURES + 1)]
    async with open_database(deployment.database_url):
        tokens = [await _reader(deployment, founded, documents) for documents in DOCUMENTS]
        [patient] = await lay_out(
            founded.organization,
            services_of(deployment),
            signers=1,
            documents=len(files),
            session=SessionKind.BROWSER,
            file_of=files.__getitem__,
        )
    lists: dict[int, list[float]] = {documents: [] for documents in DOCUMENTS}
    portal = deployment.portal()
    async with running(portal):
        for _ in range(rounds):
            for documents, token in zip(DOCUMENTS, tokens, strict=True):
                lists[documents].append(await _list(deployment, portal, token))
        first, *others = await _pictures(deployment, portal, patient, rounds)
    return Costs({documents: median(taken) for documents, taken in lists.items()}, median(others), first)


async def _list(deployment: Deployment, portal: Child, token: str) -> float:
    """Of one request, from many over one connection."""
    lines = (
        f"GET /{SLUG}/documents HTTP/1.1",
        f"Host: {HOST}:{deployment.portal_port}",
        "Accept: text/html",
        "Accept-Language: en-US,en;q=0.9,es;q=0.8",
        f"Cookie: session-{SLUG}={token}",
    )
    request = "\r\n".join([*lines, "", ""]).encode()
    before = of_process(portal.pid)
    result = await measure(Order.of(deployment.portal_port, request, 1, _SECONDS))
    return (of_process(portal.pid) - before) / result.answered


async def _pictures(deployment: Deployment, portal: Child, patient: Signer, rounds: int) -> list[float]:
    """Of the first picture, with all that it loads, then the average of each round."""
    papers, taken = iter(patient.papers), []
    async with httpx2.AsyncClient(
        base_url=f"http://{HOST}:{deployment.portal_port}",
        cookies={f"session-{SLUG}": patient.access_token},
        timeout=60,
    ) as client:
        for pictures in (1, *[PICTURES] * rounds):
            before = of_family(portal.pid)
            for _ in range(pictures):
                answer = await client.get(f"/{SLUG}/documents/{next(papers).document_id.hex}/pages/1")
                if answer.status_code != 200 or not answer.content.startswith(b"\x89PNG"):
                    raise RuntimeError(f"no picture but {answer.status_code}: {portal.said()}")
            taken.append((of_family(portal.pid) - before) / pictures)
    return taken


_seeds = count(20_000)


async def _reader(deployment: Deployment, founded: Founded, documents: int) -> str:
    """The cookie of somebody with so many documents, a few of them to be signed."""
    here, now = founded.organization.id, services_of(deployment).clock.now()
    author = await StaffMember.filter(organization_id=here).first()
    assert author is not None
    shelves = Shelves(here, author.id, now, seed=next(_seeds))
    _, account_id = shelves.person(f"reader{documents}", documents)
    await load_tables(deployment.database_url, COLUMNS, shelves.tables)
    session = await open_patient_session(here, account_id, SessionKind.BROWSER, Origin(HOST), now)
    return session.access_token


async def _written(number: int) -> bytes:
    """A consent of three pages, another one for each number."""
    blocks = [block for _ in range(12) for block in (Heading(1, "What you agree to"), Paragraph(_SENTENCE * 6))]
    return await ReportlabRenderer().written_document(
        WrittenDocument("Alder Clinic", f"Consent {number}", "en", tuple(blocks))
    )


async def _report(kinds: Sequence[str], rounds: int) -> None:
    for kind in kinds:
        async with scratch_folder() as folder, migrated_database(kind, folder) as url:
            costs = await run(Deployment(url, folder), rounds)
        lists = ", ".join(f"{documents}: {taken:.2f}" for documents, taken in costs.lists.items())
        print(f"{kind}: CPU ms of a list of documents of {lists}; of a picture {costs.picture:.0f}", end=" ")
        print(f"(the first of a process, which loads the libraries: {costs.first_picture:.0f})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.portal", description=__doc__)
    parser.add_argument("databases", nargs="*", help=f"{' or '.join(KINDS)}; both unless named")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    run_until_term(_report(chosen.databases or KINDS, chosen.rounds))
