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

from clinic.values.limits import LONGEST_PASSWORD

MIN_LENGTH = 15
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


async def weaknesses(password: str, about: Iterable[str]) -> list[str]:
    """Why the password may not be used, in plain sentences; empty if it may. `about`: words of person and practice."""
    text = _normal(password)
    if len(text) < MIN_LENGTH:
        return [f"Use at least {MIN_LENGTH} characters. A short sentence is easy to remember."]
    if len(text) > LONGEST_PASSWORD:
        return [f"Use at most {LONGEST_PASSWORD} characters."]
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        return ["Use characters that can be typed on any keyboard."]
    words = {word for phrase in about for word in (phrase, *re.split(r"[\s@.,-]+", phrase)) if len(word) > 2}
    unrelated = text.casefold()
    for word in sorted(words, key=len, reverse=True):
        unrelated = unrelated.replace(word.casefold(), "")
    if sum(character.isalnum() for character in unrelated) < MIN_UNRELATED:
        return ["Leave out your name, your address and the name of the practice: others could guess them."]
    found = await asyncio.to_thread(zxcvbn, text[:_JUDGED], sorted(words))
    score = int(found.score)
    if score == MIN_SCORE - 1:
        return ["This password is almost strong enough. Add another word that has nothing to do with the rest."]
    if score < MIN_SCORE:
        return ["This password is easy to guess. Four or more unrelated words make a strong one."]
    return []


def _normal(password: str) -> str:
    # Normalizing takes time in the square of a run of combining marks. Cutting changes no answer: four characters
    # at most become one, so what is longer than this stays longer than LONGEST_PASSWORD.
    return unicodedata.normalize("NFC", password[: 4 * LONGEST_PASSWORD + 1])


def _as_bytes(password: str) -> bytes:
    # Half a surrogate pair is no character, but a wrong password all the same.
    return _normal(password).encode("utf-8", "surrogatepass")
