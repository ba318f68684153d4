"""Whatever is done to a sealed file shows: every bit, every byte behind the end, every part in another's place."""

import asyncio
import hashlib
import io
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pikepdf
import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper

from adapters.sealing import TrustStore
from adapters.sealing.cms import SignatureParts, encode_canonical, parse_canonical
from adapters.sealing.key import _P256_ORDER
from adapters.sealing.page_merge import merge_pages
from adapters.sealing.signature_field import find_seal_field
from adapters.sealing.signing import seal
from adapters.sealing.timestamps import add_timestamp
from adapters.sealing.verifying import verify_bytes
from clinic.values.seal_report import SealReport, Verdict
from tests.adapters.sealed_files import (
    SEALED_AT,
    certificate_page,
    evidence,
    known_by,
    original,
    report_on,
    sealed_file,
    sealed_with,
    verdict_of,
    with_signature,
)
from tests.campaign import SEED, rounds
from tests.factories.keys import key_file
from tests.factories.pdfs import sound_pdf
from tests.factories.timestamping import answering, timestamp_authority

# How many bits of a whole file are flipped, one at a time, and how many of the seal's place in it.
WHOLE, PLACE = rounds(120, 10_000), rounds(80, 5_000)


@cache
def stamped_file() -> bytes:
    """The sealed file with a timestamp in its seal."""
    authority = timestamp_authority()
    with answering(authority.answer) as url:
        return add_timestamp(sealed_file(), url, authority.known)


def known() -> TrustStore:
    return known_by(key_file(), timestamps=timestamp_authority().known)


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def verdicts(files: list[bytes]) -> Counter[Verdict]:
    return Counter(verify_bytes(file, known()).verdict for file in files)


@pytest.mark.campaign
@pytest.mark.parametrize("make", [sealed_file, stamped_file], ids=["sealed", "with a timestamp"])
async def test_each_of_many_flipped_bits_shows(make: Callable[[], bytes]) -> None:
    content = await asyncio.to_thread(make)
    assert await verdict_of(content, known()) is Verdict.AUTHENTIC
    bits = random.Random(4 * SEED).sample(range(len(content) * 8), WHOLE)
    began = time.process_time()
    found = await asyncio.to_thread(verdicts, [flipped(content, bit) for bit in bits])

    assert set(found) <= {Verdict.ALTERED, Verdict.UNSEALED}
    assert found.total() == WHOLE
    # They take a fiftieth of it; the checks must never become so slow that they are left out.
    assert time.process_time() - began < 0.12 * WHOLE


@pytest.mark.campaign
@pytest.mark.parametrize("make", [sealed_file, stamped_file], ids=["sealed", "with a timestamp"])
async def test_each_bit_of_what_is_not_signed_shows(make: Callable[[], bytes]) -> None:
    """The signature itself, taken from its digits and put back with one bit changed: most of it nobody has signed."""
    content = await asyncio.to_thread(make)
    signature = find_seal_field(content).encoded
    bits = random.Random(5 * SEED).sample(range(len(signature) * 8), PLACE)
    found = await asyncio.to_thread(verdicts, [with_signature(content, flipped(signature, bit)) for bit in bits])

    assert found == {Verdict.ALTERED: PLACE}


@pytest.mark.campaign
async def test_each_bit_of_the_digits_and_their_padding_shows() -> None:
    content, place = sealed_file(), find_seal_field(sealed_file())
    bits = random.Random(6 * SEED).sample(range(place.start * 8, place.end * 8), PLACE)
    found = await asyncio.to_thread(verdicts, [flipped(content, bit) for bit in bits])

    assert found == {Verdict.ALTERED: PLACE}


def saved_again() -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(sealed_file())) as pdf:
        pdf.save(target)
    return target.getvalue()


def packed_again() -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(sealed_file())) as pdf:
        pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True)
    return target.getvalue()


def with_a_note_added() -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed_file()))
    writer.root["/Note"] = writer.root["/Type"]
    writer.update_root()  # type: ignore[no-untyped-call]
    target = io.BytesIO()
    writer.write(target)  # type: ignore[no-untyped-call]
    assert target.getvalue().startswith(sealed_file())
    return target.getvalue()


def with_a_timestamp_behind() -> bytes:
    """What other programs do to keep a signature: even this, by an authority we know, is a byte behind the end."""
    authority = timestamp_authority()
    from asn1crypto import keys, x509
    from cryptography.hazmat.primitives import serialization

    private = authority.key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate = x509.Certificate.load(authority.certificates[0].public_bytes(serialization.Encoding.DER))
    stamper = signers.PdfTimeStamper(DummyTimeStamper(certificate, keys.PrivateKeyInfo.load(private)))
    made = stamper.timestamp_pdf(IncrementalPdfFileWriter(io.BytesIO(sealed_file())), "sha256")
    return bytes(made.getvalue())


def without_its_last_page() -> bytes:
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(sealed_file())) as pdf:
        del pdf.pages[-1]
        pdf.save(target)
    return target.getvalue()


def in_small_digits() -> bytes:
    place = find_seal_field(sealed_file())
    return sealed_file()[: place.start] + sealed_file()[place.start : place.end].lower() + sealed_file()[place.end :]


def with_other_parts(**changes: object) -> bytes:
    parts = parse_canonical(find_seal_field(sealed_file()).encoded)
    return with_signature(sealed_file(), encode_canonical(replace(parts, **changes)))  # type: ignore[arg-type]


def in_its_other_form() -> bytes:
    """ECDSA has two signatures for each: as good as the first for every program but ours."""
    r, s = decode_dss_signature(parse_canonical(find_seal_field(sealed_file()).encoded).signature)
    return with_other_parts(signature=encode_dss_signature(r, _P256_ORDER - s))


