"""The words of letters are complete: each kind in each language, with the same things filled in."""

from string import Formatter

import pytest

from clinic.letters.words import LANGUAGES, wording
from clinic.mail.models import LetterKind


def filled_in(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text)} - {None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_kind_of_letter_has_its_words(language: str) -> None:
    assert {kind.value for kind in LetterKind} - set(wording(language)) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_languages_say_the_same_with_the_same_facts(language: str) -> None:
    english, other = wording("en"), wording(language)
    assert set(other) == set(english)
    for section, words in english.items():
        assert set(other[section]) == set(words), section
        for name, text in words.items():
            assert bool(other[section][name]) == bool(text), (section, name)
            assert filled_in(other[section][name]) == filled_in(text), (section, name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_letters_do_not_shout(language: str) -> None:
    everything = " ".join(text for words in wording(language).values() for text in words.values())
    assert "!" not in everything
    assert "¡" not in everything
