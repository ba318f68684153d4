"""A tagged original stays tagged when it is sealed, its certificate too; an untagged one stays as it came."""

import io
from collections.abc import Callable

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from adapters.pdf_acceptance.acceptance import accept
from adapters.pdf_reading.comparison import differing_pages
from adapters.sealing.page_merge import merge_pages
from adapters.sealing.signing import seal
from adapters.sealing.verifying import verify_bytes
from clinic.values.seal_report import Verdict
from tests.adapters.sealed_files import SEALED_AT, certificate_page, evidence, known_by
from tests.adapters.test_tagged_pdfs import drawn
from tests.factories.keys import key_file
from tests.factories.pdfs import sound_pdf
from tests.factories.tags import marks_without_element, roles, told, words_of_tags


def sealed(original: bytes) -> bytes:
    """The sealed file. It is authentic, and each page of the original looks and reads as before."""
    with pikepdf.open(io.BytesIO(original)) as pdf:
        pages = len(pdf.pages)
    made = seal(merge_pages(original, certificate_page(), evidence(page_count=pages)), key_file().read(), SEALED_AT)
    assert verify_bytes(made, known_by(key_file())).verdict is Verdict.AUTHENTIC
    assert differing_pages(original, made) == []
    return made


def changed(change: Callable[[Pdf], object]) -> bytes:
    """Our written document with other tags, as another program could have made it."""
    with pikepdf.open(io.BytesIO(drawn("document"))) as pdf:
        change(pdf)
        target = io.BytesIO()
        pdf.save(target)
        return target.getvalue()


def test_sealed_document_is_read_to_the_end_of_its_certificate() -> None:
    original, made = drawn("document"), sealed(drawn("document"))
    assert told(made) == told(original) + told(certificate_page())
    assert marks_without_element(made) == []
    assert [line for line in roles(made) if line in ("Document", "  Part")] == ["Document", "  Part"]
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert (str(pdf.docinfo["/Title"]), str(pdf.Root.Lang)) == ("Consent to treatment", "en")
        assert bool(pdf.Root.MarkInfo.Marked)
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        assert all(page.obj.Tabs == "/S" for page in pdf.pages)


def test_joined_file_is_the_same_each_time() -> None:
    first, second = (merge_pages(drawn("document"), certificate_page(), evidence()) for _ in range(2))
    assert first == second


def no_document_element(pdf: Pdf) -> None:
    root = pdf.Root.StructTreeRoot
    kids = root.K[0].K
    for kid in kids:
        kid.P = root
    root.K = kids


def single_kid(pdf: Pdf) -> None:
    pdf.Root.StructTreeRoot.K = pdf.Root.StructTreeRoot.K[0]


def nested_parent_tree(pdf: Pdf) -> None:
    leaf = pdf.make_indirect(Dictionary(Nums=pdf.Root.StructTreeRoot.ParentTree.Nums, Limits=Array([0, 0])))
    pdf.Root.StructTreeRoot.ParentTree = Dictionary(Kids=Array([leaf]))


def no_next_key(pdf: Pdf) -> None:
    del pdf.Root.StructTreeRoot.ParentTreeNextKey


def high_next_key(pdf: Pdf) -> None:
    pdf.Root.StructTreeRoot.ParentTreeNextKey = 5000


@pytest.mark.parametrize("change", [no_document_element, single_kid, nested_parent_tree, no_next_key, high_next_key])
def test_tags_of_other_programs_are_continued(change: Callable[[Pdf], object]) -> None:
    original = changed(change)
    made = sealed(original)
    assert words_of_tags(made) == f"{words_of_tags(original)} {words_of_tags(certificate_page())}"
    assert marks_without_element(made) == []


def test_untagged_original_does_not_say_that_it_is_tagged() -> None:
    with pikepdf.open(io.BytesIO(sealed(sound_pdf(2)))) as pdf:
        assert "/StructTreeRoot" not in pdf.Root
        assert "/MarkInfo" not in pdf.Root
        assert not any("/StructParents" in page.obj for page in pdf.pages)


def not_marked(pdf: Pdf) -> None:
    del pdf.Root.MarkInfo


def parent_tree_is_a_number(pdf: Pdf) -> None:
    pdf.Root.StructTreeRoot.ParentTree = 7


def next_key_is_a_name(pdf: Pdf) -> None:
    pdf.Root.StructTreeRoot.ParentTreeNextKey = Name.Many


def kid_is_a_number(pdf: Pdf) -> None:
    pdf.Root.StructTreeRoot.K = Array([7])


def tree_in_a_circle(pdf: Pdf) -> None:
    tree = pdf.make_indirect(Dictionary())
    tree.Kids = Array([tree])
    pdf.Root.StructTreeRoot.ParentTree = tree


@pytest.mark.parametrize("change", [not_marked, parent_tree_is_a_number, next_key_is_a_name, tree_in_a_circle])
def test_tags_that_can_not_be_continued_are_kept_as_they_came(change: Callable[[Pdf], object]) -> None:
    made = sealed(changed(change))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        assert "/StructParents" not in pdf.pages[-1].obj
        assert "/StructTreeRoot" in pdf.Root


@pytest.mark.parametrize("change", [kid_is_a_number, parent_tree_is_a_number, next_key_is_a_name, tree_in_a_circle])
def test_odd_tags_stop_no_seal(change: Callable[[Pdf], object]) -> None:
    sealed(changed(change))


def test_tagged_upload_is_accepted_with_its_tags() -> None:
    accepted = accept(drawn("document"))
    assert not accepted.flattened
    assert told(accepted.content) == told(drawn("document"))
