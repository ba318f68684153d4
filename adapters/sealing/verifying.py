"""The verdict on a file, from its bytes and the trust store, without network access.

A file of another program is judged by `other_seals`; everything else here is about files of ours.

A file is authentic if our own strict check and pyHanko's independent check both accept it. Our check covers every bit:
the signature covers all bytes except its own field, and the field has exactly one valid form.
"""

import asyncio
import hashlib
import io
from collections.abc import Sequence
from datetime import datetime

import pikepdf
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.pdf_reading.active_content import bears_signature
from adapters.sealing.chains import (
    UntrustedSigner,
    require_certificate_hashes,
    require_chain_to_trusted,
    require_trusted,
)
from adapters.sealing.cms import SignatureParts, attribute, parse_canonical
from adapters.sealing.evidence import require_consistent
from adapters.sealing.key import has_low_s
from adapters.sealing.page_merge import evidence_in
from adapters.sealing.signature_field import READABLE_NAME, find_seal_field
from adapters.sealing.trust import TrustStore
from clinic.values.seal_report import SealReport, Verdict

# A trusted certificate is divided into this many pieces, so that a single change can't remove all of them from a file.
# A file that contains a piece has a seal of ours, or had one.
_CERTIFICATE_PIECES = 4


class NotAuthentic(Exception):
    """The file is not what a trusted authority sealed."""


def verify_bytes(content: bytes, trust_store: TrustStore) -> SealReport:
    """The verdict. Any bytes are allowed."""
    try:
        return _authentic(content, trust_store)
    except UntrustedSigner:
        return SealReport(Verdict.UNRECOGNISED)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  the libraries raise undocumented errors for hostile bytes; all mean not authentic
        if report := _report_on_other_seals(content, trust_store):
            return report
        if _contains_our_certificate(content, trust_store.seals):
            return SealReport(Verdict.ALTERED)
        return SealReport(_verdict_on_foreign_file(content, trust_store))


def _authentic(content: bytes, trust_store: TrustStore) -> SealReport:
    field = find_seal_field(content)
    parts = parse_canonical(field.encoded)
    _require_signed(field.signed_bytes(content), parts)
    require_trusted(parts.certificates, trust_store.seals)
    if parts.token is not None:
        _require_timestamp(parts.token, trust_store.timestamps)
    sealed_at = _second_opinion(content, trust_store, timestamped=parts.token is not None)
    signer = x509.load_der_x509_certificate(parts.certificates[0])
    # Checked here too, because pyHanko does not check the dates of a directly trusted certificate.
    if not signer.not_valid_before_utc <= sealed_at < signer.not_valid_after_utc:
        raise NotAuthentic("the certificate was not valid then")
    return SealReport(
        Verdict.AUTHENTIC,
        sealed_at=sealed_at,
        timestamped=parts.token is not None,
        sealed_by=signer.subject.rfc4514_string(),
        fingerprint=signer.fingerprint(hashes.SHA256()).hex(),
        evidence=_evidence(content),
    )


def _require_signed(signed_bytes: bytes, parts: SignatureParts) -> None:
    """The bytes, the certificates and the signature belong together. Does not check who signed."""
    if attribute(parts.attributes, "message_digest").native != hashlib.sha256(signed_bytes).digest():
        raise NotAuthentic("other bytes were signed")
    require_certificate_hashes(parts.attributes, parts.certificates)
    try:
        key = x509.load_der_x509_certificate(parts.certificates[0]).public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey) or not has_low_s(parts.signature):
            raise NotAuthentic("not signed as we sign")
        key.verify(parts.signature, parts.attributes, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise NotAuthentic("the signature is not the signer's") from None


def _require_timestamp(token: bytes, authorities: Sequence[bytes]) -> None:
    """Every certificate in the token belongs to a chain that leads to a trusted authority."""
    try:
        require_chain_to_trusted(parse_canonical(token).certificates, authorities)
    except UntrustedSigner:
        raise NotAuthentic("a timestamp that we would not have taken") from None


def _second_opinion(content: bytes, trust_store: TrustStore, *, timestamped: bool) -> datetime:
    """Validate the file with pyHanko as well and return the time of sealing."""
    # Imported here, because it takes half a second and most files fail the checks above.
    from adapters.sealing.second_opinion import validate_with_pyhanko

    opinion = asyncio.run(validate_with_pyhanko(content, trust_store.seals, trust_store.timestamps))
    if not opinion.sound or opinion.timestamped is not timestamped:
        raise NotAuthentic(opinion.summary)
    return opinion.sealed_at


def _evidence(content: bytes) -> str:
    """The attached evidence. Raises ValueError if it is missing or inconsistent."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        text = (evidence_in(pdf) or b"").decode()
        pages = len(pdf.pages)
    require_consistent(text, pages)
    return text


def _report_on_other_seals(content: bytes, trust_store: TrustStore) -> SealReport | None:
    """The report on a file that another program signed. None if the file is in our form, unreadable or not signed.

    A file in our form has the field of our seal or our attachment. For it only our strict check counts.
    """
    try:
        if _is_in_our_form(content):
            return None
        from adapters.sealing.other_seals import report_on_other_seals

        return report_on_other_seals(content, trust_store)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  as above
        return None


def _is_in_our_form(content: bytes) -> bool:
    """Both marks are among the signed bytes, so nobody can remove them without breaking our seal."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        form = pdf.Root.get("/AcroForm", pikepdf.Dictionary())
        names = [str(field.get("/TU", "")) for field in form.get("/Fields", ())]
        return READABLE_NAME in names or evidence_in(pdf) is not None


def _contains_our_certificate(content: bytes, authorities: Sequence[bytes]) -> bool:
    """Whether the file contains a piece of a trusted certificate, as hexadecimal digits or as bytes."""
    digits = content.upper()
    return any(
        piece in content or piece.hex().upper().encode() in digits
        for each in authorities
        for piece in _certificate_pieces(each)
    )


def _certificate_pieces(certificate: bytes) -> list[bytes]:
    length = len(certificate) // _CERTIFICATE_PIECES
    return [certificate[start : start + length] for start in range(0, length * _CERTIFICATE_PIECES, length)]


def _verdict_on_foreign_file(content: bytes, trust_store: TrustStore) -> Verdict:
    """The verdict on a file without a visible piece of a trusted certificate.

    Compressed objects may still contain one. Otherwise the file is no PDF, or has a foreign signature, or none at all.
    """
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            signatures = [each for each in pdf.objects if bears_signature(each)]
            held = [bytes(each.get("/Contents", b"")) for each in signatures if isinstance(each, pikepdf.Dictionary)]
    except Exception:  # noqa: BLE001  as above; an unreadable file counts as no PDF
        return Verdict.UNRECOGNISED
    if any(piece in each for each in held for seal in trust_store.seals for piece in _certificate_pieces(seal)):
        return Verdict.ALTERED
    return Verdict.UNRECOGNISED if signatures else Verdict.UNSEALED
