"""Takes every room of the staff screen and every page of the portal, small and large, light and dark, in both
languages, for people to look at.

`make look` writes the pictures and a sheet for each room or page into `var/look` and its folder `portal`. Nothing is
compared, and no test reads them. Whoever walks through the portal's pages to judge them takes their pictures, too
(`tests/patient_portal/browsing.py`).
"""

import asyncio
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from dev.demo.people import PASSWORD
from tests.browser import REMEDY, browser_path
from tests.journeys.at_the_desk import ADMIN, Desk, demo_practice, desk_at, record_of, token_of
from tests.journeys.conftest import Product
from tests.journeys.demo_at_rest import demo_to_copy
from tests.looks import EVERY_LOOK, Look

FOLDER = Path(__file__).parents[1] / "var" / "look"
PORTAL = FOLDER / "portal"
LANGUAGES = ("en", "es")
ROOMS = (
    *(
        "calendar",
        "contacts?search=Park",
        "worklist",
        "worklist?state=NO_ACCOUNT",
        "worklist?documents=WAITING",
        "transfers",
        "letters",
        "staff",
    ),
    *("settings", "programs", "webhooks", "import", "erasable", "account", "nowhere"),
)
PEOPLE = ("Mia Park", "Omar Reyes", "Nora Gray")
# A picture on a sheet is shown this wide, and cut where a page goes on for long.
SHOWN, TALLEST = 400, 2_400


async def _picture(page: Page, look: Look) -> Image.Image:
    await look.put_on(page)
    await page.wait_for_load_state("networkidle")
    return Image.open(io.BytesIO(await page.screenshot(full_page=True, animations="disabled"))).convert("RGB")


def _sheet(pictures: list[Image.Image]) -> Image.Image:
    """All pictures of one room side by side."""
    small = [one.resize((SHOWN, round(one.height * SHOWN / one.width))) for one in pictures]
    small = [one.crop((0, 0, SHOWN, min(one.height, TALLEST))) for one in small]
    sheet = Image.new("RGB", ((SHOWN + 8) * len(small), max(one.height for one in small)), "magenta")
    for number, one in enumerate(small):
        sheet.paste(one, ((SHOWN + 8) * number, 0))
    return sheet


async def _rooms(desk: Desk, rooms: dict[str, str], language: str) -> None:
    page = desk.page
    for name, address in rooms.items():
        await page.evaluate("to => { location.hash = to; }", f"#/{address}")
        await expect(page.locator("main:not([aria-busy]) h1")).to_be_visible()
        await page.wait_for_load_state("networkidle")
        pictures = [await _picture(page, look) for look in EVERY_LOOK]
        for look, one in zip(EVERY_LOOK, pictures, strict=True):
            one.save(FOLDER / f"{name}-{language}-{look.name}.png")
        _sheet(pictures).save(FOLDER / f"sheet-{name}-{language}.png")
        print(f"{name}, {language}")


async def _take(browser: Browser, practice: Product) -> None:
    token = await token_of(practice)
    rooms = {re.sub(r"\W+", "-", room): room for room in ROOMS}
    for name in PEOPLE:
        record = (await record_of(practice, token, name))["id"]
        rooms[name.replace(" ", "-")] = f"contact/{record}"
        rooms[f"audit-{name.replace(' ', '-')}"] = f"audit/{record}"
    for language in LANGUAGES:
        async with desk_at(browser, practice.api_url, locale=language) as desk:
            await _rooms(desk, {"sign-in": ""}, language)
            for name, text in (("organization", "willow-creek"), ("email", ADMIN), ("password", PASSWORD)):
                await desk.page.fill(f"[name={name}]", text)
            await desk.page.click("main form button[type=submit]")
            await expect(desk.page.locator("main:not([aria-busy]) table").first).to_be_visible()
            await _rooms(desk, rooms, language)


async def _main(chromium: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        demo = await demo_to_copy(Path(folder))
        async with async_playwright() as playwright, demo_practice(demo, Path(folder) / "practice") as practice:
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            await _take(browser, practice)
            await browser.close()


def _portal() -> int:
    """The pictures that the tests take where they walk through the portal, and a sheet for each page."""
    PORTAL.mkdir(parents=True, exist_ok=True)
    walking = [sys.executable, "-m", "pytest", "tests/patient_portal", "-m", "walk", "-q", "-p", "no:randomly"]
    walked = subprocess.run(walking, env={**os.environ, "VESTIBULE_SCREENSHOTS": str(PORTAL)}, check=False)
    first = f"-{EVERY_LOOK[0].name}.png"
    for picture in sorted(PORTAL.glob(f"*{first}")):
        name = picture.name.removesuffix(first)
        pictures = [Image.open(PORTAL / f"{name}-{look.name}.png").convert("RGB") for look in EVERY_LOOK]
        _sheet(pictures).save(PORTAL / f"sheet-{name}.png")
    return walked.returncode


def main() -> int:
    chromium = browser_path()
    if chromium is None:
        print(REMEDY, file=sys.stderr)
        return 1
    asyncio.run(_main(chromium))
    return _portal()


if __name__ == "__main__":
    sys.exit(main())
