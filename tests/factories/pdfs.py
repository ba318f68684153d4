"""PDFs for tests: sound ones, and ones that somebody built to do harm."""

import hashlib
import io
from collections.abc import Callable
from functools import cache

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, String
from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

# As `adapters.pdf.layout` has it once it is imported: what is made here has the same bytes before and after.
rl_config.useA85 = 0

# How many pages each has that `sound_pdf` made, by the digest of its bytes.
sound_pages: dict[bytes, int] = {}


@cache
def sound_pdf(pages: int = 1, words: str = "Consent to treatment") -> bytes:
    """Pages that say the words and their number; the same bytes each time."""
    target = io.BytesIO()
    canvas = Canvas(target, invariant=1)
    for number in range(1, pages + 1):
        canvas.drawString(72, 720, f"{words} {number}")
        canvas.showPage()
    canvas.save()
    content = target.getvalue()
    if words.isascii():
        sound_pages[hashlib.sha256(content).digest()] = pages
    return content


def changed(change: Callable[[Pdf], object], **how: object) -> bytes:
    """A sound page with something done to it; `how` is how it is saved."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(sound_pdf())) as pdf:
        change(pdf)
        pdf.save(target, static_id=True, **how)  # type: ignore[arg-type]  # what a test asks for
    return target.getvalue()


def encrypted_pdf(user_password: str = "") -> bytes:
    """Opens for everybody where the user password is empty, and is encrypted all the same."""
    return changed(lambda pdf: None, encryption=pikepdf.Encryption(owner="owner", user=user_password))


def with_action(action: Dictionary) -> bytes:
    """A page with a link that does something."""

    def change(pdf: Pdf) -> None:
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 99, 99], A=action)
        pdf.pages[0].Annots = Array([pdf.make_indirect(link)])

    return changed(change)


def with_annotation(subtype: str) -> bytes:
    """A page with an annotation of a kind that plays, shows or holds something."""

    def change(pdf: Pdf) -> None:
        pdf.pages[0].Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name(subtype), Rect=[0, 0, 9, 9])])

    return changed(change)


def in_the_catalogue(key: str, value: object) -> bytes:
    """A document whose catalogue holds one more thing."""
    return changed(lambda pdf: pdf.Root.__setitem__(key, value))


def hidden_in_an_object_stream() -> bytes:
    """A launch action that no page leads to, packed together with other objects."""

    def change(pdf: Pdf) -> None:
        pdf.Root.Unseen = Array([Array([pdf.make_indirect(Dictionary(S=Name.Launch, F=String("calc.exe")))])])

    return changed(change, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def with_attachment() -> bytes:
    """A document with a file in it."""

    def change(pdf: Pdf) -> None:
        pdf.attachments["notes.txt"] = b"hello"

    return changed(change)


def with_stream(content: bytes, **dictionary: object) -> bytes:
    """A document that holds a stream, as it is, in its catalogue."""

    def change(pdf: Pdf) -> None:
        stream = pikepdf.Stream(pdf, b"")
        filters = dictionary.get("Filter")
        stream.write(content, filter=filters)  # type: ignore[arg-type]  # one name or several
        for key, value in dictionary.items():
            if key != "Filter":
                stream[f"/{key}"] = value
        pdf.Root.Held = pdf.make_indirect(stream)

    return changed(change, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)


def with_many_objects(count: int) -> bytes:
    """A small page, and so many numbers as objects of their own."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Resources <<>> >>"
    pages = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    return assembled([b"<< /Type /Catalog /Pages 2 0 R >>", pages, page, *[b"0"] * count])


def deeply_nested(depth: int) -> bytes:
    """Arrays within arrays, written by hand: no library would."""
    return by_hand(b"[" * depth + b"]" * depth)


def by_hand(extra: bytes, content: bytes = b"", resources: bytes = b"<<>>") -> bytes:
    """The smallest PDF there is, with one more object."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /Held 4 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 5 0 R /Resources " + resources + b" >>",
        extra,
        b"<< /Length %d >>\nstream\n" % len(content) + content + b"\nendstream",
    ]
    return assembled(objects)


def assembled(objects: list[bytes]) -> bytes:
    """Objects 1, 2, … with a table that finds them; the first is the catalogue."""
    written = bytearray(b"%PDF-1.7\n")
    places = []
    for number, each in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n" % number + each + b"\nendobj\n"
    table = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    written += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(written)


def drawn_in_each_other(levels: int, draws: bytes = b"/F Do /F Do") -> bytes:
    """A page that draws a form twice, which draws another twice, and so on: 2 to the power of `levels` of the last."""
    stream = b" /Length %d >>\nstream\n%s\nendstream" % (len(draws), draws)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R"
        b" /Resources << /XObject << /F 5 0 R >> >> >>",
        b"<<" + stream,
    ]
    form = b"<< /Type /XObject /Subtype /Form /BBox [0 0 200 200] /Resources << /XObject << /F %d 0 R >> >>"
    objects += [form % number + stream for number in range(6, 5 + levels)]
    objects.append(
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 200 200] /Length 14 >>\nstream\n0 0 9 9 re f  \nendstream"
    )
    return assembled(objects)
