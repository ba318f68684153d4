"""A second opinion on a seal by pyHanko, whose code is independent of ours."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import cms, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext


@dataclass(frozen=True)
class PyhankoOpinion:
    """`sealed_at` is the timestamp authority's time if there is a timestamp, otherwise the sealing machine's."""

    sound: bool
    timestamped: bool
    sealed_at: datetime
    summary: str


async def validate_with_pyhanko(content: bytes, seals: Sequence[bytes], timestamps: Sequence[bytes]) -> PyhankoOpinion:
    """Validate a file with exactly one signature. Raises pyHanko's errors, or ValueError for any other file.

    Certificates must be valid at the time of sealing. So a seal stays valid after its certificate expires.
    """
    [signature] = PdfFileReader(io.BytesIO(content)).embedded_signatures
    claimed = signature.self_reported_timestamp
    if claimed is None:
        raise ValueError("no time of sealing")
    stamped = _timestamp_time(signature.signer_info)
    status = await async_validate_pdf_signature(
        signature,
        _context(seals, stamped or claimed),
        ts_validation_context=_context(timestamps, stamped or claimed),
        key_usage_settings=KeyUsageConstraints({"digital_signature", "non_repudiation"}, match_all_key_usages=False),
    )
    stamp = status.timestamp_validity
    return PyhankoOpinion(
        sound=status.bottom_line
        and status.coverage is SignatureCoverageLevel.ENTIRE_FILE
        and (stamp is None or (stamp.valid and stamp.intact and stamp.trusted)),
        timestamped=stamp is not None,
        sealed_at=stamped or claimed,
        summary=status.summary(),
    )


def _timestamp_time(signer_info: cms.SignerInfo) -> datetime | None:
    for token in extract_tst_data_iter(signer_info, signed=False):
        moment: datetime = token["encap_content_info"]["content"].parsed["gen_time"].native
        return moment
    return None


def _context(authorities: Sequence[bytes], moment: datetime) -> ValidationContext:
    """Offline: revocation is not checked."""
    return ValidationContext(
        trust_roots=[x509.Certificate.load(each) for each in authorities],
        moment=moment,
        best_signature_time=moment,
        allow_fetching=False,
    )
