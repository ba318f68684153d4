"""Signs webhooks with the library of the Standard Webhooks project."""

import secrets
from base64 import b64encode
from datetime import UTC, datetime

from standardwebhooks import Webhook

# Standard Webhooks asks for 24 to 64 bytes.
_SECRET_BYTES = 32
_PREFIX = "whsec_"


class StandardWebhookSigner:
    """See `clinic.values.webhooks.WebhookSigner`."""

    def new_secret(self) -> str:
        """See `WebhookSigner.new_secret`."""
        return _PREFIX + b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()

    def sign(self, secret: str, message_id: str, at: datetime, body: str) -> str:
        """See `WebhookSigner.sign`."""
        return Webhook(secret).sign(message_id, at.astimezone(UTC), body)
