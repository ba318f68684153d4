"""Prepares a file for the seal: one signature over the whole file (PAdES baseline B-B) that allows no later change."""

import io
import secrets
from collections.abc import Sequence
from datetime import datetime

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from adapters.sealing.cms import SignatureParts, attributes_for, encode_canonical
from adapters.sealing.key import SigningKey
from adapters.sealing.signature import sign_prepared
from adapters.sealing.signature_field import READABLE_NAME, RESERVED_DIGITS

# Stands in the field until the signature does. It verifies under no key.
_PLACEHOLDER = bytes(64)


def seal(content: bytes, key: SigningKey, now: datetime) -> bytes:
    """The file with the seal: `prepare` and `sign_prepared` in one process, for keys that protect nothing."""
    return sign_prepared(prepare(content, key.certificates, now), key)


def prepare(content: bytes, certificates: Sequence[bytes], now: datetime) -> bytes:
    """The file with the field for the seal. The DocMDP entry makes PDF readers report any change. Needs no key."""
    # A unique name, because the original may have form fields.
    field_name = f"Seal-{secrets.token_hex(8)}"
    embedder = PdfCMSEmbedder(SigFieldSpec(field_name, readable_field_name=READABLE_NAME))
    steps = embedder.write_cms(field_name, IncrementalPdfFileWriter(io.BytesIO(content)))
    next(steps)
    place = SignatureObject(timestamp=now, subfilter=SigSeedSubFilter.PADES, bytes_reserved=RESERVED_DIGITS)
    certify = SigMDPSetup("sha256", certify=True, docmdp_perms=MDPPerm.NO_CHANGES)
    steps.send(SigObjSetup(place, certify))
    prepared, output = steps.send(SigIOSetup("sha256"))
    attributes = attributes_for(prepared.document_digest, certificates)
    steps.send(encode_canonical(SignatureParts(attributes, _PLACEHOLDER, tuple(certificates))))
    return bytes(output.getvalue())
