"""The signing key: read from a PKCS#12 file and checked before each use, or created for a demo."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from clinic.values.ports import SealKey, SealUnavailable

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the curve P-256 (FIPS 186-5)."""

_DEMO_LIFETIME = timedelta(days=20 * 365)


@dataclass(frozen=True)
class SigningKey:
    """A P-256 key with its certificate and the chain of its issuers, nearest first."""

    private: ec.EllipticCurvePrivateKey = field(repr=False)
    certificate: x509.Certificate
    issuers: tuple[x509.Certificate, ...]

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """DER: the signing certificate first, then its issuers."""
        return tuple(each.public_bytes(serialization.Encoding.DER) for each in (self.certificate, *self.issuers))

    @property
    def authority_pem(self) -> bytes:
        """The last certificate of the chain. A verifier that trusts it accepts these seals."""
        return (self.certificate, *self.issuers)[-1].public_bytes(serialization.Encoding.PEM)

    def summary(self) -> SealKey:
        """The public facts."""
        return SealKey(
            subject=self.certificate.subject.rfc4514_string(),
            fingerprint=self.certificate.fingerprint(hashes.SHA256()).hex(),
            expires_at=self.certificate.not_valid_after_utc,
        )

    def sign(self, content: bytes) -> bytes:
        """An ECDSA signature over SHA-256 with low s, the only one of its two valid forms that `verifying` accepts."""
        r, s = decode_dss_signature(self.private.sign(content, ec.ECDSA(hashes.SHA256())))
        return encode_dss_signature(r, min(s, _P256_ORDER - s))

    def require_usable(self, now: datetime) -> None:
        """Raises `SealUnavailable` unless the certificate is valid now and belongs to the key."""
        if now < self.certificate.not_valid_before_utc:
            raise SealUnavailable("the signing certificate is not valid yet: look at this machine's clock")
        if now >= self.certificate.not_valid_after_utc:
            ended = self.certificate.not_valid_after_utc.date().isoformat()
            raise SealUnavailable(
                f"the signing certificate ended on {ended}: set VESTIBULE_SIGNING_PKCS12 to a new one"
            )
        if not self._matches_certificate():
            raise SealUnavailable("the signing key does not belong to its certificate")

    def _matches_certificate(self) -> bool:
        public = self.certificate.public_key()
        try:
            if isinstance(public, ec.EllipticCurvePublicKey):
                public.verify(self.sign(b"\0"), b"\0", ec.ECDSA(hashes.SHA256()))
                return True
        except InvalidSignature:
            return False
        return False


def has_low_s(signature: bytes) -> bool:
    """Whether an ECDSA signature has the form with the smaller s, which `SigningKey.sign` produces."""
    return decode_dss_signature(signature)[1] <= _P256_ORDER // 2


@dataclass(frozen=True)
class SigningKeyFile:
    """The file with the key. It is read for each use, so that a new or a missing file is noticed at once."""

    path: Path | None
    password: str = field(default="", repr=False)

    def read(self) -> SigningKey:
        """The key. Raises `SealUnavailable` with the remedy. Blocks for some milliseconds."""
        if self.path is None:
            raise SealUnavailable("there is no signing key: set VESTIBULE_SIGNING_PKCS12")
        try:
            content = self.path.read_bytes()
        except OSError as problem:
            raise SealUnavailable(f"VESTIBULE_SIGNING_PKCS12: {self.path} can't be read ({problem.strerror})") from None
        try:
            bundle = pkcs12.load_pkcs12(content, self.password.encode() if self.password else None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise SealUnavailable(
                f"{self.path} is no PKCS#12 file, or VESTIBULE_SIGNING_PASSWORD is not its password"
            ) from None
        if bundle.key is None or bundle.cert is None:
            raise SealUnavailable(f"{self.path} must hold a private key and its certificate")
        return _validated(bundle.key, bundle.cert.certificate, [each.certificate for each in bundle.additional_certs])


def _validated(key: object, certificate: x509.Certificate, others: Sequence[x509.Certificate]) -> SigningKey:
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SealUnavailable("the signing key must be an elliptic-curve key on P-256: have one certified")
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        raise SealUnavailable("the signing certificate must say what its key is for: digital signature") from None
    if not (usage.digital_signature or usage.content_commitment):
        raise SealUnavailable("the signing certificate is not for signatures: have one issued for digital signature")
    return SigningKey(key, certificate, issuers_of(certificate, others))


def issuers_of(certificate: x509.Certificate, others: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """The chain of issuers, nearest first. Certificates outside the chain are left out."""
    above: list[x509.Certificate] = []
    waiting = [each for each in others if each != certificate]
    current = certificate
    while issuer := next((each for each in waiting if issued(each, current)), None):
        above.append(issuer)
        waiting.remove(issuer)
        current = issuer
    return tuple(above)


def issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Whether the certificate has the issuer's name and signature. Does not check that the issuer may issue."""
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def certificates_in(pem: bytes) -> tuple[bytes, ...]:
    """The certificates of a PEM file, as DER. Raises ValueError if there is none or the text is not PEM."""
    return tuple(each.public_bytes(serialization.Encoding.DER) for each in x509.load_pem_x509_certificates(pem))


def new_authority(name: str, now: datetime) -> bytes:
    """A new authority and a signing certificate that it issued, as PKCS#12 without a password.

    The authority's private key is not stored, so it can issue no further certificate.
    """
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = issue(f"{name} authority", root_key, now, now + _DEMO_LIFETIME)
    certificate = issue(f"{name} seal", key, now, now + _DEMO_LIFETIME, issuer=(root, root_key))
    return pkcs12.serialize_key_and_certificates(b"seal", key, certificate, [root], serialization.NoEncryption())


def issue(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    begins: datetime,
    ends: datetime,
    *,
    issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None,
    organization: str = "",
) -> x509.Certificate:
    """A certificate for the key: self-signed for an authority, or a signer's certificate from an issuer."""
    above_name = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)] if organization else []
    subject = x509.Name([*above_name, x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above, above_key = issuer or (None, key)
    identifier = x509.SubjectKeyIdentifier.from_public_key(above_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.subject if above else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins.astimezone(UTC).replace(microsecond=0) - timedelta(minutes=5))
        .not_valid_after(ends.astimezone(UTC).replace(microsecond=0))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=0 if issuer is None else None), True)
        .add_extension(_usage(authority=issuer is None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), False)
        .sign(above_key, hashes.SHA256())
    )


def signer_usage() -> x509.KeyUsage:
    """What the certificate of a seal's key is for."""
    return _usage(authority=False)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
