"""`vestibule verify`: verifies a sealed file and explains the result, offline and without a database."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters.sealing import PyhankoSealer, SigningKeyFile, TrustStore
from adapters.sealing.key import certificates_in
from clinic.values.seal_report import SealReport, Verdict
from runtime.commands.failures import CommandFailed
from runtime.settings import SettingsInvalid, read_settings
from runtime.wiring import build_sealer

MEANING = {
    Verdict.AUTHENTIC: "Authentic. This is the very file that was sealed: not one bit of it has changed.",
    Verdict.ALTERED: "Altered. The file bears a seal we know, and something in it was changed after. Don't rely on it.",
    Verdict.UNRECOGNISED: "Unrecognised. No authority we know has sealed the whole of this file.",
    Verdict.UNSEALED: "Unsealed. This PDF bears no seal, so nothing can be said about it.",
}

Certificates = Annotated[
    Path | None, typer.Option(help="PEM file: the certificates whose seals count, instead of those in the settings.")
]


def verify(
    file: Annotated[Path, typer.Argument(help="The PDF to check.")],
    trust: Certificates = None,
    trust_timestamps: Annotated[
        Path | None, typer.Option(help="With --trust. PEM file: the timestamp authorities that count.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as one JSON object.")] = False,
) -> None:
    """Check a completed document: authentic, altered, unrecognised or unsealed. Exit 0 only if it is authentic."""
    if trust_timestamps and not trust:
        raise typer.BadParameter("goes with --trust", param_hint="--trust-timestamps")
    content = _read(file)
    sealer = _sealer(trust, trust_timestamps) if trust else _sealer_of_settings()
    report = asyncio.run(sealer.verify(content))
    typer.echo(json.dumps(_as_object(report), ensure_ascii=False) if as_json else _as_text(report))
    if report.verdict is not Verdict.AUTHENTIC:
        raise typer.Exit(1)


def _sealer(trust: Path, timestamps: Path | None) -> PyhankoSealer:
    trust_store = TrustStore(_certificates(trust), _certificates(timestamps) if timestamps else ())
    return PyhankoSealer(SigningKeyFile(None), trust_store)


def _sealer_of_settings() -> PyhankoSealer:
    try:
        return build_sealer(read_settings())
    except SettingsInvalid as invalid:
        raise CommandFailed(
            f"name the certificates whose seals count with --trust, or mend the settings: {invalid}"
        ) from None


def _certificates(file: Path) -> tuple[bytes, ...]:
    try:
        return certificates_in(_read(file))
    except ValueError:
        raise CommandFailed(f"{file} must be a file of certificates in PEM form.") from None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as problem:
        raise CommandFailed(f"{file} can't be read: {problem.strerror}.") from None


def _as_object(report: SealReport) -> dict[str, Any]:
    return {
        "verdict": report.verdict.value,
        "sealedAt": report.sealed_at.isoformat() if report.sealed_at else None,
        "timestamped": report.timestamped,
        "sealedBy": report.sealed_by,
        "fingerprint": report.fingerprint,
        "evidence": json.loads(report.evidence) if report.evidence else None,
    }


def _as_text(report: SealReport) -> str:
    lines = [MEANING[report.verdict]]
    if report.sealed_at is not None:
        clock = "by a timestamp authority's clock" if report.timestamped else "by the sealing machine's clock"
        lines += [
            "",
            f"Sealed   {report.sealed_at.isoformat()}, {clock}",
            f"by       {_plain(report.sealed_by)}",
            f"         SHA-256 of the certificate: {report.fingerprint}",
        ]
        if not report.evidence:
            lines += ["", "Another program signed it: it holds no evidence of signatures in the portal."]
        for entry in json.loads(report.evidence)["signatures"] if report.evidence else ():
            lines += ["", *_signature(entry["evidence"])]
    return "\n".join(lines)


@dataclass(frozen=True)
class _Line:
    label: str
    key: str


_LINES = (
    _Line("Document", "document_title"),
    _Line("SHA-256 of the original", "document_sha256"),
    _Line("Client", "client"),
    _Line("Signed as", "relationship"),
    _Line("Name typed", "typed_name"),
    _Line("Account", "account_email"),
    _Line("Known by", "authentication"),
    _Line("Signed at (UTC)", "signed_at"),
    _Line("Signed at, there", "signed_at_local"),
    _Line("From address", "address"),
    _Line("With", "agent"),
)


def _signature(evidence: dict[str, Any]) -> list[str]:
    """One signature's evidence. Empty values are left out."""
    rows = [(line.label, _plain(str(evidence.get(line.key) or ""))) for line in _LINES]
    consent = evidence.get("consent") or {}
    rows.append(("Consent", _plain(f"version {consent.get('version', '')}, {consent.get('language', '')}")))
    return [
        f"Signed by {_plain(str(evidence.get('signer', '')))}",
        *(f"  {label:<24} {value}" for label, value in rows if value),
    ]


def _plain(text: str) -> str:
    """The text without control characters, which could change the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)
