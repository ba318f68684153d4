"""The file that is sealed: the original's pages, the certificate's behind them, the evidence attached.

Runs in a process that has no key: qpdf reads a stranger's file here, and what it writes is read on by Python only.
"""

import io

import pikepdf
from pikepdf import AttachedFileSpec, Name, Pdf

EVIDENCE = "evidence.json"


class JoiningFailed(Exception):
    """The pages can't be put together."""


def joined(original: bytes, certificate: bytes, evidence: bytes) -> bytes:
    """One PDF; the same bytes for the same three. What else the original holds, such as its language, stays."""
    try:
        with Pdf.open(io.BytesIO(original)) as pdf, Pdf.open(io.BytesIO(certificate)) as behind:
            pdf.pages.extend(behind.pages)
            # PDF 2.0: `Data` says that what is attached is what the pages were made from or prove.
            attached = AttachedFileSpec(
                pdf, evidence, filename=EVIDENCE, mime_type="application/json", relationship=Name.Data
            )
            pdf.attachments[EVIDENCE] = attached
            target = io.BytesIO()
            pdf.save(target, deterministic_id=True, force_version="1.7")
            return target.getvalue()
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, RuntimeError) as problem:
        raise JoiningFailed(type(problem).__name__) from None


def evidence_in(pdf: Pdf) -> bytes | None:
    """What was attached as evidence."""
    found = pdf.attachments.get(EVIDENCE)
    return found.get_file().read_bytes() if found else None
