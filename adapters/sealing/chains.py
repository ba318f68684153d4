"""Which certificates stand behind a signer, and whether an authority we know is among them."""

import hashlib
from collections.abc import Sequence

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from adapters.sealing.cms import Malformed, attribute
from adapters.sealing.key import issued, issuers_of


class Unknown(Exception):
    """No authority we know stands behind the signer."""


def require_named(attributes: bytes, certificates: Sequence[bytes]) -> None:
    """Raises `Malformed` unless what is signed names just these certificates by their SHA-256, the signer's first."""
    named = [each["cert_hash"].native for each in attribute(attributes, "signing_certificate_v2")["certs"]]
    found = [hashlib.sha256(each).digest() for each in certificates]
    if named[:1] != found[:1] or sorted(named) != sorted(found):
        raise Malformed("not the certificates that were signed")


def require_known(certificates: Sequence[bytes], authorities: Sequence[bytes]) -> None:
    """Raises `Unknown` unless the first is an authority's, or was issued by one, over any of the others."""
    known = [x509.load_der_x509_certificate(each) for each in authorities]
    signer, *others = [_strict(each) for each in certificates]
    above = issuers_of(signer, others)
    if not any(each == authority or issued(authority, each) for each in (signer, *above) for authority in known):
        raise Unknown("no authority we know issued the signing certificate")


def require_chain_to_known(certificates: Sequence[bytes], authorities: Sequence[bytes]) -> None:
    """Raises `Malformed` or `Unknown` unless each certificate was issued by the next one, and the last by an authority.

    So there is no bit in them that nobody signed.
    """
    known = [x509.load_der_x509_certificate(each) for each in authorities]
    signer, *others = [_strict(each) for each in certificates]
    chain = [signer, *issuers_of(signer, others)]
    if len(chain) != len(certificates):
        raise Malformed("certificates that lead nowhere")
    if not any(chain[-1] == authority or issued(authority, chain[-1]) for authority in known):
        raise Unknown("no authority we know issued the certificate")


def chain_to_known(certificates: Sequence[bytes], authorities: Sequence[bytes]) -> tuple[bytes, ...]:
    """The signer's certificate and those above it, as far as needed to reach an authority. Raises `Unknown`."""
    known = [x509.load_der_x509_certificate(each) for each in authorities]
    signer, *others = [_strict(each) for each in certificates]
    chain: list[x509.Certificate] = []
    for each in (signer, *issuers_of(signer, others)):
        chain.append(each)
        if any(each == authority or issued(authority, each) for authority in known):
            return tuple(found.public_bytes(serialization.Encoding.DER) for found in chain)
    raise Unknown("no authority we know issued the certificate")


def _strict(encoded: bytes) -> x509.Certificate:
    """The certificate, if it has one encoding only: cryptography reads DER strictly but for what is looked at here."""
    certificate = x509.load_der_x509_certificate(encoded)
    parsed = asn1.Certificate.load(encoded, strict=True)
    unused_bits = parsed["signature_value"].contents[0]
    outer, inner = parsed["signature_algorithm"].dump(), parsed["tbs_certificate"]["signature"].dump()
    if unused_bits or outer != inner:
        raise Malformed("a certificate in another encoding")
    return certificate
