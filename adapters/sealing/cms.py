"""The signature (CMS, RFC 5652) in its canonical encoding.

CMS does not sign everything in the structure: algorithms, names, certificates and their order are unsigned. A signature
is therefore accepted only if `encode_canonical` produces the same bytes from its parts. So the unsigned bits can't be
changed either.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from asn1crypto import algos, cms, core, tsp, x509

# Algorithms allowed for an authority's timestamp. Our own signatures always use sha256_ecdsa.
ALGORITHMS = frozenset(f"{digest}_{kind}" for digest in ("sha256", "sha384", "sha512") for kind in ("ecdsa", "rsa"))


# A long chain has four.
MAX_CERTIFICATES = 10


class Malformed(Exception):
    """The bytes are not a signature in the canonical encoding."""


@dataclass(frozen=True)
class SignatureParts:
    """The parts that determine a signature. `certificates` are DER, the signer's first.

    `attributes` is the signed data as a DER set. `content` is the TSTInfo of a timestamp, or None for a signature over
    bytes elsewhere. `token` is the timestamp over `signature`, in the same encoding.
    """

    attributes: bytes
    signature: bytes
    certificates: tuple[bytes, ...]
    algorithm: str = "sha256_ecdsa"
    content: bytes | None = None
    token: bytes | None = None

    @property
    def digest(self) -> str:
        """The name of the hash algorithm."""
        return self.algorithm.partition("_")[0]

    def with_token(self, token: bytes) -> "SignatureParts":
        """The same signature with a timestamp over it."""
        return replace(self, token=token)


def attributes_for(digest: bytes, certificates: Sequence[bytes]) -> bytes:
    """The signed attributes: the SHA-256 of the file and of each certificate in the signature (RFC 5035)."""
    certs = [
        {"hash_algorithm": {"algorithm": "sha256"}, "cert_hash": hashlib.sha256(each).digest()} for each in certificates
    ]
    attributes = [
        _attribute("content_type", "data"),
        _attribute("message_digest", digest),
        _attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": certs})),
    ]
    return bytes(cms.CMSAttributes(attributes).dump())


def encode_canonical(parts: SignatureParts) -> bytes:
    """The only accepted DER encoding of a signature with these parts."""
    signer = x509.Certificate.load(parts.certificates[0])
    digest = algos.DigestAlgorithm({"algorithm": parts.digest})
    info = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            "issuer_and_serial_number",
            cms.IssuerAndSerialNumber({"issuer": signer.issuer, "serial_number": signer.serial_number}),
        ),
        "digest_algorithm": digest,
        "signed_attrs": cms.CMSAttributes.load(parts.attributes),
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": parts.algorithm}),
        "signature": parts.signature,
    }
    if parts.token is not None:
        token = cms.ContentInfo.load(parts.token)
        info["unsigned_attrs"] = cms.CMSAttributes([_attribute("signature_time_stamp_token", token)])
    encapsulated: dict[str, Any] = {"content_type": "data"}
    if parts.content is not None:
        encapsulated = {"content_type": "tst_info", "content": core.ParsableOctetString(parts.content)}
    signed = cms.SignedData(
        {
            "version": "v1" if parts.content is None else "v3",
            "digest_algorithms": [digest],
            "encap_content_info": encapsulated,
            "certificates": [
                cms.CertificateChoices("certificate", x509.Certificate.load(each)) for each in parts.certificates
            ],
            "signer_infos": [cms.SignerInfo(info)],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


def parse_signature(encoded: bytes) -> SignatureParts:
    """The parts of a signature with one signer, in any encoding.

    Raises `Malformed`, or asn1crypto's errors for invalid structures.
    """
    return _parts(cms.ContentInfo.load(encoded)["content"])


def parse_canonical(encoded: bytes) -> SignatureParts:
    """The parts of a signature in the canonical encoding. Raises like `parse_signature`, and for any other encoding."""
    parts = parse_signature(encoded)
    if encode_canonical(parts) != encoded:
        raise Malformed("not in the one encoding")
    if parts.token is not None:
        parse_canonical(parts.token)
    return parts


def attribute(attributes: bytes, name: str) -> Any:
    """The only value of a signed attribute. Raises ValueError if there is none or more than one."""
    [[value]] = [each["values"] for each in cms.CMSAttributes.load(attributes) if each["type"].native == name]
    return value


def _attribute(name: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": name, "values": [value]})


def _parts(signed: cms.SignedData) -> SignatureParts:
    [info] = signed["signer_infos"]
    digest, algorithm = info["digest_algorithm"]["algorithm"].native, info["signature_algorithm"]["algorithm"].native
    # An RSA algorithm may be given without its hash. The digest algorithm then names it.
    algorithm = f"{digest}_rsa" if algorithm == "rsassa_pkcs1v15" else algorithm
    if algorithm not in ALGORITHMS or not algorithm.startswith(f"{digest}_"):
        raise Malformed(f"signed by {algorithm} over {digest}")
    content = signed["encap_content_info"]["content"]
    return SignatureParts(
        attributes=bytes(info["signed_attrs"].untag().dump()),
        signature=info["signature"].native,
        certificates=_signer_first(info["sid"].chosen, signed["certificates"]),
        algorithm=algorithm,
        content=None if isinstance(content, core.Void) else bytes(content),
        token=_token(info["unsigned_attrs"]),
    )


def _signer_first(sid: Any, certificates: cms.CertificateSet) -> tuple[bytes, ...]:
    if len(certificates) > MAX_CERTIFICATES:
        raise Malformed("more certificates than anybody needs")
    if any(each.name != "certificate" for each in certificates):
        raise Malformed("a certificate of another kind")
    found = [each.chosen.untag() for each in certificates]
    signers = [each for each in found if _is_signer(sid, each)]
    if len(signers) != 1:
        raise Malformed("not one certificate of the signer")
    others = sorted(bytes(each.dump()) for each in found if each is not signers[0])
    return (bytes(signers[0].dump()), *others)


def _is_signer(sid: Any, certificate: x509.Certificate) -> bool:
    if isinstance(sid, cms.IssuerAndSerialNumber):
        same = sid["issuer"].dump() == certificate.issuer.dump()
        return bool(same and sid["serial_number"].native == certificate.serial_number)
    return bool(sid.native == certificate.key_identifier)


def _token(unsigned: Any) -> bytes | None:
    """The timestamp over the signature. Raises if there is any other unsigned attribute."""
    if isinstance(unsigned, core.Void) or len(unsigned) == 0:
        return None
    [only] = unsigned
    if only["type"].native != "signature_time_stamp_token":
        raise Malformed("something unsigned beside the signature")
    [token] = only["values"]
    return bytes(token.dump())
