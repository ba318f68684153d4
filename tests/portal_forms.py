"""Typing into the portal's forms in a browser."""

from playwright.async_api import Page


async def type_into(page: Page, name: str, text: str) -> None:
    """Fill in the field with that name. A date as YYYY-MM-DD goes into its three boxes, other text for it into one."""
    if name != "date_of_birth":
        await page.fill(f"main [name={name}]", text)
        return
    parts = text.split("-")
    year, month, day = parts if len(parts) == 3 else ("", text, "")
    for box, typed in (("day", day), ("month", month), ("year", year)):
        await page.fill(f"#date_of_birth-{box}", typed)
