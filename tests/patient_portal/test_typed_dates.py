"""Dates of birth as people type them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patient_portal.web.typed_dates import TypedDate, Unread, date_in_words, month_in_words, read_date

APRIL_12 = date(1956, 4, 12)
days = st.dates(date(1900, 1, 1), date(2030, 12, 31))
languages = st.sampled_from(["en", "es"])


@pytest.mark.parametrize(
    ("day", "month", "year"),
    [
        ("12", "4", "1956"),
        ("12", "04", "1956"),
        ("12", "April", "1956"),
        ("12th", "apr.", "1956"),
        ("12", "ABRIL", "1956"),
        ("12.", "de abril", "del 1956"),
        ("١٢", "٤", "١٩٥٦"),
        # Invisible characters that come with a copy.
        ("\u200b12", "ab\u00adril", "19\u200b56\ufeff"),
    ],
)
def test_three_boxes_are_read(day: str, month: str, year: str) -> None:
    assert read_date(TypedDate(day, month, year)) == APRIL_12


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1956-04-12", APRIL_12),
        ("1956/4/12", APRIL_12),
        ("19560412", APRIL_12),
        ("April 12, 1956", APRIL_12),
        ("april 12th 1956", APRIL_12),
        ("12 Apr 1956", APRIL_12),
        ("12 de abril de 1956", APRIL_12),
        ("  12 ABRIL 1956 ", APRIL_12),
        ("1956 April 12", APRIL_12),
        ("١٩٥٦-٤-١٢", APRIL_12),
        # Only one reading exists.
        ("25/12/1956", date(1956, 12, 25)),
        ("12/25/1956", date(1956, 12, 25)),
        ("2/29/1956", date(1956, 2, 29)),
        ("5/5/1956", date(1956, 5, 5)),
        # As Spanish speakers write.
        ("1 de setiembre de 1956", date(1956, 9, 1)),
        ("1 set. 1956", date(1956, 9, 1)),
        ("1 sept 1956", date(1956, 9, 1)),
        ("1º de mayo de 1980", date(1980, 5, 1)),
        ("1.º de mayo de 1980", date(1980, 5, 1)),
        ("1° de mayo de 1980", date(1980, 5, 1)),
        ("1ro de mayo de 1980", date(1980, 5, 1)),
        ("1.er de mayo 1980", date(1980, 5, 1)),
        ("primero de enero de 1990", date(1990, 1, 1)),
        ("PRIMERO DE ENERO DEL 2001", date(2001, 1, 1)),
        ("el día 3 de ago. del año 2001", date(2001, 8, 3)),
        ("3-dic-2001", date(2001, 12, 3)),
        ("1st of May 1980", date(1980, 5, 1)),
        ("May 1st, 1980", date(1980, 5, 1)),
        ("the first of May, 1980", date(1980, 5, 1)),
        # Invisible characters that come with a copy.
        ("\u200b1956-04-12\ufeff", APRIL_12),
        ("\u202a12 de ab\u00adril de 19\u200b56\u202c", APRIL_12),
    ],
)
@pytest.mark.parametrize("box", ["day", "month", "year"])
def test_a_whole_date_in_one_box_is_read_where_it_has_one_meaning(typed: str, meant: date, box: str) -> None:
    assert read_date(TypedDate(**{box: typed})) == meant


@pytest.mark.parametrize(
    ("day", "month", "year", "why"),
    [
        ("", "", "", (Unread.EMPTY,)),
        (" \u200b", "", "", (Unread.EMPTY,)),
        ("12", "", "", (Unread.NO_MONTH, Unread.NO_YEAR)),
        ("", "4", "1956", (Unread.NO_DAY,)),
        ("0", "4", "1956", (Unread.NO_DAY,)),
        ("32", "13", "56", (Unread.NO_DAY, Unread.NO_MONTH, Unread.SHORT_YEAR)),
        ("12", "Smarch", "1956", (Unread.NO_MONTH,)),
        ("12", "Ap", "1956", (Unread.NO_MONTH,)),
        ("12", "0", "1956", (Unread.NO_MONTH,)),
        ("12", "4", "56", (Unread.SHORT_YEAR,)),
        ("12", "4", "19566", (Unread.NO_YEAR,)),
        ("12", "4", "0000", (Unread.NO_YEAR,)),
        ("30", "2", "1956", (Unread.NO_SUCH_DAY,)),
        ("30", "febrero", "1956", (Unread.NO_SUCH_DAY,)),
        ("29", "Feb", "1957", (Unread.NO_SUCH_DAY,)),
        ("yes", "yes", "yes", (Unread.NO_DAY, Unread.NO_MONTH, Unread.NO_YEAR)),
        # A whole date in one box that could mean two days, or none.
        ("4/12/1956", "", "", (Unread.UNCLEAR,)),
        ("", "04121956", "", (Unread.UNCLEAR,)),
        ("2/30/1956", "", "", (Unread.UNCLEAR,)),
        ("1956-04-12-01", "", "", (Unread.UNCLEAR,)),
        ("April April 1956", "", "", (Unread.UNCLEAR,)),
        ("04/1956", "", "", (Unread.UNCLEAR,)),
        ("4/25/56", "", "", (Unread.SHORT_YEAR,)),
        ("9" * 1000, "", "", (Unread.NO_DAY, Unread.NO_MONTH, Unread.NO_YEAR)),
    ],
)
def test_everything_that_is_wrong_is_told(day: str, month: str, year: str, why: tuple[Unread, ...]) -> None:
    assert read_date(TypedDate(day, month, year)) == why


def test_the_month_that_is_too_short_is_named() -> None:
    assert month_in_words(TypedDate("30", "feb", "1957"), "en") == "February 1957"
    assert month_in_words(TypedDate("30", "2", "1957"), "es") == "febrero de 1957"


@pytest.mark.campaign
@given(days)
def test_the_boxes_of_any_day_are_read(day: date) -> None:
    assert read_date(TypedDate(str(day.day), str(day.month), str(day.year))) == day
    assert read_date(TypedDate(day.isoformat())) == day


@pytest.mark.campaign
@given(days, languages)
def test_a_date_said_in_words_is_read_back(day: date, said: str) -> None:
    assert read_date(TypedDate(month=date_in_words(day, said))) == day


@pytest.mark.campaign
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_no_text_is_too_strange_to_be_read(day: str, month: str, year: str) -> None:
    assert isinstance(read_date(TypedDate(day, month, year)), (date, tuple))
