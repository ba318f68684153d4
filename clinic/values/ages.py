"""How old a person can be."""

from datetime import date, timedelta

# Nobody has yet lived for 123 years.
_OLDEST = timedelta(days=366 * 130)


def earliest_birth(today: date) -> date:
    """No living person was born before this day."""
    return today - _OLDEST
