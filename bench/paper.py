"""Seconds for one sealed document and one page image, and by how much sealing delays the calendar."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter

from adapters.pdf import ReportlabRenderer
from adapters.pdf_reading.reader import ProcessPdfReader
from adapters.sealing import PyhankoSealer, SigningKeyFile
from bench.disturbance import Disturbed, by_turns
from bench.practice import Founded
from bench.stage import Deployment
from clinic.documents.evidence import Consent, Evidence, as_json, attachment
from clinic.values.certificate import Certificate, CertificateEntry
from clinic.values.ports import Sealed
from clinic.values.written_document import Heading, Paragraph, WrittenDocument
from dev.demo.logos import willow_logo

AT_ONCE = 10
PAGE_WIDTH = 1200
_SENTENCE = "The practice keeps what you say to itself, except where the law asks for it or a life is in danger. "


@dataclass(frozen=True)
class Papers:
    """Milliseconds, the median and the slowest, each in processes of its own as in the product."""

    seal: float
    slowest_seal: float
    page_image: float
    slowest_page_image: float


@dataclass(frozen=True)
class _Paper:
    original: bytes
    certificate: bytes
    evidence: bytes

    def sealed_by(self, sealer: PyhankoSealer) -> Awaitable[Sealed]:
        return sealer.seal(self.original, self.certificate, self.evidence)


async def make_papers(deployment: Deployment, number: int) -> Papers:
    """So many of each, one after another."""
    paper, sealer, reader = await _paper(), _sealer(deployment), ProcessPdfReader()
    seals = await _timed(number, lambda: paper.sealed_by(sealer))
    images = await _timed(number, lambda: reader.page_image(paper.original, 1, PAGE_WIDTH))
    return Papers(median(seals), max(seals), median(images), max(images))


async def disturb_by_seals(
    kind: str, deployment: Deployment, founded: Founded, *, rounds: int, seconds: float
) -> Disturbed:
    """By turns at rest and while ten documents are sealed, as the worker seals them beside the API."""
    work = partial(_ten_sealed, await _paper(), _sealer(deployment))
    return await by_turns(kind, deployment, founded, work, rounds=rounds, seconds=seconds)


@asynccontextmanager
async def _ten_sealed(paper: _Paper, sealer: PyhankoSealer) -> AsyncIterator[list[Sealed]]:
    """All ten are asked for at the beginning, and there at the end."""
    done: list[Sealed] = []

    async def one() -> None:
        done.append(await paper.sealed_by(sealer))

    async with asyncio.TaskGroup() as seals:
        for _ in range(AT_ONCE):
            seals.create_task(one())
        yield done


async def _timed(number: int, work: Callable[[], Awaitable[object]]) -> list[float]:
    times = []
    for _ in range(number):
        began = perf_counter()
        await work()
        times.append((perf_counter() - began) * 1000)
    return times


def _sealer(deployment: Deployment) -> PyhankoSealer:
    return PyhankoSealer(SigningKeyFile(deployment.signing_key))


async def _paper() -> _Paper:
    """Three written pages and the certificate of one signature."""
    renderer = ReportlabRenderer()
    blocks = [block for _ in range(12) for block in (Heading(1, "What you agree to"), Paragraph(_SENTENCE * 6))]
    original = await renderer.written_document(WrittenDocument("Alder Clinic", "Consent", "en", tuple(blocks)))
    rows = (("Signed", "2026-03-02T08:59:58Z"), ("Known by", "email address and password"))
    certificate = await renderer.certificate(
        Certificate(
            language="en",
            organization_name="Alder Clinic",
            logo_png=willow_logo(),
            brand_colour="#2b5f75",
            heading="Certificate of signatures",
            introduction=_SENTENCE,
            facts=(("Document", "Consent"),),
            entries=(CertificateEntry("Marguerite Villaseñor", rows),),
            verify_words="Check this file at",
            verify_url="https://portal.example/verify",
        )
    )
    return _Paper(original, certificate, attachment([as_json(_signature(original))]))


def _signature(original: bytes) -> Evidence:
    facts = dict.fromkeys(Evidence.__dataclass_fields__, "made up") | {
        "format": 1,
        "page_count": 2,
        "document_sha256": hashlib.sha256(original).hexdigest(),
        "consent": Consent("1", "en", "I agree to sign electronically.", "2026-03-02T08:55:00Z"),
    }
    return Evidence(**facts)  # type: ignore[arg-type]  # each is of its field's kind
