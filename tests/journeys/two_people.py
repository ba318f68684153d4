"""What one person at the desk asks for and another decides: merging two records, and giving an account to another."""

from playwright.async_api import expect

from tests.journeys.at_the_desk import Desk
from tests.looks import Look


async def _chooses(desk: Desk, kept: str, duplicate: str, *, typed: str) -> None:
    """On one record, which other is the same person's."""
    page = desk.page
    await desk.finds(kept)
    await page.get_by_role("button", name="Merge another record into this one").click()
    await expect(page.locator("dialog h2")).to_be_focused()
    await page.fill("dialog [name='-who']", typed)
    await page.keyboard.press("Enter")
    await page.get_by_role("radio", name=duplicate).check()


async def a_merge_is_asked_for(desk: Desk) -> None:
    """Kimberly Oak's record into Kim Oak's."""
    page = desk.page
    await _chooses(desk, "Kim Oak", "Kimberly Oak", typed="Kimberly")
    await desk.is_sound()
    await page.get_by_role("button", name="Compare the two records").click()
    await expect(page.locator("dialog[open] h2")).to_have_text("Is this one person, Kim Oak?")
    for look in (Look(320, 900), Look(390, 900, color_scheme="dark"), Look(1280, 900)):
        await look.put_on(page)
        await desk.is_sound()
    await page.fill("dialog [name=reason]", "She showed the same card twice.")
    await page.get_by_role("button", name="Ask a colleague to approve the merge").click()
    await expect(page.locator("#notices")).to_contain_text("The request waits for a colleague.")
    # Who asked can't approve: what they may not do is not offered.
    await expect(page.get_by_role("button", name="Withdraw the request")).to_be_visible()
    # The merges come with the record, in one question.
    asked = [str(one.request.post_data) for one in desk.loaded if "contactMerges(" in (one.request.post_data or "")]
    assert [question for question in asked if "closedThrottles" not in question] == []
    assert asked
    await expect(page.get_by_role("button", name="Merge the two records")).to_have_count(0)
    await desk.is_sound()


async def two_accounts_are_no_merge(desk: Desk) -> None:
    """Leo Park has an account and Ines Novak an invitation: the merge is refused, and what to do is said."""
    page = desk.page
    await _chooses(desk, "Leo Park", "Ines Novak", typed="Ines Novak")
    await page.get_by_role("button", name="Compare the two records").click()
    await page.fill("dialog [name=reason]", "The same person.")
    await page.get_by_role("button", name="Ask a colleague to approve the merge").click()
    await expect(page.locator("dialog [role=alert]")).to_have_text(
        "Both records have a portal account. Find out which one the person uses, and unlink the other first."
    )
    await page.keyboard.press("Escape")
    await expect(page.locator("dialog")).to_have_count(0)


async def a_transfer_is_asked_for(desk: Desk) -> None:
    """Of Leo Park's account for Lee Parker, who bears the same address. The request is seen on the record."""
    page, waits = desk.page, desk.page.locator("main section", has_text="A transfer is waiting")
    await desk.finds("Lee Parker")
    await expect(waits).to_have_count(0)
    await page.get_by_role("button", name="Ask for a transfer").click()
    await page.fill("dialog [name=reason]", "The account was made at our desk for Lee.")
    await page.locator("dialog button[type=submit]").click()
    await expect(page.locator("#notices")).to_contain_text(
        "Lee Parker: The transfer is asked for; a colleague decides."
    )
    await expect(waits).to_contain_text("Asked by Frances Desk on ")
    await expect(waits).to_contain_text("The account was made at our desk for Lee.")
    await expect(waits.get_by_role("button", name="Withdraw the request")).to_be_visible()
    await desk.is_sound()


async def the_transfer_is_approved(colleague: Desk) -> None:
    """By another, in Spanish; the record's history says how the account came to it."""
    page = colleague.page
    await colleague.goes_to("transfers", "Transferencias")
    await page.get_by_role("button", name="Dar la cuenta a Lee Parker").click()
    await page.locator("dialog button[type=submit]").click()
    await expect(page.locator("#notices")).to_contain_text("La cuenta es ahora de Lee Parker.")
    await colleague.goes_to("contacts?search=Lee+Parker&single=opens", "Lee Parker")
    await expect(page.locator(".history li").first).to_contain_text("leo.park@example.com")
    await expect(page.locator(".history li").first).to_contain_text("por transferencia revisada")
