"""Axe, which judges whether a page can be used by everybody."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

# Neither the style sheets nor the sounds of a page are fetched a second time for axe: the only rules that ask for them
# are an experimental one, which is off, and the one about sounds that play by themselves, which we have none of.
_OPTIONS: dict[str, Any] = {"resultTypes": ["violations"], "preload": False}
# The rules that look at colours and at what is drawn where. All other rules read only elements and their attributes.
_LOOKS = ("color-contrast", "link-in-text-block", "scrollable-region-focusable")
# A modal dialog of the page or of an icon is all that people reach while it is open. The page behind it is judged where
# it is shown without the dialog.
_RUN = """options => {
  const icons = [...document.querySelectorAll("portal-status")].flatMap(icon => icon.shadowRoot ?? []);
  const open = [document, ...icons].map(place => place.querySelector("dialog:modal")).find(Boolean);
  return axe.run(open ?? document, options).then(found => found.violations);
}"""


async def violations(page: Page, *, looks_only: bool = False) -> list[dict[str, Any]]:
    """What axe finds on the page. Its script is half a megabyte: each page gets it once.

    `looks_only` is for a page that was judged whole just now, and has only other colours or another width since.
    """
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    options = {**_OPTIONS, "runOnly": _LOOKS} if looks_only else _OPTIONS
    found: list[dict[str, Any]] = await page.evaluate(_RUN, options)
    return found
