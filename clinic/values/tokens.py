"""Random bearer tokens. They are shown once; only their hash is stored."""

import hashlib
import secrets
from enum import StrEnum

from clinic.values.text import trimmed


def new_token() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """SHA-256 in hex, without what was pasted around the token. Unsalted is enough for secrets of 128 bits and more."""
    return hashlib.sha256(trimmed(token).encode("utf-8", "surrogatepass")).hexdigest()


class TokenClosed(StrEnum):
    """Why the token of a mailed link was closed. An expired token is not closed; its `expires_at` shows it."""

    USED = "USED"
    REPLACED = "REPLACED"
    WITHDRAWN = "WITHDRAWN"
