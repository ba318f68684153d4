"""What the core asks of the world outside, as protocols. `adapters/` holds the real ones; `runtime/` joins them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Protocol

from clinic.portal_access.sheet import InstructionSheet


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Secrets(Protocol):
    """Keyed cryptography under the deployment's secret keys, newest first; older keys stay readable."""

    def encrypt(self, plaintext: str) -> str:
        """Authenticated encryption, different at each call."""
        ...

    def decrypt(self, ciphertext: str) -> str:
        """The plaintext; raises ValueError if the text was not made by one of the keys."""
        ...

    def derive_token(self, purpose: str, subject: str) -> str:
        """A URL-safe secret of 256 bits, the same for the same purpose and subject under the newest key."""
        ...

    def fingerprint(self, purpose: str, value: str) -> str:
        """A keyed digest (newest key), for secrets too short for a plain hash, such as a PIN."""
        ...

    def fingerprints(self, purpose: str, value: str) -> list[str]:
        """The digest under each key, newest first, for looking up after a rotation."""
        ...


class MailRefused(Exception):
    """The mail server said no for good (5xx); trying again is pointless. The text carries no address."""


class MailUnavailable(Exception):
    """The mail server could not be reached or asked us to come back (4xx). The text carries no address."""


class MailSender(Protocol):
    """Hands letters to a mail server."""

    async def deliver(self, message: EmailMessage) -> None:
        """Return once the server took responsibility; raise `MailRefused` or `MailUnavailable` otherwise."""
        ...


class PdfRenderer(Protocol):
    """Draws what the core has worded. Never blocks the event loop."""

    async def instruction_sheet(self, sheet: InstructionSheet) -> bytes:
        """The printed instructions as one PDF."""
        ...


@dataclass(frozen=True)
class Addresses:
    """The public addresses links are made from, without a trailing slash; never taken from a request."""

    api_url: str
    portal_url: str
    mail_from: str


@dataclass(frozen=True)
class Services:
    """Everything an action may need besides the database, joined once at start."""

    clock: Clock
    secrets: Secrets
    pdf: PdfRenderer
    mail: MailSender | None
    addresses: Addresses
