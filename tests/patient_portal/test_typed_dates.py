"""Dates of birth as people type them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patient_portal.web.typed_dates import date_in_words, read_date

APRIL_12 = date(1956, 4, 12)
days = st.dates(date(1900, 1, 1), date(2030, 12, 31))
languages = st.sampled_from(["en", "es"])


@pytest.mark.parametrize(
    ("typed", "language", "meant"),
    [
        ("1956-04-12", "en", APRIL_12),
        ("1956-04-12", "es", APRIL_12),
        ("1956/4/12", "es", APRIL_12),
        ("4/12/1956", "en", APRIL_12),
        ("12/4/1956", "es", APRIL_12),
        ("04 12 1956", "en", APRIL_12),
        ("4.12.1956", "en", APRIL_12),
        ("04121956", "en", APRIL_12),
        ("12041956", "es", APRIL_12),
        ("19560412", "es", APRIL_12),
        ("April 12, 1956", "en", APRIL_12),
        ("april 12th 1956", "es", APRIL_12),
        ("12 Apr 1956", "en", APRIL_12),
        ("12 de abril de 1956", "en", APRIL_12),
        ("  12 ABRIL 1956 ", "es", APRIL_12),
        ("1956 April 12", "en", APRIL_12),
        ("٤/١٢/١٩٥٦", "en", APRIL_12),
        # Only one reading exists, whatever the habit.
        ("25/12/1956", "en", date(1956, 12, 25)),
        ("12/25/1956", "es", date(1956, 12, 25)),
        ("2/29/1956", "en", date(1956, 2, 29)),
        # None of these is a day, or it can't be told which.
        ("", "en", None),
        ("yes", "en", None),
        ("4/12/56", "en", None),
        ("April 12, 56", "en", None),
        ("2/30/1956", "en", None),
        ("0/12/1956", "en", None),
        ("13/13/1956", "en", None),
        ("Ap 12 1956", "en", None),
        ("April April 1956", "en", None),
        ("1956-04-12-01", "en", None),
        ("04/1956", "en", None),
        ("0000-00-00", "en", None),
        ("9" * 1000, "en", None),
        ("12 Smarch 1956", "en", None),
    ],
)
def test_dates_are_read_as_meant(typed: str, language: str, meant: date | None) -> None:
    assert read_date(typed, language) == meant


@pytest.mark.campaign
@given(days, languages)
def test_iso_dates_are_read_in_every_language(day: date, language: str) -> None:
    assert read_date(day.isoformat(), language) == day


@pytest.mark.campaign
@given(days, languages, languages)
def test_a_date_said_in_words_is_read_back(day: date, said: str, read: str) -> None:
    assert read_date(date_in_words(day, said), read) == day


@pytest.mark.campaign
@given(st.text(max_size=80), languages)
def test_no_text_is_too_strange_to_be_read(typed: str, language: str) -> None:
    day = read_date(typed, language)
    assert day is None or isinstance(day, date)