def with_one_more_certificate() -> bytes:
    parts = parse_canonical(find_seal_field(sealed_file()).encoded)
    return with_other_parts(certificates=(*parts.certificates, timestamp_authority().known[0]))


def with_one_certificate_less() -> bytes:
    parts = parse_canonical(find_seal_field(sealed_file()).encoded)
    return with_other_parts(certificates=parts.certificates[:1])


def with_certificates_without_end() -> bytes:
    parts = parse_canonical(find_seal_field(sealed_file()).encoded)
    return with_other_parts(certificates=(*parts.certificates, *[timestamp_authority().known[0]] * 10))


def with_something_unsigned_beside() -> bytes:
    info = cms.ContentInfo.load(find_seal_field(sealed_file()).encoded)
    [signer] = info["content"]["signer_infos"]
    signer["unsigned_attrs"] = cms.CMSAttributes(
        [cms.CMSAttribute({"type": "1.3.6.1.4.1.99999.1", "values": [cms.OctetString(b"a note")]})]
    )
    return with_signature(sealed_file(), info.dump(force=True))


def with_anothers_signature() -> bytes:
    other = sealed_with(key_file(), evidence("Leo Park"))
    return with_signature(sealed_file(), find_seal_field(other).encoded)


ALTERED: dict[str, Callable[[], bytes]] = {
    "a line behind the end": lambda: sealed_file() + b"\n",
    "a byte before the beginning": lambda: b"\n" + sealed_file(),
    "the last byte taken": lambda: sealed_file()[:-1],
    "the whole file behind itself": lambda: sealed_file() * 2,
    "saved again": saved_again,
    "packed again": packed_again,
    "a note added behind": with_a_note_added,
    "a timestamp added behind": with_a_timestamp_behind,
    "a page taken out": without_its_last_page,
    "digits in small letters": in_small_digits,
    "the signature in its other form": in_its_other_form,
    "one more certificate": with_one_more_certificate,
    "one certificate less": with_one_certificate_less,
    "certificates without end": with_certificates_without_end,
    "something unsigned beside": with_something_unsigned_beside,
    "another file's signature": with_anothers_signature,
}


@pytest.mark.parametrize("what", ALTERED)
async def test_whatever_is_done_to_it_the_file_is_altered(what: str) -> None:
    content = await asyncio.to_thread(ALTERED[what])

    assert content != sealed_file()
    assert await report_on(content, known()) == SealReport(Verdict.ALTERED)


def printed_again() -> bytes:
    """Only what is seen is taken along."""
    target, pdf = io.BytesIO(), pikepdf.new()
    with pikepdf.open(io.BytesIO(sealed_file())) as opened:
        for page in opened.pages:
            if "/Annots" in page:
                del page.Annots
            pdf.pages.append(page)
        pdf.save(target)
    return target.getvalue()


@pytest.mark.parametrize("make", [original, certificate_page, printed_again], ids=["original", "page", "printed"])
async def test_pdf_without_a_seal_is_unsealed(make: Callable[[], bytes]) -> None:
    assert await report_on(make(), known()) == SealReport(Verdict.UNSEALED)


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n" + bytes(100), bytes(100_000), b"/ByteRange [0 1 3 -1]", b"<" * 50_000],
    ids=["nothing", "a beginning", "a picture", "zeros", "a range", "brackets"],
)
async def test_what_is_no_pdf_is_unrecognised(content: bytes) -> None:
    assert await report_on(content, known()) == SealReport(Verdict.UNRECOGNISED)


async def test_no_bytes_are_too_strange() -> None:
    """Pieces of a sealed file in any order: never authentic, never an exception."""
    chance, content = random.Random(7), stamped_file_pieces(await asyncio.to_thread(stamped_file))
    files = [b"".join(chance.choices(content, k=chance.randint(1, 12))) for _ in range(100)]

    assert Verdict.AUTHENTIC not in await asyncio.to_thread(verdicts, files)


def stamped_file_pieces(content: bytes) -> list[bytes]:
    place = find_seal_field(content)
    return [content[: place.start], content[place.start : place.end], content[place.end :], content[:500], b"\n"]


def signed_by_the_same_key(attached: bytes, pages: int = 2) -> bytes:
    prepared = merge_pages(sound_pdf(pages), certificate_page(), attached)
    return seal(prepared, key_file().read(), SEALED_AT)


@pytest.mark.parametrize(
    "make",
    [
        lambda: signed_by_the_same_key(b"{}"),
        lambda: signed_by_the_same_key(evidence().replace(b"Ana Santos", b"Ann Santos", 1)),
        lambda: signed_by_the_same_key(evidence(), pages=1),
        lambda: seal(original(), key_file().read(), SEALED_AT),
    ],
    ids=["empty", "changed", "of more pages", "none"],
)
async def test_seal_without_evidence_that_holds_is_not_authentic(make: Callable[[], bytes]) -> None:
    """Nobody but the key's holder can make such a file; it is no completed document all the same."""
    assert await verdict_of(make(), known()) is Verdict.ALTERED


async def test_seal_over_other_bytes_than_it_says_is_altered() -> None:
    """A sound signature by our own key, over nothing of this file."""
    key = key_file().read()
    from adapters.sealing.cms import attributes_for

    attributes = attributes_for(hashlib.sha256(b"other bytes").digest(), key.certificates)
    forged = encode_canonical(SignatureParts(attributes, key.sign(attributes), key.certificates))

    assert await verdict_of(with_signature(sealed_file(), forged), known()) is Verdict.ALTERED
