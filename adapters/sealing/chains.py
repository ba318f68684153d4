"""The certificate chain of a signer, and whether it leads to a trusted authority."""

import hashlib
from collections.abc import Sequence

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from adapters.sealing.cms import Malformed, attribute
from adapters.sealing.key import issued, issuers_of


class UntrustedSigner(Exception):
    """The signer's certificate chain does not lead to a trusted authority."""


def require_certificate_hashes(attributes: bytes, certificates: Sequence[bytes]) -> None:
    """Raises `Malformed` unless the signed attributes list the SHA-256 of exactly these certificates, signer first."""
    named = [each["cert_hash"].native for each in attribute(attributes, "signing_certificate_v2")["certs"]]
    found = [hashlib.sha256(each).digest() for each in certificates]
    if named[:1] != found[:1] or sorted(named) != sorted(found):
        raise Malformed("not the certificates that were signed")


def require_trusted(certificates: Sequence[bytes], authorities: Sequence[bytes]) -> None:
    """Raises `UntrustedSigner` unless the first certificate is trusted or leads to a trusted authority.

    The other certificates may be intermediates.
    """
    trusted = [x509.load_der_x509_certificate(each) for each in authorities]
    signer, *others = [_canonical_certificate(each) for each in certificates]
    above = issuers_of(signer, others)
    if not any(each == authority or issued(authority, each) for each in (signer, *above) for authority in trusted):
        raise UntrustedSigner("no authority we know issued the signing certificate")


def require_chain_to_trusted(certificates: Sequence[bytes], authorities: Sequence[bytes]) -> None:
    """Requires that the next certificate issued each one, and that a trusted authority is or issued the last.

    Raises `Malformed` or `UntrustedSigner`. This check ensures that every bit of the certificates is signed.
    """
    trusted = [x509.load_der_x509_certificate(each) for each in authorities]
    signer, *others = [_canonical_certificate(each) for each in certificates]
    chain = [signer, *issuers_of(signer, others)]
    if len(chain) != len(certificates):
        raise Malformed("certificates that lead nowhere")
    if not any(chain[-1] == authority or issued(authority, chain[-1]) for authority in trusted):
        raise UntrustedSigner("no authority we know issued the certificate")


def chain_to_trusted(certificates: Sequence[bytes], authorities: Sequence[bytes]) -> tuple[bytes, ...]:
    """The shortest chain from the signer to a trusted authority. Raises `UntrustedSigner`."""
    trusted = [x509.load_der_x509_certificate(each) for each in authorities]
    signer, *others = [_canonical_certificate(each) for each in certificates]
    chain: list[x509.Certificate] = []
    for each in (signer, *issuers_of(signer, others)):
        chain.append(each)
        if any(each == authority or issued(authority, each) for authority in trusted):
            return tuple(found.public_bytes(serialization.Encoding.DER) for found in chain)
    raise UntrustedSigner("no authority we know issued the certificate")


def _canonical_certificate(encoded: bytes) -> x509.Certificate:
    """Parse a certificate and require its canonical encoding.

    The cryptography library parses DER strictly except for the two fields that are checked here. Raises `Malformed`.
    """
    certificate = x509.load_der_x509_certificate(encoded)
    parsed = asn1.Certificate.load(encoded, strict=True)
    unused_bits = parsed["signature_value"].contents[0]
    outer, inner = parsed["signature_algorithm"].dump(), parsed["tbs_certificate"]["signature"].dump()
    if unused_bits or outer != inner:
        raise Malformed("a certificate in another encoding")
    return certificate
