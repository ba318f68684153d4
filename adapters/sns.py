"""Bounces that Amazon SES tells through a topic of Amazon SNS.

Each message is signed. Its certificate comes from Amazon's own address, and only the operator's topic counts, because
anybody can have a topic. Only the second version of the signature is taken: the first one uses SHA-1.
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from clinic.values.bounce_notices import SNS_TOPIC, Bounce, NoticeNotChecked, NoticeRefused
from clinic.values.outgoing import Outgoing, OutgoingRefused, OutgoingRequest, OutgoingUnavailable
from clinic.values.ports import Clock

_VERSION = "2"
_MOST_CERTIFICATES = 4
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
    "UnsubscribeConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_OPTIONAL = frozenset({"Subject"})
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,190}>")
# RFC 3463: an enhanced status code of class 5 is a permanent failure.
_STATUS = re.compile(r"5\.\d{1,3}\.\d{1,3}")

_log = structlog.get_logger("bounces")


class SnsBounceNotices:
    """See `clinic.values.bounce_notices.BounceNotices`. `topic` is an ARN; without one nothing is taken."""

    def __init__(self, topic: str | None, outgoing: Outgoing, clock: Clock) -> None:
        self._topic = topic
        self._outgoing = outgoing
        self._clock = clock
        self._certificates: dict[str, x509.Certificate] = {}

    @property
    def expected(self) -> bool:
        return self._topic is not None

    async def read(self, body: bytes) -> Sequence[Bounce]:
        envelope = _object(body)
        kind = envelope.get("Type")
        if self._topic is None or envelope.get("TopicArn") != self._topic or kind not in _SIGNED:
            raise NoticeRefused("another topic")
        if envelope.get("SignatureVersion") != _VERSION:
            raise NoticeRefused("set SignatureVersion of the topic to 2")
        certificate = await self._certificate(envelope.get("SigningCertURL"))
        _check_signature(envelope, _SIGNED[kind], certificate)
        if kind == "SubscriptionConfirmation":
            await self._get(self._amazons(envelope["SubscribeURL"]))
            _log.info("sns_subscribed")
        return list(_bounces(_object(envelope["Message"]))) if kind == "Notification" else []

    def _amazons(self, url: object) -> str:
        """The address, if it is one of SNS in the topic's region. Raises `NoticeRefused`."""
        found = SNS_TOPIC.fullmatch(self._topic or "")
        region = re.escape(found[1]) if found else ""
        if not isinstance(url, str) or not re.fullmatch(
            rf"https://sns\.{region}\.amazonaws\.com(?:\.cn)?/[\x21-\x7e]{{0,2000}}", url
        ):
            raise NoticeRefused("an address that is not Amazon's")
        return url

    async def _certificate(self, url: object) -> x509.Certificate:
        address = self._amazons(url)
        if not re.fullmatch(r"https://[^/]+/SimpleNotificationService-[0-9a-f]+\.pem", address):
            raise NoticeRefused("an address that is no certificate's")
        certificate = self._certificates.get(address)
        if certificate is None:
            try:
                certificate = x509.load_pem_x509_certificate(await self._get(address))
            except ValueError:
                raise NoticeRefused("no certificate") from None
            while len(self._certificates) >= _MOST_CERTIFICATES:
                del self._certificates[next(iter(self._certificates))]
            self._certificates[address] = certificate
        if not certificate.not_valid_before_utc <= self._clock.now() <= certificate.not_valid_after_utc:
            raise NoticeRefused("the certificate is not valid now")
        return certificate

    async def _get(self, url: str) -> bytes:
        try:
            answer = await self._outgoing.send(OutgoingRequest("GET", url))
        except (OutgoingRefused, OutgoingUnavailable) as problem:
            raise NoticeNotChecked(str(problem)) from None
        if answer.status != 200:
            raise NoticeNotChecked(f"Amazon answered {answer.status}")
        return answer.body


def _object(text: object) -> dict[str, Any]:
    try:
        found = json.loads(text) if isinstance(text, (bytes, str)) else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise NoticeRefused("no JSON object")
    return found


def _check_signature(envelope: Mapping[str, Any], names: Sequence[str], certificate: x509.Certificate) -> None:
    """Raise `NoticeRefused` unless the certificate's key signed these fields."""
    lines = []
    for name in names:
        value = envelope.get(name)
        if value is None and name in _OPTIONAL:
            continue
        if not isinstance(value, str):
            raise NoticeRefused(f"{name} is missing")
        lines.append(f"{name}\n{value}\n")
    key = certificate.public_key()
    try:
        if not isinstance(key, RSAPublicKey):
            raise NoticeRefused("a key of another kind")
        signature = base64.b64decode(str(envelope.get("Signature")), validate=True)
        key.verify(signature, "".join(lines).encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        raise NoticeRefused("the signature is wrong") from None


def _bounces(notice: Mapping[str, Any]) -> Iterator[Bounce]:
    """The permanent failure of a letter, which SES names by the headers that we gave it, if it sends them."""
    mail, bounce = notice.get("mail"), notice.get("bounce")
    if (notice.get("notificationType") or notice.get("eventType")) != "Bounce":
        return
    if not isinstance(mail, dict) or not isinstance(bounce, dict) or bounce.get("bounceType") != "Permanent":
        return
    message_id = next((value for name, value in _headers(mail) if name == "message-id"), "")
    found = _MESSAGE_ID.search(message_id)
    recipients = bounce.get("bouncedRecipients")
    first = recipients[0] if isinstance(recipients, list) and recipients else None
    status = _STATUS.search(f"{first.get('status')} {first.get('diagnosticCode')}") if isinstance(first, dict) else None
    if found:
        yield Bounce(found[0], status[0] if status else "5.0.0")


def _headers(mail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    headers = mail.get("headers")
    for header in headers if isinstance(headers, list) else []:
        if isinstance(header, dict):
            yield str(header.get("name")).lower(), str(header.get("value"))
