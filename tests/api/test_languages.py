"""Which of our languages a request is answered in."""

import pytest
from starlette.datastructures import Headers

from api.requests.languages import language_for


def asked(*values: str) -> Headers:
    return Headers(raw=[(b"accept-language", value.encode("latin-1")) for value in values])


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("es", "es"),
        ("ES-mx", "es"),
        ("en-US,en;q=0.9,es;q=0.8", "en"),
        ("es-US,es;q=0.9,en;q=0.8", "es"),
        ("en;q=0.4 , es ; q=0.7", "es"),
        ("fr-CA,fr,es;q=0.2", "es"),
        ("es, en", "es"),
        ("en, es", "en"),
        ("fr", "en"),
        ("*", "en"),
        ("es, *", "es"),
        ("en;q=0, *", "es"),
        ("es;q=0", "en"),
        ("en;q=0, es;q=0", "en"),
        ("es;q=2, en;q=0.1", "en"),
        ("es;q=nan", "en"),
        ("est, en-GB;q=0.1", "en"),
        ("", "en"),
        (";;,,q=1", "en"),
        ("é\x00, es;q=0.5", "es"),
        ("es," * 400, "en"),
    ],
)
def test_the_language_liked_best_is_spoken_else_english(header: str, language: str) -> None:
    assert language_for(asked(header)) == language


def test_no_header_is_answered_in_english_and_several_count_as_one() -> None:
    assert language_for(asked()) == "en"
    assert language_for(asked("en;q=0.1", "es")) == "es"
