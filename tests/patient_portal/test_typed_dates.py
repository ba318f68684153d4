"""Dates of birth as people type them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patient_portal.web.typed_dates import Unread, date_in_words, read_date

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
        ("19121956", "es", date(1956, 12, 19)),
        # As Spanish speakers write.
        ("1 de setiembre de 1956", "es", date(1956, 9, 1)),
        ("1 set. 1956", "es", date(1956, 9, 1)),
        ("1 sept 1956", "es", date(1956, 9, 1)),
        ("1º de mayo de 1980", "es", date(1980, 5, 1)),
        ("1.º de mayo de 1980", "es", date(1980, 5, 1)),
        ("1° de mayo de 1980", "es", date(1980, 5, 1)),
        ("1ro de mayo de 1980", "es", date(1980, 5, 1)),
        ("1.er de mayo 1980", "es", date(1980, 5, 1)),
        ("primero de enero de 1990", "es", date(1990, 1, 1)),
        ("PRIMERO DE ENERO DEL 2001", "es", date(2001, 1, 1)),
        ("el día 3 de ago. del año 2001", "es", date(2001, 8, 3)),
        ("3-dic-2001", "es", date(2001, 12, 3)),
        ("1st of May 1980", "en", date(1980, 5, 1)),
        ("May 1st, 1980", "en", date(1980, 5, 1)),
        ("the first of May, 1980", "en", date(1980, 5, 1)),
        # Invisible characters that come with a copy.
        ("\u200b1956-04-12\ufeff", "en", APRIL_12),
        ("\u202a12 de ab\u00adril de 19\u200b56\u202c", "es", APRIL_12),
    ],
)
def test_dates_are_read_as_meant(typed: str, language: str, meant: date) -> None:
    assert read_date(typed, language) == meant


@pytest.mark.parametrize(
    ("typed", "language", "why"),
    [
        ("", "en", Unread.UNCLEAR),
        ("yes", "en", Unread.UNCLEAR),
        ("4/12/56", "en", Unread.SHORT_YEAR),
        ("April 12, 56", "en", Unread.SHORT_YEAR),
        ("12 de abril del 56", "es", Unread.SHORT_YEAR),
        ("2/30/1956", "en", Unread.NO_SUCH_DAY),
        ("30 de febrero de 1956", "es", Unread.NO_SUCH_DAY),
        ("0/12/1956", "en", Unread.NO_SUCH_DAY),
        ("13/13/1956", "en", Unread.NO_SUCH_DAY),
        ("Ap 12 1956", "en", Unread.UNCLEAR),
        ("April April 1956", "en", Unread.UNCLEAR),
        ("1956-04-12-01", "en", Unread.UNCLEAR),
        ("04/1956", "en", Unread.UNCLEAR),
        ("0000-00-00", "en", Unread.NO_SUCH_DAY),
        ("9" * 1000, "en", Unread.UNCLEAR),
        ("12 Smarch 1956", "en", Unread.UNCLEAR),
    ],
)
def test_what_is_no_day_is_told_apart(typed: str, language: str, why: Unread) -> None:
    assert read_date(typed, language) is why


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
    assert isinstance(day, (date, Unread))
