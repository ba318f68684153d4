"""What an operator sees of each letter: a number and one log line, and nothing of the person it is for."""

import logging
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from clinic.letters.delivery import GIVE_UP_AFTER, deliver_due_letters
from clinic.mail.models import Letter
from clinic.portal_access.actions import invite_contact
from clinic.values.metrics import LetterResult
from clinic.values.ports import MailRefused, MailUnavailable
from tests.clock import FixedClock
from tests.factories import Mailbox, Practice
from tests.factories.metrics import Counted

OUR_CODE = str(Path(__file__).parents[3] / "clinic")


@pytest.mark.parametrize(
    ("trouble", "waited", "result", "level"),
    [
        (None, timedelta(0), LetterResult.SENT, logging.INFO),
        (MailUnavailable("omar.reyes@example.com is busy"), timedelta(0), LetterResult.POSTPONED, logging.WARNING),
        (MailUnavailable("omar.reyes@example.com is busy"), GIVE_UP_AFTER, LetterResult.FAILED, logging.WARNING),
        (MailRefused("550 omar.reyes@example.com unknown"), timedelta(0), LetterResult.BOUNCED, logging.WARNING),
    ],
)
async def test_each_attempt_is_one_number_and_one_line(
    practice: Practice,
    mailbox: Mailbox,
    clock: FixedClock,
    caplog: pytest.LogCaptureFixture,
    trouble: Exception | None,
    waited: timedelta,
    result: LetterResult,
    level: int,
) -> None:
    counted = Counted()
    contact = await practice.contact(emails=("omar.reyes@example.com",))
    await invite_contact(practice.system, contact.id, practice.services)
    mailbox.trouble = trouble
    clock.advance(waited)

    with caplog.at_level(logging.INFO, "clinic"):
        await deliver_due_letters(replace(practice.services, metrics=counted), worker_name="w")

    assert counted.letters == {result: 1}
    [line] = [record for record in caplog.records if record.pathname.startswith(OUR_CODE)]
    letter = await Letter.get()
    assert (line.message, line.levelno) == (f"letter.{result.value}", level)
    said = {name: vars(line)[name] for name in ("letter_id", "kind", "attempts")}
    assert said == {"letter_id": str(letter.id), "kind": "portal_invitation", "attempts": 1}
    assert "omar" not in str(vars(line)).lower()
