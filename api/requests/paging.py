"""How a field is asked for a page of a list: its four arguments, and the core's page request they become."""

from typing import Annotated

import strawberry

from api.server.relay import Cursors, PageSizes, page_asked
from clinic.values.paging import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, PageRequest

PAGE_SIZES = PageSizes(default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE)

First = Annotated[int | None, strawberry.argument(description=PAGE_SIZES.about_first)]
After = Annotated[str | None, strawberry.argument(description=PAGE_SIZES.about_after)]
Last = Annotated[int | None, strawberry.argument(description=PAGE_SIZES.about_last)]
Before = Annotated[str | None, strawberry.argument(description=PAGE_SIZES.about_before)]


def page_request(
    cursors: Cursors, first: int | None, after: str | None, last: int | None, before: str | None
) -> PageRequest:
    """The page that a field's arguments ask for; raises `BadUserInput` naming the one that can't be used."""
    asked = page_asked(cursors, PAGE_SIZES, first, after, last, before)
    return PageRequest(asked.limit, asked.after, asked.before, asked.backwards)
