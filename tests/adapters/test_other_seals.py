"""PDFs that other people signed with other programs: never "altered" because they are not ours."""

import asyncio
import io
from collections.abc import Callable
from datetime import UTC, datetime

import pikepdf
import pytest
from asn1crypto import keys
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.generic import TextStringObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko_certvalidator.registry import SimpleCertificateStore

from adapters.sealing import TrustStore
from clinic.values.seal_report import Verdict
from tests.adapters.sealed_files import original, report_on, sealed_file, verdict_of
from tests.adapters.test_sealing_changes import known
from tests.factories.keys import BEGAN, ENDS, key_file

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class Stranger:
    """An authority and somebody whom it certified, with keys of any kind."""

    def __init__(self, name: str, make_key: Callable[[], Key], *, with_authority: bool = True) -> None:
        above, own = make_key(), make_key()
        self.authority = certificate(f"{name} authority", above, above, f"{name} authority", is_authority=True)
        self.certificate = certificate(name, own, above, f"{name} authority", is_authority=False)
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        if with_authority:
            store.register(asn1.Certificate.load(self.authority))
        private = own.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.signer = signers.SimpleSigner(
            signing_cert=asn1.Certificate.load(self.certificate),
            signing_key=keys.PrivateKeyInfo.load(private),
            cert_registry=store,
        )

    def trusted(self) -> TrustStore:
        """By a practice that also seals with a key of its own."""
        return TrustStore((*known().seals, self.authority))


