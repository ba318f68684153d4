"""Tries the whole way of a document before it is accepted: join, seal with a key made for this, verify, compare.

So nothing is signed that can't be sealed, and nothing is sealed that looks different from what was shown.
"""

import hashlib
import io
import json
from datetime import UTC, datetime
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

from adapters.pdf_reading.comparison import differing_pages
from clinic.values.pdf_check import PdfProblem, PdfRefused


def require_sealable(content: bytes, page_count: int) -> None:
    """Raises `PdfRefused` (NOT_SEALABLE) if a sealed file of these pages can't be made or shows something else."""
    try:
        sealed = _sealed(content, page_count)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  the libraries raise undocumented errors for odd files; each means: not sealable
        raise PdfRefused(PdfProblem.NOT_SEALABLE) from None
    if sealed is None or differing_pages(content, sealed):
        raise PdfRefused(PdfProblem.NOT_SEALABLE)


def _sealed(content: bytes, page_count: int) -> bytes | None:
    """The sealed file; None if it does not pass its own check."""
    # Imported here: pyHanko takes half a second, and a refused file needs none of it.
    from cryptography.hazmat.primitives.asymmetric import ec

    from adapters.sealing.key import SigningKey, issue
    from adapters.sealing.page_merge import merge_pages
    from adapters.sealing.signing import seal
    from adapters.sealing.trust import TrustStore
    from adapters.sealing.verifying import verify_bytes
    from clinic.values.seal_report import Verdict

    now = datetime.now(UTC)
    authority_key, private = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ends = now.replace(year=now.year + 1, day=1)
    authority = issue("Trial authority", authority_key, now, ends)
    key = SigningKey(private, issue("Trial", private, now, ends, issuer=(authority, authority_key)), (authority,))
    joined = merge_pages(content, _blank_page(), _evidence(page_count))
    sealed = seal(joined, key, now)
    report = verify_bytes(sealed, TrustStore((key.certificates[0],), ()))
    return sealed if report.verdict is Verdict.AUTHENTIC else None


def _blank_page() -> bytes:
    """Stands for the certificate's page. It is tagged as that one is, so that its tags are put behind the file's."""
    with pikepdf.new() as pdf:
        page: Any = pdf.add_blank_page()
        page.obj.Contents = pdf.make_stream(b"/P <</MCID 0>> BDC EMC")
        page.obj.StructParents = 0
        root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        document = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, P=root))
        words = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.P, P=document, Pg=page.obj, K=Array([0])))
        document.K, root.K = Array([words]), Array([document])
        root.ParentTree = pdf.make_indirect(Dictionary(Nums=Array([0, Array([words])])))
        pdf.Root.StructTreeRoot, pdf.Root.MarkInfo = root, Dictionary(Marked=True)
        target = io.BytesIO()
        pdf.save(target)
        return target.getvalue()


def _evidence(page_count: int) -> bytes:
    """An attachment of the form that the check wants, about nobody."""
    nobody = {"document_id": "", "document_sha256": "", "organization_id": "", "page_count": page_count}
    written = json.dumps(nobody, sort_keys=True, separators=(",", ":"))
    entry = {"evidence": nobody, "sha256": hashlib.sha256(written.encode()).hexdigest()}
    return json.dumps({"format": 1, "signatures": [entry]}).encode()
