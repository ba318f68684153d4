"""A timestamp authority (RFC 3161) on 127.0.0.1, with a root, an authority below it and a signing certificate."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer

from asn1crypto import keys, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

DER = serialization.Encoding.DER


@dataclass(frozen=True)
class TimestampAuthority:
    """`root` is what whoever relies on it has to know; `certificates` go with each answer."""

    root: x509.Certificate
    certificates: tuple[x509.Certificate, ...]
    key: rsa.RSAPrivateKey

    @property
    def known(self) -> tuple[bytes, ...]:
        """The root, as `TrustStore` takes it."""
        return (self.root.public_bytes(DER),)

    def answer(self, request: bytes, at: datetime | None = None) -> bytes:
        """What it answers to a request, as of now or another moment."""
        private = self.key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        signer, *others = [asn1.Certificate.load(each.public_bytes(DER)) for each in self.certificates]
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        for each in others:
            store.register(each)
        stamper = DummyTimeStamper(
            signer, keys.PrivateKeyInfo.load(private), certs_to_embed=store, fixed_dt=at or datetime.now(UTC)
        )
        return bytes(stamper.request_tsa_response(tsp.TimeStampReq.load(request)).dump())


def timestamp_authority(name: str = "Clock") -> TimestampAuthority:
    """Made once a process for each name."""
    return _authority(name)


@cache
def _authority(name: str) -> TimestampAuthority:
    root_key, middle_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(3))
    root = _certificate(f"{name} root", root_key, None, authority=True)
    middle = _certificate(f"{name} middle", middle_key, (root, root_key), authority=True)
    signer = _certificate(f"{name} signer", key, (middle, middle_key), authority=False)
    # As real ones do, it sends its root along, which nobody needs.
    return TimestampAuthority(root, (signer, middle, root), key)


@contextmanager
def answering(answer: Callable[[bytes], bytes], *, status: int = 200) -> Iterator[str]:
    """A server that answers each request so; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the base class's
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def _certificate(
    name: str,
    key: rsa.RSAPrivateKey,
    issuer: tuple[x509.Certificate, rsa.RSAPrivateKey] | None,
    *,
    authority: bool,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above, above_key = issuer or (None, key)
    began = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.subject if above else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=365 * 40))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_usage(authority=authority), critical=True)
    )
    if not authority:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return made.sign(above_key, hashes.SHA256())


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
