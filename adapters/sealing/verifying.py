"""What a file proves: the verdict, from its own bytes and the authorities we know, with nobody asked.

A file is authentic if our own strict reading and pyHanko's, which knows nothing of ours, both say so. Ours leaves no
bit of the file uncounted: the signature is over all bytes but its own place, and of those there is one right form.
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
from adapters.sealing.chains import Unknown, require_chain_to_known, require_known, require_named
from adapters.sealing.cms import Parts, attribute, strict_parts_of
from adapters.sealing.evidence import require_consistent
from adapters.sealing.key import is_in_small_form
from adapters.sealing.page_merge import evidence_in
from adapters.sealing.signature_field import place_of_seal
from adapters.sealing.trust import Known
from clinic.values.seal_report import SealReport, Verdict

# Of a known authority's certificate: any of them in a file says that the seal is, or was, one of ours. Several, so that
# no single change takes all of them away.
_MARKS = 4


class NotAuthentic(Exception):
    """The file is not what one of our authorities sealed."""


def verdict_on(content: bytes, known: Known) -> SealReport:
    """The verdict on any bytes."""
    try:
        return _authentic(content, known)
    except Unknown:
        return SealReport(Verdict.UNRECOGNISED)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  the libraries raise more for hostile bytes than they say, and none of it is a proof
        return SealReport(Verdict.ALTERED if _bears_our_mark(content, known.seals) else _of_a_stranger(content, known))


def _authentic(content: bytes, known: Known) -> SealReport:
    place = place_of_seal(content)
    parts = strict_parts_of(place.encoded)
    _require_signed(place.signed_bytes(content), parts)
    require_known(parts.certificates, known.seals)
    if parts.token is not None:
        _require_timestamp(parts.token, known.timestamps)
    sealed_at = _second_opinion(content, known, timestamped=parts.token is not None)
    signer = x509.load_der_x509_certificate(parts.certificates[0])
    # Looked at here too: a certificate that is known by itself is one whose dates pyHanko does not ask for.
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


def _require_signed(signed_bytes: bytes, parts: Parts) -> None:
    """The bytes, the certificates and the signature belong together, whoever signed."""
    if attribute(parts.attributes, "message_digest").native != hashlib.sha256(signed_bytes).digest():
        raise NotAuthentic("other bytes were signed")
    require_named(parts.attributes, parts.certificates)
    try:
        key = x509.load_der_x509_certificate(parts.certificates[0]).public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey) or not is_in_small_form(parts.signature):
            raise NotAuthentic("not signed as we sign")
        key.verify(parts.signature, parts.attributes, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise NotAuthentic("the signature is not the signer's") from None


def _require_timestamp(token: bytes, authorities: Sequence[bytes]) -> None:
    """The token has no certificate but those that lead to an authority we know."""
    try:
        require_chain_to_known(strict_parts_of(token).certificates, authorities)
    except Unknown:
        raise NotAuthentic("a timestamp that we would not have taken") from None


def _second_opinion(content: bytes, known: Known, *, timestamped: bool) -> datetime:
    """When it was sealed, once pyHanko finds the file whole, signed and by an authority valid then."""
    # Here, since it takes half a second to import, and most files get no further than above.
    from adapters.sealing.second_opinion import opinion_on

    opinion = asyncio.run(opinion_on(content, known.seals, known.timestamps))
    if not opinion.sound or opinion.timestamped is not timestamped:
        raise NotAuthentic(opinion.said)
    return opinion.sealed_at


def _evidence(content: bytes) -> str:
    """The evidence attached; raises ValueError where there is none, or it contradicts itself."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        text = (evidence_in(pdf) or b"").decode()
        pages = len(pdf.pages)
    require_consistent(text, pages)
    return text


def _bears_our_mark(content: bytes, authorities: Sequence[bytes]) -> bool:
    """Whether a piece of an authority's certificate is in the file, as digits or as bytes."""
    digits = content.upper()
    return any(
        mark in content or mark.hex().upper().encode() in digits for each in authorities for mark in _marks(each)
    )


def _marks(certificate: bytes) -> list[bytes]:
    length = len(certificate) // _MARKS
    return [certificate[start : start + length] for start in range(0, length * _MARKS, length)]


def _of_a_stranger(content: bytes, known: Known) -> Verdict:
    """A file without a mark of ours that lies open: sealed by somebody else, or by nobody, or no PDF at all."""
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            signatures = [each for each in pdf.objects if bears_signature(each)]
            held = [bytes(each.get("/Contents", b"")) for each in signatures if isinstance(each, pikepdf.Dictionary)]
    except Exception:  # noqa: BLE001  as above: what can't be read is no PDF
        return Verdict.UNRECOGNISED
    if any(mark in each for each in held for authority in known.seals for mark in _marks(authority)):
        return Verdict.ALTERED
    return Verdict.UNRECOGNISED if signatures else Verdict.UNSEALED
