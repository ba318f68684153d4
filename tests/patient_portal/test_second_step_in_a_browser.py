"""The pages of the second step in a real browser, looked at in every state, in two languages."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest
from playwright.async_api import Browser

from clinic.work.fresh_sign_in import FRESH_FOR
from tests.patient_portal.browsing import LOOKS, Served, looked_at, page_of, send
from tests.patient_portal.practice import EMAIL, PASSWORD
from tests.patient_portal.test_ways_in_in_a_browser import fill, walk_in


@pytest.mark.parametrize("look", LOOKS[:2])
async def test_second_step_in_every_state(
    browser: Browser, served: Served, look: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    name, clock = request.node.callspec.id, served.practice.clock
    async with page_of(browser, served, **look) as page:
        await walk_in(page, served)
        await page.goto("/willow-creek/account/second-step")
        await looked_at(page, f"second-step-none-{name}")
        await send(page)
        await looked_at(page, f"add-codes-{name}")
        secret = (await page.inner_text("main strong")).replace(" ", "")
        await fill(page, code="12 34")
        await looked_at(page, f"add-codes-error-{name}")
        await fill(page, code=pyotp.TOTP(secret).at(clock.now()))
        await looked_at(page, f"recovery-codes-{name}")
        async with page.expect_navigation():
            await page.click("main a.alone")
        await looked_at(page, f"second-step-{name}")
        clock.advance(FRESH_FOR + timedelta(seconds=1))
        await page.goto("/willow-creek/account/second-step")
        await looked_at(page, f"prove-{name}")
        await fill(page, password="wrong")
        await looked_at(page, f"prove-error-{name}")
        await fill(page, password=PASSWORD)
        await looked_at(page, f"prove-by-code-{name}")
        await send(page, ".sign-out button")
        await fill(page, email=EMAIL, password=PASSWORD)
        await fill(page, code="000000")
        await looked_at(page, f"sign-in-second-step-error-{name}")
        await fill(page, code=pyotp.TOTP(secret).at(clock.now()))
        await page.wait_for_url("**/willow-creek/documents")
