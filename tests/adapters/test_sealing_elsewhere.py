"""Programs that know nothing of ours say the same of our files: poppler's pdfsig, and pyHanko by itself."""

import asyncio
import io
import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from adapters.pdf_acceptance.acceptance import accept
from adapters.sealing.page_merge import merge_pages
from adapters.sealing.signing import seal
from clinic.values.seal_report import Verdict
from tests.adapters.one_reading.forms import choices, looks_of_fields, text_fields, ticks
from tests.adapters.one_reading.notes import marks, typed_on
from tests.adapters.one_reading.samples import Sample
from tests.adapters.sealed_files import SEALED_AT, certificate_page, evidence, sealed_file, verdict_of
from tests.adapters.test_sealing_changes import flipped, known, stamped_file, with_a_note_added
from tests.campaign import rounds
from tests.factories.keys import key_file
from tests.factories.pdfs import sound_pdf
from tests.factories.timestamping import timestamp_authority

pytestmark = pytest.mark.processes


def in_a_page() -> bytes:
    """The first bit of what the first page shows."""
    return flipped(sealed_file(), sealed_file().index(b"stream") * 8 + 80)


def in_the_signature() -> bytes:
    """A digit of the signature's own value."""
    from adapters.sealing.cms import parse_canonical
    from adapters.sealing.signature_field import find_seal_field

    value = parse_canonical(find_seal_field(sealed_file()).encoded).signature.hex().upper().encode()
    return sealed_file().replace(value, value[:-1] + (b"0" if value[-1:] != b"0" else b"1"))


FILES: dict[str, tuple[Callable[[], bytes], Verdict]] = {
    "sealed": (sealed_file, Verdict.AUTHENTIC),
    "with a timestamp": (stamped_file, Verdict.AUTHENTIC),
    "a bit of a page": (in_a_page, Verdict.ALTERED),
    "a digit of the signature": (in_the_signature, Verdict.ALTERED),
    "a note added behind": (with_a_note_added, Verdict.ALTERED),
}


def pdfsig(content: bytes, folder: Path) -> tuple[bool, str]:
    """Whether poppler finds the signature valid over the whole file, and all it says."""
    if not shutil.which("pdfsig"):
        pytest.fail("pdfsig is missing: install poppler-utils (apt-get install poppler-utils)")
    (folder / "file.pdf").write_bytes(content)
    # A home without a certificate database: whom this machine's user trusts must not matter.
    home = {"HOME": str(folder), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    command = ["pdfsig", str(folder / "file.pdf")]
    said = subprocess.run(command, capture_output=True, text=True, check=False, env=home).stdout
    return "Signature is Valid" in said and "Total document signed" in said, said


async def pyhanko_alone(content: bytes) -> bool:
    [seal] = PdfFileReader(io.BytesIO(content)).embedded_signatures
    status = await async_validate_pdf_signature(
        seal,
        ValidationContext(trust_roots=[x509.Certificate.load(key_file().read().certificates[-1])]),
        ts_validation_context=ValidationContext(
            trust_roots=[x509.Certificate.load(each) for each in timestamp_authority().known]
        ),
    )
    return status.bottom_line


@pytest.mark.parametrize("what", FILES)
async def test_all_three_agree(what: str, tmp_path: Path) -> None:
    make, expected = FILES[what]
    content = await asyncio.to_thread(make)
    authentic = expected is Verdict.AUTHENTIC
    valid, said = await asyncio.to_thread(pdfsig, content, tmp_path)

    assert await verdict_of(content, known()) is expected
    assert await pyhanko_alone(content) is authentic
    assert valid is authentic, said


def _plain(number: int) -> tuple[bytes, int]:
    pages = 2 + number % 20
    return sound_pdf(pages, f"Paper {number}"), pages


@cache
def _filled_in() -> list[Sample]:
    """Forms and notes that are flattened."""
    families = (text_fields, looks_of_fields, ticks, choices, typed_on, marks)
    return [each for family in families for each in family() if each.refused is None and each.shown]


def _flattened(number: int) -> tuple[bytes, int]:
    samples = _filled_in()
    accepted = accept(samples[number * 3 % len(samples)].content)
    assert accepted.flattened
    return accepted.content, accepted.page_count


@pytest.mark.campaign
@pytest.mark.parametrize("number", range(rounds(6, 100)))
async def test_all_three_agree_on_files_of_many_kinds(number: int, tmp_path: Path) -> None:
    """Of 1 to 21 pages, half of them flattened, with one to five signers, sealed, and then with one bit changed."""
    signers = [f"Signer {each} ñ 王" for each in range(1 + number % 5)]
    paper, pages = await asyncio.to_thread(_flattened if number % 2 else _plain, number)
    joined = merge_pages(paper, certificate_page(), evidence(*signers, page_count=pages))
    content = await asyncio.to_thread(seal, joined, key_file().read(), SEALED_AT)
    changed = flipped(content, content.index(b"stream") * 8 + 80 + number)

    for each, authentic in ((content, True), (changed, False)):
        valid, said = await asyncio.to_thread(pdfsig, each, tmp_path)
        assert (await verdict_of(each, known()) is Verdict.AUTHENTIC) is authentic
        assert await pyhanko_alone(each) is authentic
        assert valid is authentic, said


def test_poppler_reads_the_seal_as_we_mean_it(tmp_path: Path) -> None:
    _, said = pdfsig(sealed_file(), tmp_path)

    for line in (
        "Signer Certificate Common Name: Test seal",
        "Signing Hash Algorithm: SHA-256",
        "Signature Type: ETSI.CAdES.detached",
        "Signature Validation: Signature is Valid.",
    ):
        assert line in said
    assert said.count("Signature #") == 1
