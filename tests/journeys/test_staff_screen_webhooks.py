"""Webhooks at the staff screen: added with the secret shown once, refused for our own network, seen, and disabled."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from dev.demo.people import PASSWORD
from tests.journeys.at_the_desk import ADMIN, BILLING, demo_practice, desk_at, token_of
from tests.journeys.conftest import Product
from tests.journeys.front_desk import CREATE_CONTACT


@pytest.fixture(scope="module")
async def demo(demo_at_rest: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    async with demo_practice(demo_at_rest, tmp_path_factory.mktemp("staff_screen_webhooks")) as product:
        yield product


async def test_a_webhook_is_added_seen_and_disabled(demo: Product, browser: Browser) -> None:
    async with desk_at(browser, demo.api_url) as desk:
        page = desk.page
        await desk.signs_in(ADMIN)
        await desk.goes_to("webhooks", "Webhooks")
        await page.get_by_role("button", name="Add a webhook").click()
        dialog = page.locator("dialog")
        await dialog.locator("[name=url]").fill("https://10.0.0.8/hooks")
        await dialog.get_by_label("A document was signed").uncheck()
        await desk.is_sound()
        await dialog.get_by_role("button", name="Add a webhook").click()
        await expect(dialog.locator(".field:has([name=url]) .error")).to_contain_text("without a user name")

        await dialog.locator("[name=url]").fill("https://ehr.example/hooks")
        await dialog.get_by_role("button", name="Add a webhook").click()
        await expect(dialog.locator("code.secret")).to_contain_text("whsec_")
        secret = await dialog.locator("code.secret").inner_text()
        await desk.is_sound()
        await dialog.get_by_role("button", name="I have kept it").click()
        card = page.locator("main section")
        await expect(card).to_contain_text("https://ehr.example/hooks")
        await expect(card.locator("li")).to_have_count(4)
        await expect(page.locator("dialog")).to_have_count(0)
        await desk.holds_nowhere(secret)

        contact = {"givenName": "Wanda", "familyName": "Hook"}
        await demo.graphql(CREATE_CONTACT, await token_of(demo), input=contact)
        await card.locator("summary").click()
        # The demo's own letters may have changed an icon meanwhile, too.
        row = card.locator("tbody tr").first
        await expect(row).to_contain_text("A contact's icon may have changed")
        await expect(row).to_contain_text("Waiting")
        await desk.is_sound()
        await row.get_by_role("button", name="Send again").click()
        await expect(page.locator("#notices")).to_contain_text("It is sent again shortly.")

        await card.get_by_role("button", name="Disable: https://ehr.example/hooks").click()
        await expect(card).to_contain_text("Disabled")
        await expect(card).to_contain_text("by a colleague")
        await desk.is_sound()


async def test_who_manages_integrations_alone_reaches_the_practices_sign_in(demo: Product, browser: Browser) -> None:
    token = await token_of(demo)
    found = await demo.graphql("{ staffMembers(first: 100) { nodes { id email } } }", token)
    [billing] = [one["id"] for one in found["staffMembers"]["nodes"] if one["email"] == BILLING]
    given = {"staffMemberId": billing, "permissions": ["MANAGE_INTEGRATIONS"]}
    await demo.graphql(
        "mutation ($input: SetStaffPermissionsInput!) { setStaffPermissions(input: $input) { __typename } }",
        token,
        input=given,
    )
    async with desk_at(browser, demo.api_url, 320) as desk:
        page = desk.page
        await page.fill("[name=organization]", "willow-creek")
        await page.fill("[name=email]", BILLING)
        await page.fill("[name=password]", PASSWORD)
        await page.click("main form button[type=submit]")
        await expect(page.locator("main:not([aria-busy]) h1")).to_have_text("My account")
        await desk.goes_to("webhooks", "Webhooks")
        await expect(page.locator("[name=issuer]")).to_be_visible()
        await desk.is_sound()
