"""A passphrase to offer to whoever chooses a password: some words picked at random, never kept or logged.

The words are everyday things, free of meaning for a practice, written without accents so that they can be typed on any
keyboard. Five of more than 512 are over 45 bits, which no guesser gets through against our throttles, and which
`clinic.values.passwords` accepts.
"""

import secrets
from functools import cache
from pathlib import Path

WORDS = 5
_FOLDER = Path(__file__).parent / "passphrase_words"
_OTHERWISE = "en"


def new_passphrase(language: str) -> str:
    """Words of the language, or English ones, from the system's random source."""
    words = words_of(language)
    return " ".join(secrets.choice(words) for _ in range(WORDS))


@cache
def words_of(language: str) -> tuple[str, ...]:
    """The words to pick from, in order. Read once; the languages are the files there are."""
    known = {path.stem: path for path in _FOLDER.glob("*.txt")}
    return tuple(known.get(language, known[_OTHERWISE]).read_text(encoding="utf-8").split())
