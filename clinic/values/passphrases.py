"""Passphrases that the portal suggests when a person chooses a password. They are random, never stored or logged.

The words are everyday things without a medical meaning, and have no accents, so that every keyboard can type them.
Five of more than 512 words are over 45 bits. The rate limits make guessing hopeless at that strength, and
`clinic.values.passwords` accepts it.
"""

import secrets
from functools import cache
from pathlib import Path

WORDS = 5
_FOLDER = Path(__file__).parent / "passphrase_words"
_DEFAULT_LANGUAGE = "en"


def new_passphrase(language: str) -> str:
    """Words of the language, or English words if we have none of that language, from the system's random source."""
    words = words_of(language)
    return " ".join(secrets.choice(words) for _ in range(WORDS))


@cache
def words_of(language: str) -> tuple[str, ...]:
    """The words to choose from, in the file's order. There is one file for each language; each is read once."""
    known = {path.stem: path for path in _FOLDER.glob("*.txt")}
    return tuple(known.get(language, known[_DEFAULT_LANGUAGE]).read_text(encoding="utf-8").split())
