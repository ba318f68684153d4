"""`vestibule verify` as people and scripts see it: verdict, evidence, exit code; offline, without a database."""

import json
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from tests.adapters.sealed_files import SEALED_AT, evidence, original, sealed_file, sealed_with
from tests.adapters.test_other_seals import RSA, signed_by
from tests.adapters.test_sealing_changes import stamped_file
from tests.factories.keys import key_file
from tests.factories.timestamping import timestamp_authority
from tests.runtime.test_cli import Program

pytestmark = pytest.mark.processes


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """In an empty folder, with only the settings given."""
    return Program(folder, **settings).run("verify", *arguments)


@pytest.fixture
def trust(tmp_path: Path) -> tuple[str, str]:
    """Naming the authority of the tests."""
    (tmp_path / "seal.pem").write_bytes(key_file().read().authority_pem)
    return "--trust", "seal.pem"


def test_authentic_file_is_said_to_be_so_with_its_evidence(tmp_path: Path, trust: tuple[str, str]) -> None:
    (tmp_path / "consent.pdf").write_bytes(sealed_file())
    done = Program(tmp_path).run_installed("verify", "consent.pdf", *trust)

    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "Authentic. This is the very file that was sealed: not one bit of it has changed."
    assert "Sealed   2026-03-02T09:00:00+00:00, by the sealing machine's clock" in lines
    assert "Signed by Ana Santos" in lines
    words = [" ".join(line.split()) for line in lines]
    for expected in ("Document Consent to treatment", "Signed as mother", "Known by password", "Consent version 1, en"):
        assert expected in words
    assert sorted(path.name for path in tmp_path.iterdir()) == ["consent.pdf", "seal.pem"]


def test_file_that_another_program_signed_is_said_to_hold_no_evidence(tmp_path: Path, trust: tuple[str, str]) -> None:
    (tmp_path / "letter.pdf").write_bytes(signed_by(RSA, original()))
    with (tmp_path / "both.pem").open("wb") as both:
        both.write((tmp_path / "seal.pem").read_bytes())
        both.write(load_der_x509_certificate(RSA.authority).public_bytes(Encoding.PEM))
    ours, theirs = run(tmp_path, "letter.pdf", *trust), run(tmp_path, "letter.pdf", "--trust", "both.pem")

    assert (ours.returncode, ours.stdout) == (
        1,
        "Unrecognised. No authority we know has sealed the whole of this file.\n",
    )
    assert (theirs.returncode, theirs.stderr) == (0, "")
    assert "by       CN=Ron" in theirs.stdout.splitlines()
    assert theirs.stdout.splitlines()[-1] == (
        "Another program signed it: it holds no evidence of signatures in the portal."
    )


def test_scripts_get_one_json_object(tmp_path: Path, trust: tuple[str, str]) -> None:
    (tmp_path / "consent.pdf").write_bytes(sealed_file())
    answer = json.loads(run(tmp_path, "consent.pdf", *trust, "--json").stdout)

    assert answer == {
        "verdict": "AUTHENTIC",
        "sealedAt": SEALED_AT.isoformat(),
        "timestamped": False,
        "sealedBy": "CN=Test seal",
        "fingerprint": key_file().read().summary().fingerprint,
        "evidence": json.loads(evidence()),
    }


@pytest.mark.parametrize(
    ("content", "word"),
    [(sealed_file() + b"\n", "Altered."), (b"no pdf", "Unrecognised."), (original(), "Unsealed.")],
    ids=["altered", "unrecognised", "unsealed"],
)
def test_any_other_file_exits_with_1_and_says_which(
    content: bytes, word: str, tmp_path: Path, trust: tuple[str, str]
) -> None:
    (tmp_path / "file.pdf").write_bytes(content)
    done = run(tmp_path, "file.pdf", *trust)

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[0].startswith(word)
    assert len(done.stdout.splitlines()) == 1


def test_timestamp_counts_if_its_authority_is_named(tmp_path: Path, trust: tuple[str, str]) -> None:
    (tmp_path / "consent.pdf").write_bytes(stamped_file())
    (tmp_path / "time.pem").write_bytes(timestamp_authority().root.public_bytes(Encoding.PEM))

    assert run(tmp_path, "consent.pdf", *trust).returncode == 1
    done = run(tmp_path, "consent.pdf", *trust, "--trust-timestamps", "time.pem")
    assert done.returncode == 0
    assert "by a timestamp authority's clock" in done.stdout


def test_settings_name_whose_seals_count(tmp_path: Path, trust: tuple[str, str]) -> None:
    (tmp_path / "consent.pdf").write_bytes(sealed_file())
    keys = {"SECRET_KEYS": "2f0c6b1d9e8a7f5e4d3c2b1a0f9e8d7c6b5a49382716051423324150f6e7d8c9"}

    assert run(tmp_path, "consent.pdf", SIGNING_TRUSTED="seal.pem", **keys).returncode == 0
    assert run(tmp_path, "consent.pdf", SIGNING_PKCS12=str(key_file().path), **keys).returncode == 0
    assert run(tmp_path, "consent.pdf", **keys).stdout.startswith("Unrecognised.")


def test_without_settings_somebody_has_to_be_named(tmp_path: Path) -> None:
    (tmp_path / "consent.pdf").write_bytes(sealed_file())
    done = run(tmp_path, "consent.pdf")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("vestibule: name the certificates whose seals count with --trust, or mend the sett")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Missing argument"),
        (("consent.pdf", "more.pdf"), "unexpected extra argument"),
        (("consent.pdf", "--wrong"), "No such option"),
        (("consent.pdf", "--trust-timestamps", "seal.pem"), "goes with --trust"),
    ],
)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    done = run(tmp_path, *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize(
    ("file", "trusted", "said"),
    [
        ("nowhere.pdf", "seal.pem", "nowhere.pdf can't be read: No such file or directory."),
        ("seal.pem", "nowhere.pem", "nowhere.pem can't be read: No such file or directory."),
        ("seal.pem", "empty.pem", "empty.pem must be a file of certificates in PEM form."),
    ],
)
@pytest.mark.usefixtures("trust")
def test_file_that_is_not_there_is_said_in_one_line(file: str, trusted: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_bytes(b"")
    done = run(tmp_path, file, "--trust", trusted)

    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"vestibule: {said}\n")


def test_names_do_not_steer_the_terminal(tmp_path: Path, trust: tuple[str, str]) -> None:
    (tmp_path / "consent.pdf").write_bytes(sealed_with(key_file(), evidence("Ana\x1b[2J\nSigned by\u202e Nobody")))
    done = run(tmp_path, "consent.pdf", *trust)

    assert done.returncode == 0
    assert "Signed by Ana [2J Signed by  Nobody" in done.stdout.splitlines()
    assert not [character for character in "\x1b\u202e" if character in done.stdout]
