"""Who asks, and when: all that batched reading needs of a request."""

from datetime import datetime
from typing import Protocol

from clinic.values.callers import PatientCaller, StaffCaller


class Asking(Protocol):
    """A request's context, to those who read for it."""

    @property
    def person(self) -> StaffCaller | PatientCaller:
        """Who is signed in; raises `Unauthenticated` where nobody is."""
        ...

    @property
    def now(self) -> datetime:
        """The moment the answer speaks of."""
        ...
