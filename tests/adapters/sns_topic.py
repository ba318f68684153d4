"""Amazon SNS for tests: a topic that signs its messages, and the addresses of certificate and confirmation."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from clinic.values.outgoing import (
    ANSWER_WITHIN,
    LARGEST_ANSWER,
    OutgoingAnswer,
    OutgoingRequest,
    OutgoingUnavailable,
)

TOPIC = "arn:aws:sns:us-east-1:123456789012:bounces"
CERTIFICATE = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
CONFIRM = f"https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=t"
MESSAGE_ID = "<a-letter@v.example>"


@cache
def topic_key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


def notice(message_id: str = MESSAGE_ID, **bounce: Any) -> dict[str, Any]:
    """A bounce as SES tells it, with the original headers."""
    recipient = {"emailAddress": "omar.reyes@example.com", "action": "failed", "status": "5.1.1"}
    return {
        "notificationType": "Bounce",
        "bounce": {"bounceType": "Permanent", "bouncedRecipients": [recipient], **bounce},
        "mail": {"messageId": "0100-ses", "headers": [{"name": "Message-ID", "value": message_id}]},
    }


@dataclass
class Amazon:
    """The port `Outgoing`: answers with the certificate at its address, and 200 at all others."""

    now: datetime
    sent: list[str] = field(default_factory=list)
    away: bool = False

    def check(self, url: str) -> None:
        """Every address can be tried."""

    async def send(
        self, request: OutgoingRequest, *, within: timedelta = ANSWER_WITHIN, largest: int = LARGEST_ANSWER
    ) -> OutgoingAnswer:
        self.sent.append(request.url)
        if self.away:
            raise OutgoingUnavailable("no answer")
        return OutgoingAnswer(200, {}, self.certificate() if request.url.endswith(".pem") else b"")

    def certificate(self) -> bytes:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        begins, ends = self.now - timedelta(days=1), self.now + timedelta(days=1)
        builder = x509.CertificateBuilder(name, name, topic_key().public_key(), 7, begins, ends)
        return builder.sign(topic_key(), SHA256()).public_bytes(Encoding.PEM)


def envelope(message: Mapping[str, Any], kind: str = "Notification", **changed: Any) -> dict[str, Any]:
    """A message of the topic with a signature that is right for what it says."""
    made = {
        "Type": kind,
        "MessageId": "22b80b92",
        "TopicArn": TOPIC,
        "Message": json.dumps(message),
        "Timestamp": "2026-03-02T09:00:00.000Z",
        "SignatureVersion": "2",
        "SigningCertURL": CERTIFICATE,
        **changed,
    }
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{made[name]}\n" for name in names if name in made)
    return {**made, "Signature": base64.b64encode(topic_key().sign(text.encode(), PKCS1v15(), SHA256())).decode()}


def confirmation(**changed: Any) -> dict[str, Any]:
    return envelope({}, "SubscriptionConfirmation", **{"SubscribeURL": CONFIRM, "Token": "t", **changed})
