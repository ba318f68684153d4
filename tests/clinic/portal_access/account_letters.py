"""Reading the letters about accounts, and walking the journeys of people who came uninvited."""

import re
from email.message import EmailMessage

from clinic.portal_access.actions import SignedIn, confirm_email, register_account
from clinic.portal_access.models import PortalAccount
from clinic.sessions.models import SessionKind
from clinic.values.callers import PatientCaller
from tests.clinic.portal_access.journey import deliver
from tests.factories import PASSWORD, Mailbox, Practice
from tests.factories.letters import text_of

EMAIL = "ana.silva@example.com"
BROWSER = "the-browser-that-registered"

_ROOM = re.compile(r"https://portal\.vestibule\.example/[a-z-]+/(\w+)/?([\w-]*)")


def room_in(letter: EmailMessage) -> tuple[str, str]:
    """Which page the letter's link leads to, and the token at its end."""
    [(room, token)] = {(found[1], found[2]) for found in _ROOM.finditer(text_of(letter))}
    return room, token


def sent_to(mailbox: Mailbox) -> list[tuple[str, str]]:
    """Each letter's receiver and the page it leads to, in order."""
    return [(str(letter["To"]), room_in(letter)[0]) for letter in mailbox.letters]


async def register(practice: Practice, email: str = EMAIL, *, browser: str | None = BROWSER, **more: str) -> None:
    """Register by the organization's web link."""
    password = more.pop("password", PASSWORD)
    await register_account(
        practice.anonymous,
        email,
        password,
        practice.services,
        browser_token=browser,
        language=more.pop("language", "en"),
    )


async def next_token(practice: Practice, mailbox: Mailbox, *, room: str = "") -> str:
    """Deliver what waits; the token in the last new letter that has one, or that leads to `room`.

    Urgent letters leave before others, so the last one need not be the newest.
    """
    sent = len(mailbox.letters)
    await deliver(practice)
    new = [link for letter in mailbox.letters[sent:] if (link := _ROOM.search(text_of(letter)))]
    return [link[2] for link in new if room in ("", link[1])][-1]


async def confirm(
    practice: Practice,
    token: str,
    *,
    browser: str | None = BROWSER,
    new_password: str | None = None,
    password: str | None = None,
) -> SignedIn:
    """Press the button behind the letter's link."""
    return await confirm_email(
        practice.anonymous,
        token,
        practice.services,
        kind=SessionKind.BROWSER,
        browser_token=browser,
        new_password=new_password,
        password=password,
    )


async def verified(practice: Practice, mailbox: Mailbox, email: str = EMAIL) -> SignedIn:
    """Somebody who registered alone and confirmed the address."""
    await register(practice, email)
    return await confirm(practice, await next_token(practice, mailbox))


def caller_of(signed_in: SignedIn) -> PatientCaller:
    """The person behind a session."""
    return PatientCaller(signed_in.account.organization_id, signed_in.account.id, signed_in.session.session_id)


async def account_at(practice: Practice, email: str = EMAIL) -> PortalAccount:
    """The organization's account that bears the address today."""
    return await PortalAccount.get(organization_id=practice.organization.id, email_normal=email, withdrawn_at=None)
