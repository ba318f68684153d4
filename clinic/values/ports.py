"""What the core asks of the world outside, as protocols. `adapters/` holds the real ones; `runtime/` joins them."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Protocol
from uuid import UUID

from clinic.values.certificate import Certificate
from clinic.values.change import Change as Change
from clinic.values.change import ChangeKind as ChangeKind
from clinic.values.instruction_sheet import InstructionSheet
from clinic.values.pdf_check import PdfProblem as PdfProblem
from clinic.values.pdf_check import PdfRefused as PdfRefused
from clinic.values.seal_report import SealReport
from clinic.values.written_document import WrittenDocument


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Wait(Protocol):
    """Lets time pass. `asyncio.sleep` does it for real; tests need not."""

    def __call__(self, seconds: float, /) -> Awaitable[None]: ...


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

    async def written_document(self, document: WrittenDocument) -> bytes:
        """A text that staff wrote, as a PDF. The same text always gives the same bytes."""
        ...

    async def certificate(self, certificate: Certificate) -> bytes:
        """The page (or pages) that tell who signed, as a PDF of its own."""
        ...


class FileMissing(Exception):
    """The store has no such file: never stored, or lost. The text holds the key, which is a digest."""


class FileStoreUnavailable(Exception):
    """The store could not be reached, or is full; trying again later may help."""


class FileStore(Protocol):
    """Bytes under keys. A key is made of what the bytes are, so nothing is ever overwritten with something else."""

    async def put(self, key: str, content: bytes) -> None:
        """Store the bytes, whole or not at all; storing them again changes nothing. Raises `FileStoreUnavailable`."""
        ...

    async def get(self, key: str) -> bytes:
        """The bytes. Raises `FileMissing` or `FileStoreUnavailable`."""
        ...

    async def exists(self, key: str) -> bool:
        """Whether something is stored there. Raises `FileStoreUnavailable`."""
        ...

    async def probe(self) -> None:
        """Write, read and delete a few bytes. Raises `FileStoreUnavailable` if that can't be done."""
        ...


class PdfReader(Protocol):
    """Looks into PDFs of strangers: in processes of their own, with limits of time and memory."""

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Held from before a stored paper is fetched until it was looked into: who waits holds none in memory."""
        ...

    async def inspect(self, content: bytes) -> int:
        """The number of pages, once every page was really opened. Raises `PdfRefused`."""
        ...

    async def page_image(self, content: bytes, page: int, width: int) -> bytes:
        """Page number `page` (from 1) as a PNG `width` pixels wide. Raises `PdfRefused` if it can't be drawn."""
        ...

    async def page_texts(self, content: bytes) -> tuple[str, ...]:
        """The words of each page in reading order, empty where a page is a picture. Raises `PdfRefused`."""
        ...


class SealUnavailable(Exception):
    """The seal can't be made now: no usable key, or the work failed. The text names the remedy, and no secret."""


class TimestampUnavailable(Exception):
    """The timestamp authority did not answer as it should; there may be none set."""


@dataclass(frozen=True)
class SealKey:
    """The key seals are made with, as far as it may be shown; `expires_at` is the certificate's end, in UTC."""

    subject: str
    fingerprint: str
    expires_at: datetime


@dataclass(frozen=True)
class Sealed:
    """A sealed file; `timestamped` says whether an authority's timestamp is in it."""

    content: bytes
    timestamped: bool


class Sealer(Protocol):
    """Makes and checks seals, in processes or threads of its own."""

    async def seal(self, original: bytes, certificate: bytes, evidence: bytes) -> Sealed:
        """The original's pages and the certificate's, with the evidence attached, as one PDF sealed once (PAdES).

        Without an answer of the timestamp authority it is sealed all the same. What is handed out has been found
        authentic. Raises `SealUnavailable`.
        """
        ...

    async def timestamp(self, content: bytes) -> bytes:
        """A sealed file with an authority's timestamp in its seal, found authentic. Raises `TimestampUnavailable`."""
        ...

    async def verify(self, content: bytes) -> SealReport:
        """What the file itself proves. Never raises for whatever bytes it is given."""
        ...

    async def probe(self) -> SealKey:
        """The key in use, after it has signed a byte. Raises `SealUnavailable`."""
        ...


class FellBehind(Exception):
    """So much changed that a listener who read too slowly was let go; it has to begin anew and ask for everything."""


class Events(Protocol):
    """Carries announced changes from whichever process made them to whoever listens in this one."""

    def changes(
        self, organization_id: UUID, kind: ChangeKind, contact_ids: frozenset[UUID] | None
    ) -> AbstractAsyncContextManager[AsyncIterator[UUID]]:
        """Ids of the organization's contacts that change, among those given or among all, from now on.

        Each change is told at least once, after its commit; several of one contact may be told as one. What changed
        within the last seconds is told too, so that nothing is lost between asking and listening. The iterator never
        ends by itself; it raises `FellBehind`.
        """
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
    files: FileStore
    reader: PdfReader
    sealer: Sealer
    events: Events
    wait: Wait
