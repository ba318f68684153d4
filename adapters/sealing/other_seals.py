"""The verdict on a PDF that another program signed, by pyHanko: also with several signatures or later additions.

Product §4: such a file is never called altered because it is not ours. It is authentic if a signer whom we trust has
signed the whole file, altered if what that signer signed was changed, and otherwise unrecognised.
"""

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from asn1crypto import x509
from cryptography.x509 import load_der_x509_certificate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from adapters.sealing.chains import UntrustedSigner, require_trusted
from adapters.sealing.trust import TrustStore
from clinic.values.seal_report import SealReport, Verdict

# A file with more signatures than this is refused, because each costs time.
MOST_SIGNATURES = 20
_MAY_SIGN = KeyUsageConstraints({"digital_signature", "non_repudiation"}, match_all_key_usages=False)


@dataclass(frozen=True)
class _TrustedSignature:
    """A signature whose signer leads to a trusted authority, with pyHanko's findings."""

    signature: EmbeddedPdfSignature
    status: PdfSignatureStatus
    claimed_at: datetime

    @property
    def is_sound(self) -> bool:
        """What it covers is unchanged, and the certificate was valid for signing."""
        return bool(self.status.intact and self.status.valid)

    @property
    def covers_everything(self) -> bool:
        return self.status.coverage is SignatureCoverageLevel.ENTIRE_FILE

    def report(self) -> SealReport:
        signer = self.signature.signer_cert
        stamp = self.status.timestamp_validity
        stamped = stamp is not None and stamp.valid and stamp.intact and stamp.trusted
        return SealReport(
            Verdict.AUTHENTIC,
            sealed_at=stamp.timestamp if stamp is not None and stamped else self.claimed_at,
            timestamped=stamped,
            sealed_by=load_der_x509_certificate(signer.dump()).subject.rfc4514_string(),
            fingerprint=signer.sha256.hex(),
        )


def report_on_other_seals(content: bytes, trust_store: TrustStore) -> SealReport | None:
    """The report on a file that is not in our form; None if it has no signature. Raises pyHanko's errors."""
    signatures = PdfFileReader(io.BytesIO(content)).embedded_regular_signatures
    if not signatures:
        return None
    if len(signatures) > MOST_SIGNATURES:
        return SealReport(Verdict.UNRECOGNISED)
    trusted = asyncio.run(_trusted(signatures, trust_store))
    if any(not each.is_sound for each in trusted):
        return SealReport(Verdict.ALTERED)
    for each in trusted:
        if each.covers_everything and each.status.trusted:
            return each.report()
    # Something was added after the trusted signature: allowed additions make the file another one, not a forged one.
    if any(not each.status.docmdp_ok for each in trusted):
        return SealReport(Verdict.ALTERED)
    return SealReport(Verdict.UNRECOGNISED)


async def _trusted(signatures: Sequence[EmbeddedPdfSignature], trust_store: TrustStore) -> list[_TrustedSignature]:
    found = []
    for signature in signatures:
        certificates = [signature.signer_cert.dump(), *(each.dump() for each in signature.other_embedded_certs)]
        try:
            require_trusted(certificates, trust_store.seals)
        except UntrustedSigner:
            continue
        claimed = signature.self_reported_timestamp or datetime.now(UTC)
        status = await async_validate_pdf_signature(
            signature,
            _context(trust_store.seals, claimed),
            ts_validation_context=_context(trust_store.timestamps, claimed),
            key_usage_settings=KeyUsageConstraints(
                {"digital_signature", "non_repudiation"}, match_all_key_usages=False
            ),
        )
        found.append(_TrustedSignature(signature, status, claimed))
    return found


def _context(authorities: Sequence[bytes], moment: datetime) -> ValidationContext:
    """Offline: revocation is not checked."""
    return ValidationContext(
        trust_roots=[x509.Certificate.load(each) for each in authorities],
        moment=moment,
        best_signature_time=moment,
        allow_fetching=False,
    )
