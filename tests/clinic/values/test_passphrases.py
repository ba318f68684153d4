"""The passphrase offered with every password to be chosen: random, easy to type, and good enough for our own rules."""

import re
from math import log2

import pytest

from clinic.values.passphrases import WORDS, new_passphrase, words_of
from clinic.values.passwords import weaknesses

LANGUAGES = ["en", "es"]
ENOUGH_BITS = 45


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_many_short_and_typed_on_any_keyboard(language: str) -> None:
    words = words_of(language)
    assert len(set(words)) == len(words)
    assert len(words) > 512
    assert [word for word in words if not re.fullmatch("[a-z]{4,8}", word)] == []
    assert list(words) == sorted(words)
    assert WORDS * log2(len(words)) > ENOUGH_BITS


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_suggestion_passes_our_own_rules(language: str) -> None:
    about = ["Omar", "Reyes", "omar.reyes@example.com", "Willow Creek Counseling", "1980-05-04"]
    for _ in range(200):
        suggested = new_passphrase(language)
        assert await weaknesses(suggested, about) == [], suggested


@pytest.mark.parametrize("language", LANGUAGES)
def test_suggestions_differ_and_use_the_whole_list(language: str) -> None:
    suggested = [new_passphrase(language) for _ in range(3000)]
    assert len(set(suggested)) == 3000
    # 15,000 picks from some 600 words leave one out once in some hundred million runs.
    assert set(" ".join(suggested).split()) == set(words_of(language))


def test_another_language_gets_english_words() -> None:
    assert words_of("fr") == words_of("en")
    assert set(words_of("es")) != set(words_of("en"))
