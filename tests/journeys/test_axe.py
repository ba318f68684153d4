"""That axe, as our tests ask it, notices what is wrong in a dialog: of the page, and of an icon."""

from playwright.async_api import Browser

from tests.axe import violations

_PAGE = """<!doctype html><html lang="en"><title>Planted</title>
<main><h1>Planted</h1><portal-status></portal-status></main>
<dialog aria-label="Outside"></dialog>"""
_FAULTS = "<p style='color: #bbb; background: #fff'>Pale words</p><input>"
_OPEN = """faults => {
  const icon = document.querySelector("portal-status");
  const root = icon.shadowRoot ?? icon.attachShadow({ mode: "open" });
  root.innerHTML = '<dialog aria-label="Inside"></dialog>';
  const [outside, inside] = [document.querySelector("dialog"), root.querySelector("dialog")];
  const dialog = faults.inside ? inside : outside;
  outside.close();
  dialog.innerHTML = faults.html;
  dialog.showModal();
}"""


async def test_faults_in_a_dialog_are_found_wherever_it_is(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content(_PAGE)
    assert await violations(page) == []
    for inside in (False, True):
        await page.evaluate(_OPEN, {"inside": inside, "html": "<p>Words</p>"})
        assert await violations(page) == []
        await page.evaluate(_OPEN, {"inside": inside, "html": _FAULTS})
        assert [one["id"] for one in await violations(page)] == ["color-contrast", "label"]
        assert [one["id"] for one in await violations(page, looks_only=True)] == ["color-contrast"]
    await page.close()
