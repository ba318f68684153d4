"""Encryption, derived tokens, fingerprints and MACs with the deployment's secret keys.

Independent keys are derived from each secret key, one for each use.
"""

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
MIN_DISTINCT_BYTES = 8
"""32 random bytes have fewer distinct values with a probability below 10^-25. Typed or repeated text may have fewer."""

_HEX = re.compile(r"[0-9a-fA-F]+")


def new_key() -> str:
    """A new random key in the form that the setting takes."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


@dataclass(frozen=True)
class _KeySet:
    """The keys derived from one secret key, one for each use, so that the output of one says nothing about another."""

    fernet: Fernet = field(repr=False)
    token_key: bytes = field(repr=False)
    fingerprint_key: bytes = field(repr=False)
    mac_key: bytes = field(repr=False)
    mac_key_id: str


class KeyringSecrets:
    """Implements the port `Secrets`. The first key encrypts and signs; the older keys only decrypt and compare.

    Keys are hex or base64 text of at least 32 random bytes. An invalid key raises a ValueError that names the setting.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError(f"{SETTING} is empty. Give at least one key of {KEY_BYTES} random bytes in base64.")
        self._keys = [_derive(_read_key(text, position)) for position, text in enumerate(keys, start=1)]
        self._ring = MultiFernet([key.fernet for key in self._keys])

    @property
    def key_ids(self) -> list[str]:
        """What names each key, newest first. It says nothing about the key; each MAC carries it too."""
        return [each.mac_key_id for each in self._keys]

    def encrypt(self, plaintext: str) -> str:
        """AES-128-CBC with HMAC-SHA256 (Fernet) under the newest key."""
        return self._ring.encrypt(plaintext.encode()).decode()

    def decrypt(self, ciphertext: str) -> str:
        """The plaintext. Raises ValueError if no key decrypts the text or the text was changed."""
        try:
            return self._ring.decrypt(ciphertext.encode()).decode()
        except InvalidToken:
            raise ValueError(f"This was not encrypted with any key of {SETTING}.") from None

    def derive_token(self, purpose: str, subject: str) -> str:
        """43 URL-safe characters. They change when a new key becomes the first."""
        digest = _digest(self._keys[0].token_key, purpose, subject)
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def fingerprint(self, purpose: str, value: str) -> str:
        """64 hex digits under the newest key."""
        return _digest(self._keys[0].fingerprint_key, purpose, value).hex()

    def fingerprints(self, purpose: str, value: str) -> list[str]:
        """64 hex digits under each key, newest first."""
        return [_digest(key.fingerprint_key, purpose, value).hex() for key in self._keys]

    def mac(self, purpose: str, text: str) -> str:
        """HMAC-SHA256 under the newest key: the key's id, a full stop, and 64 hex digits."""
        key = self._keys[0]
        return f"{key.mac_key_id}.{_digest(key.mac_key, purpose, text).hex()}"

    def is_mac(self, purpose: str, text: str, mac: str) -> bool:
        """Whether the key that the MAC names made it for this purpose and text. False if that key is not set."""
        key = self._key_of(mac)
        expected = _digest(key.mac_key, purpose, text).hex() if key else ""
        return key is not None and hmac.compare_digest(expected.encode(), mac.partition(".")[2].encode())

    def has_key_of(self, mac: str) -> bool:
        """Whether the key that the MAC names is among the keys."""
        return self._key_of(mac) is not None

    def _key_of(self, mac: str) -> _KeySet | None:
        named = mac.partition(".")[0]
        return next((each for each in self._keys if each.mac_key_id == named), None)


def _read_key(text: str, position: int) -> bytes:
    """Decode and check a key. Error messages give its position, never its text."""
    key = _decode(text.strip())
    if key is None:
        raise ValueError(f"{SETTING}: key {position} is neither base64 nor hex.")
    if len(key) < KEY_BYTES:
        raise ValueError(f"{SETTING}: key {position} has {len(key)} bytes; it needs at least {KEY_BYTES} random ones.")
    if len(set(key)) < MIN_DISTINCT_BYTES:
        raise ValueError(f"{SETTING}: key {position} is not random. Make one with: openssl rand -base64 {KEY_BYTES}")
    return key


def _decode(text: str) -> bytes | None:
    # 64 hex digits are also valid base64 for other bytes, so hex is always tried first.
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
    return _KeySet(
        fernet,
        for_use("tokens"),
        for_use("fingerprints"),
        for_use("macs"),
        for_use("the id of the MACs' key")[:8].hex(),
    )


def _digest(key: bytes, purpose: str, value: str) -> bytes:
    # The length prefix keeps two different pairs of purpose and value from producing the same input.
    named = purpose.encode()
    return hmac.new(key, len(named).to_bytes(4, "big") + named + value.encode(), hashlib.sha256).digest()
