"""Hashes passwords and rates their strength, in threads.

Sources: NIST SP 800-63B-4 §3.1.1.2 (length, no composition rules, blocklist), OWASP Password Storage Cheat Sheet
(Argon2id, m = 19 MiB, t = 2, p = 1).
"""

import asyncio
import re
import unicodedata
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn_rs_py import zxcvbn

from clinic.values.limits import LONGEST_PASSWORD
from clinic.values.problems import Weakness

MIN_LENGTH = 15
# NIST SP 800-63B-4 §3.1.1.2: for a password that is used with a second factor only.
MIN_LENGTH_WITH_FACTOR = 8
# On zxcvbn's scale of 0 to 4. An offline attack finds a password below 3 within hours.
MIN_SCORE = 3
# How many letters and digits must remain after the person's and the practice's own words are removed.
MIN_UNRELATED = 8
_MIN_UNRELATED_WITH_FACTOR = 6
# zxcvbn tries every substitution of characters ("4" for "a"). With more characters than this it takes seconds and holds
# the interpreter lock all that time. A password whose first 50 characters are strong is strong.
_MAX_SCORED_LENGTH = 50
# Each hash takes 19 MiB and one core; more of them at the same time only make every sign-in slower. The threads are
# their own, because the allocator keeps those 19 MiB for each thread that ever hashed, and the event loop's pool has
# up to 32.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")


class HashingCost(NamedTuple):
    """What one hash takes."""

    passes: int
    memory_kib: int


COST = HashingCost(passes=2, memory_kib=19 * 1024)


def _hasher_at(cost: HashingCost) -> PasswordHasher:
    return PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=1)


_hasher = _hasher_at(COST)


@contextmanager
def hashing_at(cost: HashingCost) -> Iterator[None]:
    """Hash at another cost meanwhile. For tests, which hash thousands of times; the product always hashes at `COST`."""
    global _hasher  # one cost for all threads and tasks
    before, _hasher = _hasher, _hasher_at(cost)
    _dummy_hash.cache_clear()
    try:
        yield
    finally:
        _hasher = before
        _dummy_hash.cache_clear()


async def hash_password(password: str) -> str:
    """The Argon2id hash to store."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, _as_bytes(password))


async def password_matches(password_hash: str | None, password: str) -> bool:
    """Whether this is the password. Without a hash the answer is no after the same time, so timing shows nothing."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_threads, _verify, password_hash, _as_bytes(password))


def _verify(password_hash: str | None, password: bytes) -> bool:
    try:
        _hasher.verify(password_hash or _dummy_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(password_hash)


@cache
def _dummy_hash() -> str:
    return _hasher.hash("nobody has this password")


def is_short(password: str) -> bool:
    """Whether the password does only together with a second factor."""
    return len(_normal(password)) < MIN_LENGTH


async def weaknesses(password: str, about: Iterable[str], *, with_factor: bool = False) -> list[Weakness]:
    """Why the password is too weak; empty if it is strong enough.

    `about` are words about the person and the practice, such as their names and addresses. `with_factor`: the person
    has a second factor, so a shorter one does.
    """
    text = _normal(password)
    if len(text) < (MIN_LENGTH_WITH_FACTOR if with_factor else MIN_LENGTH):
        return [Weakness.TOO_SHORT_WITH_FACTOR if with_factor else Weakness.TOO_SHORT]
    if len(text) > LONGEST_PASSWORD:
        return [Weakness.TOO_LONG]
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        return [Weakness.NOT_TYPABLE]
    words = {word for phrase in about for word in (phrase, *re.split(r"[\s@.,-]+", phrase)) if len(word) > 2}
    unrelated = text.casefold()
    for word in sorted(words, key=len, reverse=True):
        unrelated = unrelated.replace(word.casefold(), "")
    fewest = _MIN_UNRELATED_WITH_FACTOR if with_factor else MIN_UNRELATED
    if sum(character.isalnum() for character in unrelated) < fewest:
        return [Weakness.ABOUT_THE_PERSON]
    found = await asyncio.to_thread(zxcvbn, text[:_MAX_SCORED_LENGTH], sorted(words))
    score = int(found.score)
    # zxcvbn gives eight random characters a 2: enough where guessing also needs the second factor.
    wanted = MIN_SCORE - 1 if with_factor else MIN_SCORE
    if score == wanted - 1:
        return [Weakness.NEARLY_STRONG]
    if score < wanted:
        return [Weakness.EASY_TO_GUESS]
    return []


def _normal(password: str) -> str:
    # Normalizing takes quadratic time in the length of a run of combining marks. Cutting the text changes no answer:
    # at most four characters become one, so a text cut here is still longer than LONGEST_PASSWORD.
    return unicodedata.normalize("NFC", password[: 4 * LONGEST_PASSWORD + 1])


def _as_bytes(password: str) -> bytes:
    # A lone surrogate is no valid character. It must count as a wrong password and not raise an error.
    return _normal(password).encode("utf-8", "surrogatepass")
