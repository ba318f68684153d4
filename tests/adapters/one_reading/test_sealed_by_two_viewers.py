"""Two viewers, pdfium and poppler, judge the sealed files: each page shows and says what was shown before sealing."""

import io
import subprocess
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from adapters.pdf_reading.comparison import OpenFile, differing_pages
from adapters.sealing.page_merge import merge_pages
from adapters.sealing.signing import seal
from adapters.sealing.verifying import verify_bytes
from clinic.values.seal_report import Verdict
from tests.adapters.one_reading.forms import text_fields
from tests.adapters.one_reading.samples import Sample, page_with
from tests.adapters.one_reading.test_one_reading import FAMILIES, answer_to, largest_difference
from tests.adapters.sealed_files import SEALED_AT, certificate_page, evidence, known_by
from tests.campaign import rounds
from tests.factories.keys import key_file

# Parts of a page differ by this much at most where the two programs smooth the same letters differently.
SMOOTHING = 12


def sealed(content: bytes) -> bytes:
    """The file as a patient gets it: with the certificate's page and the evidence, sealed."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        pages = len(pdf.pages)
    joined = merge_pages(content, certificate_page(), evidence(page_count=pages))
    return seal(joined, key_file().read(), SEALED_AT)


def what_poppler_shows(content: bytes, folder: Path) -> tuple[str, Image.Image]:
    """The words and the picture of the first page."""
    file, picture = folder / "sealed.pdf", folder / "page"
    file.write_bytes(content)
    first = ["-f", "1", "-l", "1"]
    said = subprocess.run(["pdftotext", "-raw", *first, file, "-"], capture_output=True, check=True).stdout.decode()
    draw = ["pdftoppm", "-r", "72", "-cropbox", "-png", "-singlefile", *first]
    subprocess.run([*draw, file, picture], check=True)
    with Image.open(picture.with_suffix(".png")) as drawn:
        drawn.load()
        return " ".join(said.split()), drawn


def faults_of(shown: bytes, made: bytes, words: tuple[str, ...], folder: Path) -> list[str]:
    """What the two viewers find different in the sealed file."""
    spoken, drawn = what_poppler_shows(made, folder)
    return [
        *(["pdfium"] if differing_pages(shown, made) else []),
        *(["poppler's picture"] if largest_difference(drawn, OpenFile(shown).read(0).picture) >= SMOOTHING else []),
        *(f"poppler does not say {word!r}" for word in words if word not in spoken),
    ]


def _samples() -> list[Sample]:
    """Every 24th of the files in the suite, all of them in `make soak`."""
    every = [sample for kind in FAMILIES.values() for sample in kind() if sample.refused is None]
    return every[:: rounds(24, 1)]


@pytest.mark.campaign
def test_two_viewers_agree_on_each_sealed_file(tmp_path: Path) -> None:
    judged = flattened = 0
    for sample in _samples():
        accepted = answer_to(sample)
        assert accepted is not None
        made = sealed(accepted.content)
        assert faults_of(accepted.content, made, sample.shown, tmp_path) == [], sample.name
        assert verify_bytes(made, known_by(key_file())).verdict is Verdict.AUTHENTIC, sample.name
        judged += 1
        flattened += accepted.flattened
    # Most of them were flattened: 12 of 13 in the suite.
    assert flattened > judged * 0.6


def test_viewers_find_a_form_that_was_sealed_as_it_came(tmp_path: Path) -> None:
    """Without the static copy, sealing changes which value programs show."""
    stale = next(each for each in text_fields() if each.name == "text stale asks 0 0")
    assert faults_of(stale.content, sealed(stale.content), stale.shown, tmp_path) == [
        "pdfium",
        "poppler's picture",
        "poppler does not say 'Removal of the LEFT kidney'",
    ]


def test_viewers_find_one_other_word(tmp_path: Path) -> None:
    shown, other = (
        page_with(lambda pdf, page: None),
        page_with(lambda pdf, page: page.contents_add(b"0 g 72 600 99 20 re f")),
    )
    assert faults_of(shown, sealed(other), (), tmp_path) == ["pdfium", "poppler's picture"]
