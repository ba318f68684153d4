"""One signed-in window for many tests of a file: opening a window and signing in costs more than most of them do."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from playwright.async_api import Browser, expect

from tests.journeys.at_the_desk import FRONT_DESK, Desk, desk_at
from tests.journeys.conftest import HAS_PASSED
from tests.looks import Look


class SharedDesk:
    """Lends its window to one test after the other; after a test that failed, the next one gets a new window.

    A test that replaces the page's clock, leaves a draft or ends signed out needs its own window (`desk_at`).
    """

    def __init__(self, browser: Browser, url: str, email: str) -> None:
        self._browser, self._url, self._email = browser, url, email
        self._window = AsyncExitStack()
        self._returned: Desk | None = None

    @asynccontextmanager
    async def lent(self, test: pytest.Item) -> AsyncIterator[Desk]:
        """The window, in English, on the page of one's own account. Nothing is left there of the test before."""
        desk, self._returned = self._returned or await self._opened(), None
        await _as_if_new(desk)
        yield desk
        if test.stash.get(HAS_PASSED, False):
            # A request that a test holds in its hands may still be under way.
            await desk.page.unroute_all(behavior="ignoreErrors")
            assert desk.complaints == [], desk.complaints
            self._returned = desk

    async def close(self) -> None:
        window, self._window = self._window, AsyncExitStack()
        await window.aclose()

    async def _opened(self) -> Desk:
        await self.close()
        desk = await self._window.enter_async_context(desk_at(self._browser, self._url))
        await desk.signs_in(self._email)
        return desk


@asynccontextmanager
async def shared_desk(browser: Browser, url: str, email: str = FRONT_DESK) -> AsyncIterator[SharedDesk]:
    shared = SharedDesk(browser, url, email)
    yield shared
    await shared.close()


async def _as_if_new(desk: Desk) -> None:
    page = desk.page
    for other in page.context.pages:
        if other is not page:
            await other.close()
    await Look(1280, 900).put_on(page)
    await desk.goes_to("account", "")
    if await page.locator("html").get_attribute("lang") != "en":
        await page.get_by_role("button", name="English").click()
    await expect(page.locator("main:not([aria-busy]) h1")).to_have_text("My account")
    await expect(page.locator("dialog")).to_have_count(0)
    await expect(page.locator("#notices")).to_be_empty()
    desk.loaded.clear()
