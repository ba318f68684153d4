"""The ways that guesses have closed for a person."""

from datetime import datetime

import strawberry

from api.types import enums as enums
from clinic.throttling import closed
from clinic.throttling.closed import ClosedWay


@strawberry.type(description="A way that is closed because somebody tried too often: a stranger, or the person.")
class ClosedThrottle:
    way: ClosedWay = strawberry.field(description="What was tried too often.")
    until: datetime = strawberry.field(description="When it opens by itself.")

    @classmethod
    def from_core(cls, throttle: closed.ClosedThrottle) -> "ClosedThrottle":
        return cls(way=throttle.way, until=throttle.until)
