"""Bounces by Amazon SNS: what is believed, and which addresses are asked."""

import json
from typing import Any

import pytest

from adapters.sns import SnsBounceNotices
from clinic.values.bounce_notices import Bounce, NoticeNotChecked, NoticeRefused
from tests.adapters.sns_topic import CERTIFICATE, CONFIRM, MESSAGE_ID, TOPIC, Amazon, confirmation, envelope, notice
from tests.clock import FixedClock

OTHER = "arn:aws:sns:us-east-1:123456789012:other"


@pytest.fixture
def amazon(clock: FixedClock) -> Amazon:
    return Amazon(clock.now())


@pytest.fixture
def notices(amazon: Amazon, clock: FixedClock) -> SnsBounceNotices:
    return SnsBounceNotices(TOPIC, amazon, clock)


def sent(message: dict[str, Any]) -> bytes:
    return json.dumps(message).encode()


async def test_a_signed_notice_names_the_letter_and_the_code(notices: SnsBounceNotices, amazon: Amazon) -> None:
    for message in (envelope(notice()), envelope(notice(), Subject="Amazon SES")):
        assert await notices.read(sent(message)) == [Bounce(MESSAGE_ID, "5.1.1")]
    # The certificate is read once.
    assert amazon.sent == [CERTIFICATE]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (notice(bouncedRecipients=[{"diagnosticCode": "smtp; 550 5.2.2 full"}]), "5.2.2"),
        (notice(bouncedRecipients=[]), "5.0.0"),
        (notice(bouncedRecipients="x"), "5.0.0"),
        ({**notice(), "notificationType": None, "eventType": "Bounce"}, "5.1.1"),
    ],
)
async def test_a_code_is_found_or_is_the_general_one(
    notices: SnsBounceNotices, told: dict[str, Any], code: str
) -> None:
    assert await notices.read(sent(envelope(told))) == [Bounce(MESSAGE_ID, code)]


@pytest.mark.parametrize(
    "told",
    [
        notice(bounceType="Transient"),
        notice("no id"),
        {**notice(), "notificationType": "Complaint"},
        {**notice(), "mail": {}},
        {**notice(), "mail": {"headers": ["Message-ID"]}},
        {**notice(), "bounce": None},
        {},
    ],
)
async def test_what_is_no_permanent_failure_is_passed_over(notices: SnsBounceNotices, told: dict[str, Any]) -> None:
    assert await notices.read(sent(envelope(told))) == []


FORGED: list[dict[str, Any]] = [
    {**envelope(notice()), "Message": json.dumps(notice("<another@v.example>"))},
    {**envelope(notice()), "Subject": "added"},
    {**envelope(notice()), "Timestamp": "2026-03-03T09:00:00.000Z"},
    {**envelope(notice()), "Signature": "AAAA"},
    {**envelope(notice()), "Signature": "no base64"},
    {**envelope(notice()), "Signature": None},
    {**envelope(notice()), "Type": "SubscriptionConfirmation", "SubscribeURL": CONFIRM, "Token": "t"},
    {**envelope(notice()), "MessageId": None},
    {**envelope(notice()), "MessageId": 7},
    envelope(notice(), TopicArn=OTHER),
    envelope(notice(), SignatureVersion="1"),
    envelope(notice(), kind="Another"),
    envelope(notice(), Message="[]"),
]


@pytest.mark.parametrize("message", FORGED)
async def test_whatever_is_not_signed_by_amazon_for_our_topic_is_refused(
    notices: SnsBounceNotices, message: dict[str, Any]
) -> None:
    with pytest.raises(NoticeRefused):
        await notices.read(sent(message))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
async def test_what_is_no_message_is_refused(notices: SnsBounceNotices, amazon: Amazon, body: bytes) -> None:
    with pytest.raises(NoticeRefused):
        await notices.read(body)
    assert amazon.sent == []


async def test_without_a_topic_nothing_is_taken(amazon: Amazon, clock: FixedClock) -> None:
    closed = SnsBounceNotices(None, amazon, clock)
    with pytest.raises(NoticeRefused):
        await closed.read(sent(envelope(notice())))
    assert (closed.expected, amazon.sent) == (False, [])


ELSEWHERE = [
    "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-0a.pem",
    "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-0a.pem",
    "https://sns.us-east-1.amazonaws.com@evil.example/SimpleNotificationService-0a.pem",
    "https://sns.us-east-1.amazonaws.com:444/SimpleNotificationService-0a.pem",
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
    "https://evil.s3.us-east-1.amazonaws.com/SimpleNotificationService-0a.pem",
    "https://127.0.0.1/SimpleNotificationService-0a.pem",
    "https://sns.us-east-1.amazonaws.com/?Action=x&y=SimpleNotificationService-0a.pem",
    "https://sns.us-east-1.amazonaws.com/other.pem",
    "",
]


@pytest.mark.parametrize("url", ELSEWHERE)
async def test_certificates_and_confirmations_come_from_amazon_only(
    notices: SnsBounceNotices, amazon: Amazon, url: str
) -> None:
    with pytest.raises(NoticeRefused):
        await notices.read(sent(envelope(notice(), SigningCertURL=url)))
    assert amazon.sent == []
    if not url.startswith("https://sns.us-east-1.amazonaws.com/"):
        with pytest.raises(NoticeRefused):
            await notices.read(sent(confirmation(SubscribeURL=url)))
        assert amazon.sent == [CERTIFICATE]


async def test_the_subscription_is_confirmed_only_when_signed(notices: SnsBounceNotices, amazon: Amazon) -> None:
    with pytest.raises(NoticeRefused):
        await notices.read(sent({**confirmation(), "Token": "another"}))
    assert CONFIRM not in amazon.sent
    assert await notices.read(sent(confirmation())) == []
    assert amazon.sent == [CERTIFICATE, CONFIRM]


async def test_a_certificate_that_has_ended_signs_nothing(
    notices: SnsBounceNotices, amazon: Amazon, clock: FixedClock
) -> None:
    await notices.read(sent(envelope(notice())))
    clock.advance(amazon.now.replace(year=amazon.now.year + 1) - amazon.now)
    with pytest.raises(NoticeRefused):
        await notices.read(sent(envelope(notice())))


async def test_while_amazon_is_away_nothing_is_decided(notices: SnsBounceNotices, amazon: Amazon) -> None:
    amazon.away = True
    with pytest.raises(NoticeNotChecked):
        await notices.read(sent(envelope(notice())))
