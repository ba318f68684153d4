"""Second factors as values, and the port that speaks WebAuthn and TOTP for the core."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from urllib.parse import urlsplit

from clinic.values.pin import ALPHABET


class FactorKind(StrEnum):
    """The kinds of second factors that a person adds themselves."""

    PASSKEY = "PASSKEY"
    TOTP = "TOTP"


# 16 characters out of 29 are 77 bits.
RECOVERY_CODE_LENGTH = 16
RECOVERY_CODE_ALPHABET = ALPHABET
RECOVERY_CODES = 10


def grouped_code(code: str) -> str:
    """A recovery code as it is shown to people: "K7MP-4TQX-2345-ABCD"."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


@dataclass(frozen=True)
class Site:
    """The web site that a passkey belongs to (WebAuthn: the relying party). It comes from settings."""

    relying_party: str
    origin: str
    name: str

    @classmethod
    def at(cls, url: str, name: str) -> "Site":
        """The site at this public address. `name` is the practice's."""
        parts = urlsplit(url)
        return cls(parts.hostname or "localhost", f"{parts.scheme}://{parts.netloc}", name)


@dataclass(frozen=True)
class PasskeyOwner:
    """The person as a password manager lists them: an opaque handle, the address they sign in with, their name."""

    handle: bytes
    address: str
    name: str


@dataclass(frozen=True)
class NewPasskey:
    """A passkey that an authenticator made and that was checked."""

    credential_id: str
    public_key: bytes
    sign_count: int


@dataclass(frozen=True)
class QrCode:
    """A QR code for drawing: its width in modules, margin included, and the path of an SVG that fills the dark ones."""

    size: int
    path: str


class PasskeyRefused(Exception):
    """The authenticator's answer proves nothing: it was changed, is for another challenge, site or person."""


class FactorChecks(Protocol):
    """Makes and checks what passkeys (WebAuthn level 2) and one-time codes (RFC 6238) need. Keeps nothing."""

    def creation_options(self, site: Site, owner: PasskeyOwner, challenge: str, known: list[str]) -> str:
        """What a browser needs to make a passkey, as JSON. `known` are credential ids that the person has already."""
        ...

    def new_passkey(self, site: Site, challenge: str, response: str) -> NewPasskey:
        """The passkey in the browser's answer. The user must have been verified. Raises `PasskeyRefused`."""
        ...

    def request_options(self, site: Site, challenge: str, allowed: list[str]) -> str:
        """What a browser needs to ask for one of the passkeys `allowed`, as JSON."""
        ...

    def credential_id(self, response: str) -> str:
        """The passkey that the browser's answer names. Proves nothing. Raises `PasskeyRefused`."""
        ...

    def check_passkey(self, site: Site, challenge: str, response: str, public_key: bytes, sign_count: int) -> int:
        """The new sign count, if the answer was made with this passkey and verified the user.

        Raises `PasskeyRefused`, also if the sign count went back, which a copied authenticator would show.
        """
        ...

    def new_totp_secret(self) -> str:
        """160 random bits in base32."""
        ...

    def totp_uri(self, secret: str, address: str, issuer: str) -> str:
        """The address that an authenticator app reads from a QR code (otpauth:)."""
        ...

    def totp_step(self, secret: str, code: str, at: datetime) -> int | None:
        """The number of the 30-second step that has this code, now or next to now; None for a wrong code."""
        ...

    def qr_code(self, text: str) -> QrCode:
        """The text as a QR code."""
        ...
