"""The pages of the second step in a real browser, looked at in every state, in two languages."""

from datetime import timedelta

import pyotp
import pytest
from playwright.async_api import Browser

from clinic.work.fresh_sign_in import FRESH_FOR
from tests.patient_portal.browsing import ON_A_PHONE, Served, Walk, send
from tests.patient_portal.practice import EMAIL, PASSWORD
from tests.patient_portal.test_ways_in_in_a_browser import fill, walk_in


@pytest.mark.parametrize("walk", ON_A_PHONE)
async def test_second_step_in_every_state(browser: Browser, served: Served, walk: Walk) -> None:
    clock = served.practice.clock
    async with walk.page(browser, served) as page:
        await walk_in(page, served)
        await page.goto("/willow-creek/account/second-step")
        await walk.judge(page, "second-step-none")
        await send(page, "form[action$='/second-step/codes'] button")
        await walk.judge(page, "add-codes")
        secret = (await page.inner_text("main strong")).replace(" ", "")
        await fill(page, code="12 34")
        await walk.judge(page, "add-codes-error")
        await fill(page, code=pyotp.TOTP(secret).at(clock.now()))
        await walk.judge(page, "recovery-codes")
        async with page.expect_navigation():
            await send(page, "main p a.button")
        await walk.judge(page, "second-step")
        clock.advance(FRESH_FOR + timedelta(seconds=1))
        await page.goto("/willow-creek/account/second-step")
        await walk.judge(page, "prove")
        await fill(page, password="wrong")
        await walk.judge(page, "prove-error")
        await fill(page, password=PASSWORD)
        await walk.judge(page, "prove-by-code")
        await send(page, ".sign-out button")
        await fill(page, email=EMAIL, password=PASSWORD)
        await fill(page, code="000000")
        await walk.judge(page, "sign-in-second-step-error")
        await fill(page, code=pyotp.TOTP(secret).at(clock.now()))
        await page.wait_for_url("**/willow-creek/documents")
