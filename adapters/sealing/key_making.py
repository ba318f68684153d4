"""Makes signing keys for an organization: one with an authority of its own, or one that another authority certifies."""

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from adapters.sealing.key import issue, signer_usage

LONGEST_NAME = 50
"""Characters. A common name has room for 64 (RFC 5280, upper bounds), and ours adds a word."""

# Long, because documents are sealed with it and nobody but us relies on the authority.
LIFETIME = timedelta(days=10 * 365)


def new_signing_key(organization: str, password: str, now: datetime) -> bytes:
    """A key with a certificate by an authority of its own, as PKCS#12 under the password.

    The authority's private key is not stored, so it can issue no further certificate.
    """
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = issue(f"{organization} authority", root_key, now, now + LIFETIME, organization=organization)
    issuer = (root, root_key)
    certificate = issue(f"{organization} seal", key, now, now + LIFETIME, issuer=issuer, organization=organization)
    return pkcs12.serialize_key_and_certificates(b"seal", key, certificate, [root], _encryption(password))


def signing_request(organization: str, password: str) -> tuple[bytes, bytes]:
    """A private key under the password and a request to certify it for signatures, both as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{organization} seal"),
        ]
    )
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
        .add_extension(signer_usage(), True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, _encryption(password))
    return private, request.public_bytes(serialization.Encoding.PEM)


def _encryption(password: str) -> serialization.KeySerializationEncryption:
    return serialization.BestAvailableEncryption(password.encode())