def certificate(name: str, key: Key, issuer_key: Key, issuer: str, *, is_authority: bool) -> bytes:
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGAN)
        .not_valid_after(ENDS)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_authority,
                content_commitment=not is_authority,
                key_cert_sign=is_authority,
                crl_sign=is_authority,
                **usage,
            ),
            critical=True,
        )
        .sign(issuer_key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


ELLIPTIC = Stranger("Eve", lambda: ec.generate_private_key(ec.SECP256R1()))
RSA = Stranger("Ron", lambda: rsa.generate_private_key(65537, 2048), with_authority=False)


def signed_by(who: Stranger, content: bytes, field: str = "One", **more: object) -> bytes:
    """Signed by pyHanko, in a revision of its own."""
    meta = signers.PdfSignatureMetadata(field_name=field, **more)  # type: ignore[arg-type]  # pyHanko's own options
    target = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    signers.PdfSigner(meta, who.signer).sign_pdf(writer, output=target)
    return target.getvalue()


def certified(who: Stranger, content: bytes, permission: MDPPerm) -> bytes:
    return signed_by(who, content, "Certifying", certify=True, docmdp_permissions=permission)


def with_addition(content: bytes) -> bytes:
    """A later revision, with something that no signature allows."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    writer.root["/Lang"] = TextStringObject("es")
    writer.update_root()  # type: ignore[no-untyped-call]
    target = io.BytesIO()
    writer.write(target)  # type: ignore[no-untyped-call]
    return target.getvalue()


def with_empty_field(content: bytes) -> bytes:
    """A later revision with a field to sign."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    fields.append_signature_field(writer, SigFieldSpec("Later"))
    target = io.BytesIO()
    writer.write(target)  # type: ignore[no-untyped-call]
    return target.getvalue()


def with_changed_byte(content: bytes) -> bytes:
    at = content.index(b"stream") + 12
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def pades(who: Stranger, content: bytes) -> bytes:
    return signed_by(who, content, subfilter=SigSeedSubFilter.PADES)


# What was made, who is trusted beside us, and the verdict.
CASES: dict[str, tuple[Callable[[], bytes], Stranger | None, Verdict]] = {
    "elliptic": (lambda: signed_by(ELLIPTIC, original()), None, Verdict.UNRECOGNISED),
    "rsa": (lambda: signed_by(RSA, original()), None, Verdict.UNRECOGNISED),
    "pades": (lambda: pades(ELLIPTIC, original()), None, Verdict.UNRECOGNISED),
    "certified": (lambda: certified(RSA, original(), MDPPerm.NO_CHANGES), None, Verdict.UNRECOGNISED),
    "two": (lambda: signed_by(RSA, signed_by(ELLIPTIC, original()), "Two"), None, Verdict.UNRECOGNISED),
    "certified, then signed": (
        lambda: signed_by(ELLIPTIC, certified(RSA, original(), MDPPerm.FILL_FORMS)),
        None,
        Verdict.UNRECOGNISED,
    ),
    "added to": (lambda: with_addition(signed_by(RSA, original())), None, Verdict.UNRECOGNISED),
    "allowed addition": (
        lambda: with_empty_field(certified(RSA, original(), MDPPerm.ANNOTATE)),
        None,
        Verdict.UNRECOGNISED,
    ),
    "changed": (lambda: with_changed_byte(signed_by(RSA, original())), None, Verdict.UNRECOGNISED),
    "trusted elliptic": (lambda: signed_by(ELLIPTIC, original()), ELLIPTIC, Verdict.AUTHENTIC),
    "trusted rsa": (lambda: signed_by(RSA, original()), RSA, Verdict.AUTHENTIC),
    "trusted pades": (lambda: pades(ELLIPTIC, original()), ELLIPTIC, Verdict.AUTHENTIC),
    "trusted certified": (lambda: certified(RSA, original(), MDPPerm.NO_CHANGES), RSA, Verdict.AUTHENTIC),
    "trusted last": (lambda: signed_by(RSA, signed_by(ELLIPTIC, original()), "Two"), RSA, Verdict.AUTHENTIC),
    "trusted first": (lambda: signed_by(RSA, signed_by(ELLIPTIC, original()), "Two"), ELLIPTIC, Verdict.UNRECOGNISED),
    "trusted, allowed signature after": (
        lambda: signed_by(ELLIPTIC, certified(RSA, original(), MDPPerm.FILL_FORMS)),
        RSA,
        Verdict.UNRECOGNISED,
    ),
    "trusted, added to": (lambda: with_addition(certified(RSA, original(), MDPPerm.NO_CHANGES)), RSA, Verdict.ALTERED),
    "trusted, changed": (lambda: with_changed_byte(signed_by(RSA, original())), RSA, Verdict.ALTERED),
    "ours, added to": (lambda: with_addition(sealed_file()), RSA, Verdict.ALTERED),
    "ours, without its seal, signed by a stranger": (
        lambda: signed_by(ELLIPTIC, sealed_file()[: sealed_file().index(b"%%EOF") + 6]),
        None,
        Verdict.UNRECOGNISED,
    ),
}


@pytest.mark.parametrize("what", CASES)
async def test_each_has_its_verdict(what: str) -> None:
    make, trusted, expected = CASES[what]
    content = await asyncio.to_thread(make)

    assert await verdict_of(content, trusted.trusted() if trusted else known()) is expected


async def test_our_certificate_in_a_strangers_file_makes_it_no_altered_one_of_ours() -> None:
    """As an attachment, or as one of the certificates beside the signer's."""
    with pikepdf.open(io.BytesIO(original())) as pdf:
        for number, each in enumerate(key_file().read().certificates):
            pdf.attachments[f"{number}.crt"] = pikepdf.AttachedFileSpec(pdf, each.hex().upper().encode())
        target = io.BytesIO()
        pdf.save(target, compress_streams=False)
    content = await asyncio.to_thread(signed_by, RSA, target.getvalue())

    assert await verdict_of(content, known()) is Verdict.UNRECOGNISED


async def test_report_names_the_trusted_signer_and_holds_no_evidence() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    report = await report_on(await asyncio.to_thread(signed_by, RSA, original()), RSA.trusted())

    assert (report.verdict, report.sealed_by, report.evidence) == (Verdict.AUTHENTIC, "CN=Ron", "")
    assert report.fingerprint == asn1.Certificate.load(RSA.certificate).sha256.hex()
    assert report.sealed_at is not None
    assert before <= report.sealed_at
    assert not report.timestamped
