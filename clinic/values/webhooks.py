"""The events that webhooks tell of, and the port that signs them (Standard Webhooks)."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol


class WebhookEvent(StrEnum):
    """What a practice's own programs may be told of (product §7)."""

    PORTAL_STATUS_CHANGED = "portal_status.changed"
    ACCOUNT_REGISTERED = "account.registered"
    DOCUMENT_SIGNED = "document.signed"
    DOCUMENT_DECLINED = "document.declined"
    DOCUMENT_COMPLETED = "document.completed"


class WebhookSigner(Protocol):
    """Makes the secrets and the signatures of webhooks."""

    def new_secret(self) -> str:
        """A random secret that begins with `whsec_`."""
        ...

    def sign(self, secret: str, message_id: str, at: datetime, body: str) -> str:
        """The value of one signature, such as `v1,…`."""
        ...


class NoWebhookSigner:
    """For programs that send no webhooks."""

    def new_secret(self) -> str:
        raise RuntimeError("this program makes no webhooks")

    def sign(self, secret: str, message_id: str, at: datetime, body: str) -> str:
        raise RuntimeError("this program signs no webhooks")
