"""`POST /bounces/ses`: a signed notice marks its letter, once; anything else marks nothing."""

import json
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from adapters.secrets import new_key
from adapters.sns import SnsBounceNotices
from api.app import create_app
from clinic.mail.models import Letter, LetterStatus
from clinic.portal_access.actions import invite_contact
from clinic.values.ports import Services
from clinic.work.models import AuditEvent
from runtime.settings import Environment, Settings
from tests.adapters.sns_topic import TOPIC, Amazon, confirmation, envelope, notice
from tests.clinic.portal_access.journey import deliver
from tests.clock import FixedClock
from tests.factories import Practice
from tests.factories.contents import nothing_changes


@pytest.fixture
async def letter(practice: Practice) -> Letter:
    """An invitation's letter that a mail server took."""
    await invite_contact(practice.system, (await practice.contact()).id, practice.services)
    await deliver(practice)
    return await Letter.all().get()


@pytest.fixture
def amazon(clock: FixedClock) -> Amazon:
    return Amazon(clock.now())


@pytest.fixture
def http(services: Services, amazon: Amazon, clock: FixedClock) -> httpx2.AsyncClient:
    return asked_with(replace(services, bounce_notices=SnsBounceNotices(TOPIC, amazon, clock)))


def asked_with(services: Services) -> httpx2.AsyncClient:
    settings = Settings(environment=Environment.PRODUCTION, secret_keys=(new_key(),))
    transport = httpx2.ASGITransport(app=create_app(settings, services))
    return httpx2.AsyncClient(transport=transport, base_url="https://api.vestibule.example")


async def tells(http: httpx2.AsyncClient, message: dict[str, Any]) -> int:
    # SNS says that it sends plain text.
    headers = {"Content-Type": "text/plain; charset=UTF-8"}
    return (await http.post("/bounces/ses", content=json.dumps(message), headers=headers)).status_code


async def test_the_letter_of_a_signed_notice_is_marked_once(
    practice: Practice, letter: Letter, http: httpx2.AsyncClient
) -> None:
    message = envelope(notice(letter.message_id))
    assert await tells(http, message) == 204
    now = await Letter.get(id=letter.id)
    assert (now.status, now.failure) == (LetterStatus.BOUNCED, "there is no such mailbox (5.1.1)")
    event = await AuditEvent.get(action="letter.bounced")
    assert "omar" not in event.details
    async with nothing_changes():
        assert await tells(http, message) == 204
        assert await tells(http, envelope(notice("<not-ours@v.example>"))) == 204
        assert await tells(http, confirmation()) == 204


async def test_a_forged_notice_marks_nothing(letter: Letter, http: httpx2.AsyncClient) -> None:
    forged = {**envelope(notice()), "Message": json.dumps(notice(letter.message_id))}
    async with nothing_changes():
        assert await tells(http, forged) == 403
        assert await tells(http, {"TopicArn": TOPIC}) == 403
        assert await tells(http, {"padding": "x" * 400_000}) == 413


async def test_while_amazon_is_away_the_notice_comes_again(
    letter: Letter, http: httpx2.AsyncClient, amazon: Amazon
) -> None:
    amazon.away = True
    async with nothing_changes():
        assert await tells(http, envelope(notice(letter.message_id))) == 503
    amazon.away = False
    assert await tells(http, envelope(notice(letter.message_id))) == 204
    assert (await Letter.get(id=letter.id)).status is LetterStatus.BOUNCED


async def test_without_the_setting_there_is_no_such_address(letter: Letter, services: Services) -> None:
    async with nothing_changes():
        assert await tells(asked_with(services), envelope(notice(letter.message_id))) == 404
