"""A permanent answer of a mail server is about us or about one letter, and they are told apart."""

import pytest

from clinic.values.ports import MailRefused, SenderRefused
from tests.adapters.smtp_servers import Inbox, smtp_server
from tests.adapters.test_smtp import letter, sender


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("MAIL", "554 5.7.1 Service unavailable; blocked"),
        ("MAIL", "550 5.1.1 unknown sender"),
        ("MAIL", "530 5.7.0 Authentication required"),
        ("RCPT", "554 5.7.1 <omar@example.com>: Relay access denied"),
        ("RCPT", "554 5.7.1 Service unavailable; Client host [203.0.113.7] blocked using zen.spamhaus.org"),
        ("RCPT", "550 5.7.1 <no-reply@v.example>: Sender address rejected: not owned by user"),
        ("RCPT", "550 relaying denied"),
        ("HELO", "554 5.7.1 we don't talk to you"),
    ],
)
async def test_permanent_answer_about_us_is_told_apart_from_one_about_the_letter(step: str, answer: str) -> None:
    inbox = Inbox(answers={step: answer})
    async with smtp_server(inbox):
        with pytest.raises(SenderRefused) as caught:
            await sender(inbox).deliver(letter())
        assert str(caught.value).startswith(f"The mail server answered {answer[:3]}")
        if step == "MAIL":
            with pytest.raises(SenderRefused):
                await sender(inbox).probe("no-reply@v.example")
    assert inbox.envelopes == []


@pytest.mark.parametrize(
    ("step", "answer"),
    [
        ("RCPT", "550 5.1.1 <omar@example.com>: Recipient address rejected: User unknown in relay recipient table"),
        ("RCPT", "550 5.2.1 mailbox is on the block list of its owner"),
        ("RCPT", "550 no such mailbox"),
        ("MAIL", "552 5.3.4 too large"),
        ("DATA", "554 5.7.1 looks like spam"),
    ],
)
async def test_permanent_answer_about_one_letter_does_not_stop_the_others(step: str, answer: str) -> None:
    async with smtp_server(Inbox(answers={step: answer})) as inbox:
        with pytest.raises(MailRefused):
            await sender(inbox).deliver(letter())


async def test_helo_follows_a_refused_ehlo() -> None:
    async with smtp_server(Inbox(answers={"EHLO": "502 5.5.1 not implemented"})) as inbox:
        await sender(inbox).deliver(letter())
    assert len(inbox.envelopes) == 1
