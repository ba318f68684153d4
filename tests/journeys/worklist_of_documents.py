"""What the desk must follow up among the practice's documents, on the staff screen's worklist."""

from playwright.async_api import Locator, expect

from tests.journeys.at_the_desk import Desk
from tests.looks import Look


async def the_declined_one_is_on_the_worklist(desk: Desk, title: str, said: str) -> None:
    """From the head to the list of declined documents, and from there to the record's documents."""
    page, heading = desk.page, desk.page.locator("main:not([aria-busy]) h1")
    await page.locator("#top").get_by_role("link", name="Worklist").click()
    await page.get_by_role("navigation", name="Worklist").get_by_role("link", name="Documents").click()
    await expect(heading).to_have_text("Worklist: documents to follow up")
    chosen = page.get_by_role("navigation", name="States").locator("[aria-current]")
    await expect(chosen).to_contain_text("Waiting for signatures: ")
    await expect(_rows(desk, title)).to_have_count(0)
    await page.get_by_role("link", name="Declined: 1", exact=True).click()
    await expect(chosen).to_have_text("Declined: 1")
    await expect(_rows(desk, title)).to_contain_text(said)
    await Look(320, 900).put_on(page)
    await desk.is_sound()
    await Look(1280, 900).put_on(page)
    await page.get_by_role("link", name=title, exact=True).click()
    await expect(heading).to_have_text("Mia Park")
    await expect(page.get_by_role("heading", name="Documents", exact=True)).to_be_focused()


def _rows(desk: Desk, title: str) -> Locator:
    """The rows of the list about a document."""
    link = desk.page.get_by_role("link", name=title, exact=True)
    return desk.page.locator("main tbody tr", has=link)
