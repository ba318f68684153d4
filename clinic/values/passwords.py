"""Hashing and judging passwords, off the event loop.

Sources: NIST SP 800-63B-4 §3.1.1.2 (length, no composition rules, blocklist), OWASP Password Storage Cheat Sheet
(Argon2id, m = 19 MiB, t = 2, p = 1).
"""

import asyncio
import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn_rs_py import zxcvbn

from clinic.values.problems import Weakness

MIN_LENGTH = 15
MAX_LENGTH = 200
# zxcvbn's scale of 0 to 4; below 3 a password falls to an offline attack within hours.
MIN_SCORE = 3
# What is left of a password without the words about its person must not be a mere ornament.
MIN_UNRELATED = 8
# zxcvbn tries every reading of signs as letters ("4" as "a"): beyond this many characters, seconds of a core without
# letting go of the interpreter. What begins well enough needs no more judging.
_JUDGED = 50
# Each hash takes 19 MiB and a core; more at once only makes every sign-in slower.
_AT_ONCE = 2

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _limiter(_loop: asyncio.AbstractEventLoop) -> asyncio.Semaphore:
    return asyncio.Semaphore(_AT_ONCE)


async def hash_password(password: str) -> str:
    """The Argon2id hash to store."""
    async with _limiter(asyncio.get_running_loop()):
        return await asyncio.to_thread(_hasher.hash, _as_bytes(password))


async def password_matches(password_hash: str | None, password: str) -> bool:
    """Whether this is the password. With no hash it takes just as long and answers no: nobody can tell them apart."""
    async with _limiter(asyncio.get_running_loop()):
        return await asyncio.to_thread(_verify, password_hash, _as_bytes(password))


def _verify(password_hash: str | None, password: bytes) -> bool:
    try:
        _hasher.verify(password_hash or _decoy(), password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)


@cache
def _decoy() -> str:
    return _hasher.hash("nobody has this password")


async def weaknesses(password: str, about: Iterable[str]) -> list[Weakness]:
    """Why the password may not be used; empty if it may. `about`: words of person and practice."""
    text = _normal(password)
    if len(text) < MIN_LENGTH:
        return [Weakness.TOO_SHORT]
    if len(text) > MAX_LENGTH:
        return [Weakness.TOO_LONG]
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        return [Weakness.NOT_TYPABLE]
    words = {word for phrase in about for word in (phrase, *re.split(r"[\s@.,-]+", phrase)) if len(word) > 2}
    unrelated = text.casefold()
    for word in sorted(words, key=len, reverse=True):
        unrelated = unrelated.replace(word.casefold(), "")
    if sum(character.isalnum() for character in unrelated) < MIN_UNRELATED:
        return [Weakness.ABOUT_THE_PERSON]
    found = await asyncio.to_thread(zxcvbn, text[:_JUDGED], sorted(words))
    score = int(found.score)
    if score == MIN_SCORE - 1:
        return [Weakness.NEARLY_STRONG]
    if score < MIN_SCORE:
        return [Weakness.EASY_TO_GUESS]
    return []


def _normal(password: str) -> str:
    # Normalizing takes time in the square of a run of combining marks. Cutting changes no answer: four characters
    # at most become one, so what is longer than this stays longer than MAX_LENGTH.
    return unicodedata.normalize("NFC", password[: 4 * MAX_LENGTH + 1])


def _as_bytes(password: str) -> bytes:
    # Half a surrogate pair is no character, but a wrong password all the same.
    return _normal(password).encode("utf-8", "surrogatepass")
