"""`vestibule signing-key`: makes the key that seals documents, or a request to certify one; shows what is in use."""

import json
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from adapters.sealing.key import SigningKey, SigningKeyFile
from adapters.sealing.key_making import LONGEST_NAME, new_signing_key, signing_request
from clinic.values.ports import SealUnavailable
from runtime.commands.failures import CommandFailed
from runtime.new_files import write_new
from runtime.settings import STATE_FOLDER, read_settings
from runtime.signing import expiry_warning

KEY_FILE = STATE_FOLDER / "signing.p12"
REQUEST_KEY_FILE = STATE_FOLDER / "signing.key"
_PASSWORD_BYTES = 18

Name = Annotated[str, typer.Option("--organization-name", help="Who seals: the name that readers of a document see.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", help="A file with the password. Without it you are asked, or one is made."),
]

signing_key = typer.Typer(help="The key that seals completed documents.", no_args_is_help=True)


@signing_key.command("make")
def make(
    organization_name: Name,
    file: Annotated[Path, typer.Option(help="Where the key goes. A file that exists is never replaced.")] = KEY_FILE,
    password_file: PasswordFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")] = False,
) -> None:
    """Make a key with a certificate by an authority of its own, in a PKCS#12 file that only this user can read."""
    _require_free(file)
    password, made = _password(password_file)
    key = make_key_file(file, organization_name, password)
    if as_json:
        _print({**_as_object(file, key), "password": password if made else None})
        return
    typer.echo(f"Made {file}: {key.summary().subject}, until {key.summary().expires_at.date().isoformat()}.")
    typer.echo("Keep a copy apart from the backups of the database. Put these lines into the settings:")
    typer.echo(f"VESTIBULE_SIGNING_PKCS12={file}")
    typer.echo(f"VESTIBULE_SIGNING_PASSWORD={password if made else '(the password you gave)'}")


@signing_key.command("request")
def request(
    organization_name: Name,
    file: Annotated[
        Path, typer.Option(help="Where the private key goes; the request lies beside it, with the ending .csr.")
    ] = REQUEST_KEY_FILE,
    password_file: PasswordFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")] = False,
) -> None:
    """Make a private key and a request that an authority can certify. What is in use stays in use."""
    request_file = file.with_suffix(".csr")
    for path in (file, request_file):
        _require_free(path)
    password, made = _password(password_file)
    key_pem, request_pem = signing_request(_name(organization_name), password)
    _write(file, key_pem)
    _write(request_file, request_pem)
    if as_json:
        _print({"key": str(file), "request": str(request_file), "password": password if made else None})
        return
    typer.echo(f"Made {file} and {request_file}. Send the second file to the authority, never the first.")
    if made:
        typer.echo(f"The password of the key: {password}")
    typer.echo("When you have the certificate, join both: docs/operations.md, The signing key.")


@signing_key.command("show")
def show(as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")] = False) -> None:
    """Show the key in use: whose it is, who certified it, and until when it signs. Exit 1 if it can't be used."""
    settings = read_settings()
    file = SigningKeyFile(settings.signing_pkcs12, settings.signing_password)
    now = datetime.now(UTC)
    try:
        key = file.read()
        key.require_usable(now)
    except SealUnavailable as problem:
        raise CommandFailed(str(problem)) from None
    found = _as_object(settings.signing_pkcs12, key)
    if as_json:
        _print(found)
        return
    for name, value in found.items():
        typer.echo(f"{name:<12}  {value}")
    if warning := expiry_warning(key.summary(), now):
        typer.echo(f"vestibule: it {warning}: have a new one certified.", err=True)


def make_key_file(file: Path, organization_name: str, password: str) -> SigningKey:
    """Write a new key to the file, which must not exist yet, and return it. Raises `CommandFailed`."""
    _write(file, new_signing_key(_name(organization_name), password, datetime.now(UTC)))
    return SigningKeyFile(file, password).read()


def new_password() -> str:
    """A random password for a key's file."""
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def shortened(name: str) -> str:
    """An organization's name, as much of it as a certificate takes."""
    return "".join(letter if letter.isprintable() else " " for letter in name)[:LONGEST_NAME].strip()


def _name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not 0 < len(cleaned) <= LONGEST_NAME or not cleaned.isprintable():
        raise CommandFailed(
            f"--organization-name: use 1 to {LONGEST_NAME} characters, which certificates have room for."
        )
    return cleaned


def _password(file: Path | None) -> tuple[str, bool]:
    """The password, and whether we made it and must therefore show it."""
    if file is not None:
        lines = file.read_text(encoding="utf-8").splitlines()
        if not lines or not lines[0]:
            raise CommandFailed(f"{file}: the first line must be the password.")
        return lines[0], False
    if sys.stdin.isatty():
        words = "A password for the file (empty: make one and show it)"
        typed = typer.prompt(words, default="", hide_input=True, show_default=False, confirmation_prompt=True)
        if typed:
            return str(typed), False
    return new_password(), True


def _require_free(path: Path) -> None:
    if path.exists():
        raise CommandFailed(
            f"{path} exists already, and a key is never replaced: name another --file, or move the old one away."
        )


def _write(path: Path, content: bytes) -> None:
    try:
        write_new(path, content)
    except FileExistsError:
        _require_free(path)


def _as_object(file: Path | None, key: SigningKey) -> dict[str, str]:
    summary = key.summary()
    return {
        "file": str(file),
        "subject": summary.subject,
        "issuer": key.certificate.issuer.rfc4514_string(),
        "fingerprint": summary.fingerprint,
        "until": summary.expires_at.date().isoformat(),
    }


def _print(answer: object) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False))
