"""What axe is asked of a page that was judged before finds the faults that other colours bring."""

import pytest
from playwright.async_api import Browser

from tests.axe import violations

PAGE = """<!doctype html><html lang="en"><title>Two faults</title>
<style>@media (prefers-color-scheme: dark) { body { background: #111111; color: #333333; } }</style>
<main><h1>Two faults</h1><p>Dark words on a dark page, and a field without a name.</p><input></main>"""


@pytest.mark.parametrize(
    ("colours", "looks_only", "found"),
    [
        ("light", False, ["label"]),
        ("light", True, []),
        ("dark", False, ["color-contrast", "label"]),
        ("dark", True, ["color-contrast"]),
    ],
)
async def test_rules_about_looks_find_what_is_hard_to_read(
    browser: Browser, colours: str, looks_only: bool, found: list[str]
) -> None:
    page = await browser.new_page(color_scheme="dark" if colours == "dark" else "light")
    await page.set_content(PAGE)
    assert [one["id"] for one in await violations(page, looks_only=looks_only)] == found
    await page.close()
