"""Keys, certificates and sealers for tests. Keys are made once a process."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from adapters.sealing import PyhankoSealer, SigningKeyFile
from adapters.sealing.key import issue, new_authority
from clinic.values.ports import Clock

# Before every clock of the tests, and after it.
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
ENDS = datetime(2050, 1, 1, tzinfo=UTC)

_folder = TemporaryDirectory(prefix="vestibule-keys-")
_numbers = count(1)


@cache
def key_file() -> SigningKeyFile:
    """A key of a small authority of its own."""
    return kept(new_authority("Test", BEGAN))


def made_sealer(clock: Clock | None = None) -> PyhankoSealer:
    """The real sealer under that key, without a timestamp authority."""
    return PyhankoSealer(key_file(), clock=clock)


def kept(content: bytes, password: str = "") -> SigningKeyFile:
    """The bytes in a file of their own."""
    path = Path(_folder.name) / f"{next(_numbers)}.p12"
    path.write_bytes(content)
    return SigningKeyFile(path, password)


def key_file_ending(left: timedelta) -> SigningKeyFile:
    """A key whose certificate ends so long from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    return kept(bundle(key, issue("Ending", key, BEGAN, datetime.now(UTC) + left, issuer=new_root("Ends"))))


def new_root(name: str) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """An authority and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    return issue(name, key, BEGAN, ENDS), key


def bundle(
    key: pkcs12.PKCS12PrivateKeyTypes,
    certificate: x509.Certificate,
    above: Sequence[x509.Certificate] = (),
    password: str = "",
) -> bytes:
    """A PKCS#12 file of these."""
    form = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"seal", key, certificate, list(above), form)
