"""Until when a signed document must be kept: to the day, in the practice's zone, leap days and minors included."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.documents.retention import erasable_on, kept_until, years_after
from clinic.values.limits import FEWEST_RETENTION_YEARS, MOST_RETENTION_YEARS

ZONES = ("UTC", "America/Boise", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu")
MOMENTS = st.integers(631152000, 3786912000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
BIRTHDAYS = st.none() | st.dates(date(1900, 1, 1), date(2090, 1, 1)) | st.just(date(2008, 2, 29))
YEARS = st.integers(FEWEST_RETENTION_YEARS, MOST_RETENTION_YEARS)


@pytest.mark.parametrize(
    ("signed", "born", "years", "zone", "until"),
    [
        ("2019-03-02T12:00", None, 7, "UTC", date(2026, 3, 2)),
        # The practice's day counts, not the one of Greenwich.
        ("2019-03-02T01:00", None, 7, "America/Boise", date(2026, 3, 1)),
        ("2019-03-02T13:00", None, 7, "Pacific/Kiritimati", date(2026, 3, 3)),
        # A leap day's anniversary is the 1st of March, so that no document is kept too short.
        ("2024-02-29T12:00", None, 1, "UTC", date(2025, 3, 1)),
        ("2024-02-29T12:00", None, 4, "UTC", date(2028, 2, 29)),
        # About an adult, somebody who is eighteen on that day, and a child.
        ("2019-03-02T12:00", date(1980, 5, 4), 7, "UTC", date(2026, 3, 2)),
        ("2019-03-02T12:00", date(2001, 3, 2), 7, "UTC", date(2026, 3, 2)),
        ("2019-03-02T12:00", date(2001, 3, 3), 7, "UTC", date(2026, 3, 3)),
        ("2019-03-02T12:00", date(2012, 2, 29), 7, "UTC", date(2037, 3, 1)),
        ("2019-03-02T12:00", None, None, "UTC", None),
    ],
)
def test_years_begin_with_the_last_signature_and_not_before_the_person_is_grown_up(
    signed: str, born: date | None, years: int | None, zone: str, until: date | None
) -> None:
    assert kept_until(datetime.fromisoformat(signed).replace(tzinfo=UTC), born, years, zone) == until


@given(signed=MOMENTS, born=BIRTHDAYS, years=YEARS, zone=st.sampled_from(ZONES), off=st.integers(-2, 2))
def test_the_list_and_the_act_agree_on_every_day(
    signed: datetime, born: date | None, years: int, zone: str, off: int
) -> None:
    until = kept_until(signed, born, years, zone)
    assert until is not None
    signed_on = signed.astimezone(ZoneInfo(zone)).date()
    assert until >= years_after(signed_on, years)
    assert born is None or until >= years_after(born, 18 + years)
    today = until + timedelta(days=off)
    listed = erasable_on(today, years, zone)
    assert (signed < listed.signed_before and (born is None or born <= listed.born_by)) == (off >= 0)


@given(day=st.dates(date(1900, 1, 1), date(2090, 1, 1)), years=YEARS)
def test_anniversary_is_the_same_day_or_the_one_after_a_missing_leap_day(day: date, years: int) -> None:
    later = years_after(day, years)
    assert later.year == day.year + years
    assert (later.month, later.day) in {(day.month, day.day), (3, 1)}
    assert (later.month, later.day) == (day.month, day.day) or (day.month, day.day) == (2, 29)
