"""Forms with a list of lines on a record: the line that is wrong is the one that is marked."""

from playwright.async_api import Locator, Page, expect


async def types_an_id(page: Page) -> Locator:
    """Into the last row, besides those that the record has."""
    await page.get_by_role("button", name="External ids of Nora Gray").click()
    box = page.get_by_role("dialog", name="External ids of Nora Gray")
    await expect(box.get_by_label("System, such as").first).to_be_focused()
    await box.get_by_role("button", name="Add an external id").click()
    await box.get_by_label("System, such as").last.fill("https://ehr.example/patients")
    await box.get_by_label("Number there").last.fill("0042 & more")
    return box


async def the_wrong_line_is_marked(page: Page) -> None:
    """Whichever line of a list is wrong, and in whatever order the list is sent."""
    wrong = page.locator("dialog [aria-invalid]")
    box = await types_an_id(page)
    await box.get_by_label("System, such as").last.fill("no system")
    await box.locator("button[type=submit]").click()
    await expect(wrong).to_have_attribute("name", "externalIds-1-system")
    await expect(wrong).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)
    await page.get_by_role("button", name="Change the addresses").click()
    await page.fill("dialog [name=emails-0]", "nora.gray@example.com")
    await page.get_by_role("button", name="Add an address").click()
    await page.fill("dialog [name=emails-1]", "not an address")
    await page.locator("dialog [name='-first-emails']").nth(1).check()
    await page.click("dialog button[type=submit]")
    await expect(wrong).to_have_attribute("name", "emails-1")
    await expect(wrong).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)


async def the_wrong_phone_is_marked(page: Page) -> None:
    """In the form of a new contact, below the list of addresses."""
    await page.fill("dialog [name=emails]", "nobody.has.it@example.com")
    await page.fill("dialog [name=phones]", "555 123 4567\nno number")
    await page.click("dialog button[type=submit]")
    await expect(page.locator("dialog [aria-invalid]")).to_have_attribute("name", "phones")
    await expect(page.locator("dialog .field:has([name=phones]) .error")).to_contain_text("Line 2: ")
