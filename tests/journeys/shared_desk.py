"""One signed-in window for many tests of a file: opening a window and signing in costs more than most of them do."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from playwright.async_api import Browser, expect

from tests.journeys.at_the_desk import ADMIN, FRONT_DESK, Desk, desk_at
from tests.journeys.conftest import HAS_PASSED, Product
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
        desk, self._returned = self._returned, None
        if desk:
            await _as_if_new(desk)
        else:
            desk = await self._opened()
        yield desk
        # A request that a test holds in its hands may still be under way.
        await desk.page.unroute_all(behavior="ignoreErrors")
        # What the window complained of is this test's: the next one is not told of it, when it closes this window.
        complaints = desk.complaints.copy()
        desk.complaints.clear()
        if test.stash.get(HAS_PASSED, False):
            assert complaints == []
            self._returned = desk

    async def close(self) -> None:
        window, self._window = self._window, AsyncExitStack()
        await window.aclose()

    async def _opened(self) -> Desk:
        await self.close()
        desk = await self._window.enter_async_context(desk_at(self._browser, self._url))
        await desk.signs_in(self._email)
        await desk.goes_to("account", "My account")
        return desk


# A file that imports one of these has a fixture `demo` of its own.


@pytest.fixture(scope="module")
async def front_desk(demo: Product, browser: Browser) -> AsyncIterator[SharedDesk]:
    shared = SharedDesk(browser, demo.api_url, FRONT_DESK)
    yield shared
    await shared.close()


@pytest.fixture(scope="module")
async def admins_desk(demo: Product, browser: Browser) -> AsyncIterator[SharedDesk]:
    shared = SharedDesk(browser, demo.api_url, ADMIN)
    yield shared
    await shared.close()


async def _as_if_new(desk: Desk) -> None:
    """Loaded again, because the screen remembers much of what was chosen in it."""
    page, heading = desk.page, desk.page.locator("main:not([aria-busy]) h1")
    for other in page.context.pages:
        if other is not page:
            await other.close()
    await Look(1280, 900).put_on(page)
    await page.evaluate("location.hash = '#/account'")
    await page.reload()
    await expect(heading).to_have_text(re.compile("^(My account|Mi cuenta)$"))
    if await heading.text_content() != "My account":
        await page.get_by_role("button", name="English").click()
        await expect(heading).to_have_text("My account")
    desk.loaded.clear()
