"""Keyed cryptography under the deployment's secret keys: one key in, three unrelated keys derived from it."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SETTING = "VESTIBULE_SECRET_KEYS"
KEY_BYTES = 32
LEAST_DIFFERENT_BYTES = 8
"""32 random bytes hold fewer different ones less than once in 10^25; a typed or repeated filler does."""

_HEX = re.compile(r"[0-9a-fA-F]+")


def new_key() -> str:
    """A fresh key as text, good for the setting."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


@dataclass(frozen=True)
class _KeySet:
    """What one secret key becomes. Each use has a key of its own, so that no output of one helps against another."""

    fernet: Fernet = field(repr=False)
    token_key: bytes = field(repr=False)
    fingerprint_key: bytes = field(repr=False)


class KeyringSecrets:
    """The `Secrets` port. The first key makes everything new; the others still read what they made.

    Keys are text, hex or base64, of at least 32 random bytes; anything less raises ValueError naming the setting.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError(f"{SETTING} is empty. Give at least one key of {KEY_BYTES} random bytes in base64.")
        self._keys = [_derive(_read_key(text, position)) for position, text in enumerate(keys, start=1)]
        self._ring = MultiFernet([key.fernet for key in self._keys])

    def encrypt(self, plaintext: str) -> str:
        """AES-128-CBC with HMAC-SHA256 (Fernet) under the newest key."""
        return self._ring.encrypt(plaintext.encode()).decode()

    def decrypt(self, ciphertext: str) -> str:
        """The plaintext; ValueError if none of the keys made this text, or it was changed."""
        try:
            return self._ring.decrypt(ciphertext.encode()).decode()
        except InvalidToken:
            raise ValueError(f"This was not encrypted with any key of {SETTING}.") from None

    def derive_token(self, purpose: str, subject: str) -> str:
        """43 URL-safe characters; changes when a new key is put first."""
        digest = _digest(self._keys[0].token_key, purpose, subject)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def fingerprint(self, purpose: str, value: str) -> str:
        """64 hex digits under the newest key."""
        return _digest(self._keys[0].fingerprint_key, purpose, value).hex()

    def fingerprints(self, purpose: str, value: str) -> list[str]:
        """64 hex digits under each key, newest first."""
        return [_digest(key.fingerprint_key, purpose, value).hex() for key in self._keys]


def _read_key(text: str, position: int) -> bytes:
    """The key's bytes. The message says which key is wrong, never what it was."""
    key = _decode(text.strip())
    if key is None:
        raise ValueError(f"{SETTING}: key {position} is neither base64 nor hex.")
    if len(key) < KEY_BYTES:
        raise ValueError(f"{SETTING}: key {position} has {len(key)} bytes; it needs at least {KEY_BYTES} random ones.")
    if len(set(key)) < LEAST_DIFFERENT_BYTES:
        raise ValueError(f"{SETTING}: key {position} is not random. Make one with: openssl rand -base64 {KEY_BYTES}")
    return key


def _decode(text: str) -> bytes | None:
    # 64 hex digits are base64 too, of other bytes: hex is tried first, and always.
    if _HEX.fullmatch(text):
        return bytes.fromhex(text) if len(text) % 2 == 0 else None
    standard = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _derive(key: bytes) -> _KeySet:
    def for_use(use: str) -> bytes:
        return HKDF(SHA256(), length=32, salt=None, info=f"vestibule 1 {use}".encode()).derive(key)

    fernet = Fernet(base64.urlsafe_b64encode(for_use("encryption")))
    return _KeySet(fernet, for_use("tokens"), for_use("fingerprints"))


def _digest(key: bytes, purpose: str, value: str) -> bytes:
    # The purpose's length comes first, so that no other split of the same characters gives the same input.
    named = purpose.encode()
    return hmac.new(key, len(named).to_bytes(4, "big") + named + value.encode(), hashlib.sha256).digest()
