"""Keys, certificates, sealers and evidence for tests; keys are made once a process."""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.sealing import PyhankoSealer, SigningKeyFile
from adapters.sealing.key import new_authority
from clinic.ports import Clock

# Before every clock of the tests.
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)

_folder = TemporaryDirectory(prefix="vestibule-keys-")


@cache
def key_file() -> SigningKeyFile:
    """A key of a small authority of its own."""
    path = Path(_folder.name) / "signing.p12"
    path.write_bytes(new_authority("Test", BEGAN))
    return SigningKeyFile(path)


def made_sealer(clock: Clock | None = None) -> PyhankoSealer:
    """The real sealer under that key, without a timestamp authority."""
    return PyhankoSealer(key_file(), clock=clock)
