"""Which typed names are asked about before they sign."""

import pytest

from clinic.documents.typed_name import may_be_unfinished


@pytest.mark.parametrize("typed", ["x", "X.", "N G", "Nora", "ng", "...", "12 34", "Sukarno"])
def test_what_is_hardly_a_full_name_is_asked_about(typed: str) -> None:
    assert may_be_unfinished(typed, "Nora Gray")


@pytest.mark.parametrize(
    ("typed", "recorded"),
    [
        ("Nora Gray", "Nora Gray"),
        ("Nora Smith", "Nora Gray"),
        ("Sukarno", "Sukarno"),
        ("sukarno", "Sukarno"),
        ("Jose", "José"),
        ("Xu E", "Xu E"),
        ("山田太郎", "Taro Yamada"),
        ("王芳", "Fang Wang"),
        ("שרה לוי", "Sara Levi"),
        ("\U00031350太", "Tai"),
        ("N" * 201, "Nora Gray"),
    ],
)
def test_a_full_name_is_taken_without_a_question(typed: str, recorded: str) -> None:
    assert not may_be_unfinished(typed, recorded)
