"""Axe, which judges whether a page can be used by everybody."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

_RUN = "axe.run({resultTypes: ['violations']}).then(found => found.violations)"


async def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds on the page. Its script is half a megabyte: each page gets it once."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = await page.evaluate(_RUN)
    return found
