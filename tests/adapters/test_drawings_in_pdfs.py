"""Forms that draw other forms: how many drawings a page makes of them is counted before pdfium makes any."""

import io

import pikepdf
import pytest

from adapters.pdf_reading.drawings import MAX_DRAWN, MAX_LEVELS, Drawings, Drawn, refuse_endless_drawings
from adapters.pdf_reading.inspection import count_valid_pages
from clinic.values.pdf_check import PdfProblem, PdfRefused
from tests.factories import pdfs


def drawn(content: bytes) -> Drawn:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return Drawings().of_page(pdf.pages[0])


def page_with_forms(page: bytes, forms: dict[bytes, bytes]) -> bytes:
    """A page of such content. The forms have no resources of their own, and use the page's."""
    names = b" ".join(b"/%s %d 0 R" % (name, number) for number, name in enumerate(forms, start=5))
    return pdfs.assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents [4 0 R] /Resources << /XObject << "
            + names
            + b" >> >> >>",
            b"<< /Length %d >>\nstream\n" % len(page) + page + b"\nendstream",
            *(
                b"<< /Subtype /Form /BBox [0 0 200 200] /Length %d >>\nstream\n" % len(each) + each + b"\nendstream"
                for each in forms.values()
            ),
        ]
    )


def test_each_level_multiplies() -> None:
    assert drawn(pdfs.drawn_in_each_other(10)) == Drawn(times=2**11 - 2, levels=10)
    assert drawn(pdfs.drawn_in_each_other(10, b"q /#46\n Do Q")) == Drawn(times=10, levels=10)
    assert drawn(pdfs.drawn_in_each_other(10, b"/F Done /Other Do")) == Drawn()


def test_forms_that_use_the_pages_resources_are_counted_and_none_within_itself() -> None:
    content = page_with_forms(b"/F Do " * 3, {b"F": b"/G Do /G Do", b"G": b"/F Do"})
    assert drawn(content) == Drawn(times=15, levels=3)


def test_a_page_without_forms_has_no_drawings() -> None:
    assert drawn(pdfs.sound_pdf()) == Drawn()
    assert drawn(pdfs.by_hand(b"null", b"/F Do")) == Drawn()


@pytest.mark.parametrize(("more", "refused"), [(b"", False), (b" /F Do", True)])
def test_a_million_drawings_are_taken_and_no_more(more: bytes, refused: bool) -> None:
    content = page_with_forms(b"/F Do " * 1000 + more, {b"F": b"/G Do " * 999, b"G": b"0 0 9 9 re f"})
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert (Drawings().of_page(pdf.pages[0]).times > MAX_DRAWN) is refused
        if refused:
            with pytest.raises(PdfRefused, match=PdfProblem.TOO_COMPLEX):
                refuse_endless_drawings(pdf)
        else:
            refuse_endless_drawings(pdf)


def test_what_pdfium_would_leave_out_for_its_depth_is_refused() -> None:
    """Other programs may draw it: the file would have two readings."""
    assert count_valid_pages(pdfs.drawn_in_each_other(MAX_LEVELS, b"/F Do")) == 1
    with pytest.raises(PdfRefused, match=PdfProblem.TOO_COMPLEX):
        count_valid_pages(pdfs.drawn_in_each_other(MAX_LEVELS + 1, b"/F Do"))


def test_depth_below_a_form_that_was_counted_higher_up_is_noticed() -> None:
    forms = {b"F%d" % each: b"/F%d Do" % (each + 1) for each in range(30)} | {b"F30": b"0 0 9 9 re f"}
    above = {b"A%d" % each: b"/A%d Do" % (each + 1) for each in range(15)} | {b"A15": b"/F0 Do"}
    assert count_valid_pages(page_with_forms(b"/F0 Do", {**forms, **above})) == 1
    with pytest.raises(PdfRefused, match=PdfProblem.TOO_COMPLEX):
        count_valid_pages(page_with_forms(b"/F0 Do /A0 Do", {**forms, **above}))
