"""Builds the file to seal: the original's pages, then the certificate's pages, with the evidence attached.

It runs in a process without the key, because qpdf reads an untrusted file here. Only Python code reads the output.
"""

import io

import pikepdf
from pikepdf import AttachedFileSpec, Name, Pdf

from adapters.sealing.structure_merge import merge_structures

EVIDENCE = "evidence.json"


class MergeFailed(Exception):
    """The PDFs can't be merged."""


def merge_pages(original: bytes, certificate: bytes, evidence: bytes) -> bytes:
    """One PDF, deterministic for the same input. Other properties of the original, such as language and tags, stay."""
    try:
        with Pdf.open(io.BytesIO(original)) as pdf, Pdf.open(io.BytesIO(certificate)) as behind:
            own_pages = len(pdf.pages)
            pdf.pages.extend(behind.pages)
            merge_structures(pdf, behind, own_pages)
            # PDF 2.0: `Data` marks the attachment as data that the pages present.
            attached = AttachedFileSpec(
                pdf, evidence, filename=EVIDENCE, mime_type="application/json", relationship=Name.Data
            )
            pdf.attachments[EVIDENCE] = attached
            target = io.BytesIO()
            pdf.save(target, deterministic_id=True, force_version="1.7")
            return target.getvalue()
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, RuntimeError) as problem:
        raise MergeFailed(type(problem).__name__) from None


def evidence_in(pdf: Pdf) -> bytes | None:
    """The attached evidence, if any."""
    found = pdf.attachments.get(EVIDENCE)
    return found.get_file().read_bytes() if found else None
