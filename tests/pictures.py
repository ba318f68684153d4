"""Takes the pictures of the documentation from the demo practice: `make pictures`. Nothing is retouched by hand."""

import asyncio
import io
import re
import sys
from base64 import b64encode
from email.message import EmailMessage
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
import pypdfium2
from PIL import Image
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser import REMEDY, browser_path
from tests.journeys.at_the_desk import Desk, demo_practice, desk_at, record_of, token_of
from tests.journeys.conftest import Product
from tests.journeys.demo_at_rest import demo_to_copy
from tests.journeys.person import link_in

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
# Pages are 1280 wide and shown smaller, so that words stay readable and files small.
SHOWN, COLOURS = 960, 192
TALL, MARGIN, PAPER = 960, 20, (217, 222, 220)

INVITE = """mutation ($input: CreatePortalAccountInput!) { createPortalAccount(input: $input) { __typename } }"""
PRINT = """mutation ($input: PrintPortalInstructionsInput!) { printPortalInstructions(input: $input) {
  ... on PrintPortalInstructionsSuccess { url } } }"""


async def _picture(page: Page, *, whole: bool = False) -> Image.Image:
    return Image.open(io.BytesIO(await page.screenshot(full_page=whole, animations="disabled"))).convert("RGB")


def _save(picture: Image.Image, name: str) -> None:
    # By coverage, or the few points of a globe would lose their blue.
    few = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(FOLDER / name, optimize=True)
    print(f"{name}: {(FOLDER / name).stat().st_size // 1000} kB")


async def _keep(page: Page, name: str, *, whole: bool = False) -> None:
    await expect(page.locator("main:not([aria-busy])")).to_be_visible()
    picture = await _picture(page, whole=whole)
    _save(picture.resize((SHOWN, round(picture.height * SHOWN / picture.width)), Image.Resampling.LANCZOS), name)


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


async def _icon(page: Page, url: str) -> None:
    """The six states as the gallery shows them, on light and on dark."""
    await page.set_viewport_size({"width": 1280, "height": 760})
    await page.goto(f"{url}/elements/v1/gallery.html")
    shown = []
    for kind in ("light", "dark"):
        row = page.locator(f"section.{kind}:not(.mono) > .row")
        await expect(row.locator("portal-status")).to_have_count(6)
        shown.append(Image.open(io.BytesIO(await row.screenshot())).convert("RGB"))
    wide, high = shown[0].width + 2 * MARGIN, shown[0].height + MARGIN
    both = Image.new("RGB", (wide, 2 * high))
    for number, one in enumerate(shown):
        # What is around the icons has the colour of what is between them.
        both.paste(Image.new("RGB", (wide, high), one.getpixel((0, 0))), (0, number * high))
        both.paste(one, (MARGIN, number * high + MARGIN // 2))
    _save(both, "the-icon.png")


async def _letter(page: Page, letter: EmailMessage) -> Image.Image:
    """As a mail program shows it, with the logo that came along."""
    part = letter.get_body(("html",))
    assert part is not None
    html = str(part.get_content())
    for one in letter.walk():
        if one.get_content_maintype() == "image":
            shown = f"data:image/png;base64,{b64encode(one.get_content()).decode()}"
            html = html.replace(f"cid:{one['Content-ID'].strip('<>')}", shown)
    await page.set_viewport_size({"width": 680, "height": TALL})
    await page.set_content(html)
    return await _picture(page)


async def _printed(url: str) -> Image.Image:
    async with httpx2.AsyncClient() as http:
        sheet = pypdfium2.PdfDocument((await http.get(url)).content)[0]
    picture: Image.Image = sheet.render(scale=TALL / sheet.get_height()).to_pil().convert("RGB")
    return picture


async def _way_in(browser: Browser, product: Product) -> None:
    """What the patient gets: the letter, the page where its link leads, on a phone, and the printed sheet."""
    token = await token_of(product)
    calvin = await record_of(product, token, "Calvin Moreau")
    await product.graphql(INVITE, token, input={"contactId": calvin["id"]})
    letter = await product.letter_to(calvin["emails"][0])
    page = await browser.new_page(viewport={"width": 390, "height": TALL})
    await page.goto(link_in(letter, "register"))
    phone = await _picture(page)
    printed = await product.graphql(PRINT, token, input={"contactId": calvin["id"]})
    # A page of its own: the portal's allows no styles in its sentences.
    mail = await browser.new_page()
    parts = [await _letter(mail, letter), phone, await _printed(printed["printPortalInstructions"]["url"])]
    await mail.close()
    await page.close()
    width = sum(one.width + MARGIN for one in parts) + MARGIN
    beside = Image.new("RGB", (width, TALL + 2 * MARGIN), PAPER)
    at = MARGIN
    for one in parts:
        beside.paste(one, (at, MARGIN))
        at += one.width + MARGIN
    _save(beside, "the-way-in.png")


async def _take(browser: Browser, folder: Path) -> None:
    demo = await demo_to_copy(folder)
    async with (
        demo_practice(demo, folder / "practice", with_portal=True) as product,
        desk_at(browser, product.api_url) as desk,
    ):
        await _staff_screen(desk)
        await _icon(desk.page, product.api_url)
        await _way_in(browser, product)


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
