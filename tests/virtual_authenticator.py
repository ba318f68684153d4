"""A virtual authenticator for the real browser (DevTools, WebAuthn): passkeys are made and used without a person."""

from playwright.async_api import CDPSession, Page


async def holds_an_authenticator(page: Page, *, verifies: bool = True) -> CDPSession:
    """A virtual authenticator, which verifies its user at once, or never. `WebAuthn.disable` ends it."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verifies,
        "automaticPresenceSimulation": True,
    }
    await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session
