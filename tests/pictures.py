"""Takes the pictures of the documentation from the demo practice: `make pictures`. Nothing is retouched by hand."""

import asyncio
import io
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser import REMEDY, browser_path
from tests.journeys.at_the_desk import Desk, demo_practice, desk_at
from tests.journeys.demo_at_rest import demo_to_copy

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
# Pages are 1280 wide and shown smaller, so that words stay readable and files small.
SHOWN, COLOURS = 960, 192


async def _keep(page: Page, name: str, *, whole: bool = False) -> None:
    await expect(page.locator("main:not([aria-busy])")).to_be_visible()
    picture = Image.open(io.BytesIO(await page.screenshot(full_page=whole, animations="disabled"))).convert("RGB")
    small = picture.resize((SHOWN, round(picture.height * SHOWN / picture.width)), Image.Resampling.LANCZOS)
    # By coverage, or the few points of a globe would lose their blue.
    few = small.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(FOLDER / name, optimize=True)
    print(f"{name}: {(FOLDER / name).stat().st_size // 1000} kB")


async def _staff_screen(desk: Desk) -> None:
    page = desk.page
    await page.set_viewport_size({"width": 1280, "height": 760})
    await desk.signs_in()
    await page.get_by_role("button", name=re.compile("Appointment of Leo Park")).first.click()
    await expect(page.locator("#appointment h2")).to_be_focused()
    await _keep(page, "staff-calendar.png")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name=re.compile("Appointment of Omar Reyes")).first.click()
    icon = page.locator("#appointment portal-status")
    await icon.locator(".icon").click()
    await expect(icon.locator("dialog .address")).to_be_visible()
    await _keep(page, "staff-click.png")
    await icon.get_by_role("button", name="Cancel").click()
    await expect(icon.locator("dialog[open]")).to_have_count(0)
    await desk.finds("Mia Park")
    await expect(page.locator("main")).to_contain_text("Consent to counseling for a child")
    await _keep(page, "staff-record.png", whole=True)


async def _take(browser: Browser, folder: Path) -> None:
    demo = await demo_to_copy(folder)
    async with (
        demo_practice(demo, folder / "practice") as product,
        desk_at(browser, product.api_url) as desk,
    ):
        await _staff_screen(desk)


async def _main(chromium: str) -> None:
    with TemporaryDirectory() as folder:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            await _take(browser, Path(folder))
            await browser.close()


def main() -> int:
    chromium = browser_path()
    if chromium is None:
        print(REMEDY, file=sys.stderr)
        return 1
    asyncio.run(_main(chromium))
    return 0


if __name__ == "__main__":
    sys.exit(main())
