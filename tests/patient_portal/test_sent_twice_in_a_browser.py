"""A real double click, with and without JavaScript, on the forms whose first request uses up what the second needs."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from clinic.sessions.models import PatientSession
from clinic.work.models import AuditEvent
from tests.patient_portal.browsing import SEND, Served, page_of
from tests.patient_portal.people import NEW_PASSWORD
from tests.patient_portal.practice import EMAIL, PASSWORD
from tests.portal_forms import type_into

AGAIN = "nine copper anchors rest"


async def double_click(page: Page, ends_at: str) -> None:
    """The second click comes while the first request is under way."""
    await page.dblclick(SEND, no_wait_after=True)
    # Polled: the second click ends the first one's navigation, which `wait_for_url` takes for a failure.
    await expect(page).to_have_url(re.compile(re.escape(ends_at.removeprefix("**")) + "$"))
    await page.wait_for_load_state()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
async def test_double_click_is_one_click(browser: Browser, served: Served, scripts: bool) -> None:
    practice = served.practice
    link = await practice.invite()
    async with page_of(browser, served, java_script_enabled=scripts) as page:
        await page.goto(link)
        await type_into(page, "date_of_birth", "1956-04-12")
        await page.fill("#password", PASSWORD)
        await double_click(page, "**/documents?welcome=1")
        await expect(page.locator("main")).to_contain_text("Your account is ready")

        await page.goto("/willow-creek/account/password")
        await page.fill("#current", PASSWORD)
        await page.fill("#password", NEW_PASSWORD)
        await double_click(page, "**/account?done=password")
        await expect(page.locator("main")).to_contain_text("Your password was changed")

        await page.goto("/willow-creek/forgot")
        await page.fill("#email", EMAIL)
        await double_click(page, "**/forgot/sent")
        await page.goto(await practice.next_link())
        await page.fill("#password", AGAIN)
        await double_click(page, "**/documents?changed=1")
        await expect(page.locator("main")).to_contain_text("Nothing has been shared with you yet")

        await page.goto("/willow-creek/account")
        await expect(page).to_have_url(re.compile("/willow-creek/account$"))
    done = [event.action for event in await AuditEvent.all()]
    for action in ("registered", "password_changed", "reset_requested", "password_reset"):
        assert done.count(f"portal_account.{action}") == 1, action
    assert await PatientSession.filter(ended_at=None).count() == 1
