"""`vestibule signing-key`: a key is made or asked for by the documentation's commands, and never replaced."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from adapters.sealing import PyhankoSealer, SigningKeyFile
from clinic.values.ports import SealUnavailable
from runtime.cli import program as command_line
from runtime.commands.failures import CommandFailed
from runtime.settings import read_settings
from tests.runtime.commands import Answer, run

ALDER = ("--organization-name", "Alder Clinic")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def signing_key(*arguments: str) -> Answer:
    return run(command_line("signing-key"), "signing-key", *arguments)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_key_is_made_that_seals_and_that_only_this_user_reads(folder: Path) -> None:
    made = signing_key("make", *ALDER, "--json").as_json
    file = folder / "var" / "signing.p12"
    assert (mode(file), mode(file.parent)) == (0o600, 0o700)
    assert made["subject"] == "CN=Alder Clinic seal,O=Alder Clinic"
    assert made["issuer"] == "CN=Alder Clinic authority,O=Alder Clinic"
    assert len(made["password"]) == 24
    key = await PyhankoSealer(SigningKeyFile(file, made["password"])).probe()
    assert timedelta(days=3649) < key.expires_at - datetime.now(UTC) < timedelta(days=3651)
    with pytest.raises(SealUnavailable, match="is not its password"):
        SigningKeyFile(file, "").read()


def test_a_key_is_never_replaced(folder: Path) -> None:
    file = folder / "var" / "signing.p12"
    file.parent.mkdir()
    file.write_bytes(b"precious")
    refused = signing_key("make", *ALDER)
    assert isinstance(refused.failure, CommandFailed)
    assert "never replaced" in str(refused.failure)
    assert file.read_bytes() == b"precious"
    assert signing_key("request", *ALDER, "--file", "var/signing.p12").failure is not None
    assert [path.name for path in file.parent.iterdir()] == ["signing.p12"]


def test_the_password_of_a_file_is_used_and_not_shown(folder: Path) -> None:
    (folder / "password").write_text("lantern orchard\nrest\n", encoding="utf-8")
    said = signing_key("make", *ALDER, "--password-file", "password")
    assert "lantern" not in said.output
    assert "VESTIBULE_SIGNING_PKCS12=var/signing.p12" in said.output
    assert SigningKeyFile(folder / "var" / "signing.p12", "lantern orchard").read().issuers != ()


def test_a_request_names_the_organization_and_what_the_key_is_for(folder: Path) -> None:
    made = signing_key("request", *ALDER, "--json").as_json
    key_file, request_file = folder / made["key"], folder / made["request"]
    assert (mode(key_file), mode(request_file)) == (0o600, 0o600)
    request = x509.load_pem_x509_csr(request_file.read_bytes())
    names = request.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert (request.is_signature_valid, [name.value for name in names]) == (True, ["Alder Clinic"])
    assert request.extensions.get_extension_for_class(x509.KeyUsage).value.digital_signature
    private = serialization.load_pem_private_key(key_file.read_bytes(), made["password"].encode())
    assert private.public_key() == request.public_key()


@pytest.mark.parametrize("name", ["", "  ", "x" * 51, "Alder\x00"])
def test_a_name_that_no_certificate_takes_is_refused(folder: Path, name: str) -> None:
    assert isinstance(signing_key("make", "--organization-name", name).failure, CommandFailed)
    assert not (folder / "var").exists()


def test_what_is_in_use_is_shown_until_when(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VESTIBULE_ENVIRONMENT", "test")
    monkeypatch.setenv("VESTIBULE_SIGNING_PKCS12", "var/signing.p12")
    read_settings.cache_clear()
    try:
        assert "can't be read" in str(signing_key("show").failure)
        made = signing_key("make", *ALDER, "--json").as_json
        monkeypatch.setenv("VESTIBULE_SIGNING_PASSWORD", made.pop("password"))
        read_settings.cache_clear()
        assert signing_key("show", "--json").as_json == made
        assert f"until         {made['until']}" in signing_key("show").output
    finally:
        read_settings.cache_clear()
