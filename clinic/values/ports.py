"""The ports: protocols for everything outside the core. `adapters/` implements them; `runtime/` wires them up."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Protocol
from uuid import UUID

from clinic.values.bounce_notices import BounceNotices, NoBounceNotices
from clinic.values.certificate import Certificate
from clinic.values.change import Change as Change
from clinic.values.change import ChangeKind as ChangeKind
from clinic.values.errors import ClinicError
from clinic.values.factors import FactorChecks as FactorChecks
from clinic.values.instruction_sheet import InstructionSheet
from clinic.values.logo import DrawnLogo
from clinic.values.metrics import Metrics, NoMetrics
from clinic.values.openid import NoOpenIdConnect, OpenIdConnect
from clinic.values.outgoing import NoOutgoing, Outgoing
from clinic.values.pdf_check import AcceptedPdf as AcceptedPdf
from clinic.values.pdf_check import PdfProblem as PdfProblem
from clinic.values.pdf_check import PdfRefused as PdfRefused
from clinic.values.program_keys import NoProgramKeys, ProgramKeys
from clinic.values.seal_report import SealReport
from clinic.values.webhooks import NoWebhookSigner, WebhookSigner
from clinic.values.written_document import WrittenDocument


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """The current time, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Wait(Protocol):
    """Waits for some seconds: `asyncio.sleep`, or a fake in tests."""

    def __call__(self, seconds: float, /) -> Awaitable[None]: ...


class Secrets(Protocol):
    """Cryptography with the deployment's secret keys. The newest key is used; older keys still decrypt."""

    def encrypt(self, plaintext: str) -> str:
        """Authenticated encryption, different at each call."""
        ...

    def decrypt(self, ciphertext: str) -> str:
        """The plaintext. Raises ValueError if none of the keys made this ciphertext."""
        ...

    def derive_token(self, purpose: str, subject: str) -> str:
        """A URL-safe secret of 256 bits. The same purpose and subject give the same secret under the newest key."""
        ...

    def fingerprint(self, purpose: str, value: str) -> str:
        """A digest keyed with the newest key, for secrets that are too short for a plain hash, such as a PIN."""
        ...

    def fingerprints(self, purpose: str, value: str) -> list[str]:
        """The digest under each key, newest first, so that a look-up still works after a key rotation."""
        ...

    def mac(self, purpose: str, text: str) -> str:
        """A message authentication code under the newest key, with the key's id: at most 100 ASCII characters.

        Only somebody who has the keys can make it, so a row with a right MAC was written by the program.
        """
        ...

    def is_mac(self, purpose: str, text: str, mac: str) -> bool:
        """Whether `mac` was made by one of the keys, old or new, for this purpose and text."""
        ...

    def has_key_of(self, mac: str) -> bool:
        """Whether the key that `mac` names is set in this process."""
        ...


class MailRefused(Exception):
    """The mail server refused this letter for good (5xx); do not retry. The text contains no address."""


class MailUnavailable(Exception):
    """The mail server could not be reached, or asked us to retry later (4xx). The text contains no address."""


class MailServerUnavailable(MailUnavailable):
    """No letter can be handed over now, whichever: the server is away. It says nothing about the letter."""


class SenderRefused(MailServerUnavailable):
    """The server refuses us (5xx before it looked at a recipient): our address, our sign-in, our set-up.

    The operator has to act; every letter is kept until then.
    """


class MailboxesDiffer(Exception):
    """The finished letter would name other mailboxes than were meant, so it is never sent. The text has no address."""


class MailSender(Protocol):
    """Sends letters through a mail server."""

    async def deliver(self, message: EmailMessage) -> None:
        """Return when the server has accepted the letter.

        Raises `MailRefused`, `MailUnavailable`, `MailServerUnavailable`, `SenderRefused`, or `MailboxesDiffer`.
        """
        ...


class PdfRenderer(Protocol):
    """Makes PDFs from texts of the core. Never blocks the event loop."""

    async def instruction_sheet(self, sheet: InstructionSheet) -> bytes:
        """The printed instructions as one PDF."""
        ...

    async def written_document(self, document: WrittenDocument) -> bytes:
        """The PDF of a text that staff wrote. The same text always gives the same bytes."""
        ...

    async def certificate(self, certificate: Certificate) -> bytes:
        """The certificate's page or pages as a PDF of their own."""
        ...

    async def missing_letters(self, text: str) -> str:
        """The letters that can't be printed because no font has them, each once, in order."""
        ...


class FileMissing(Exception):
    """The store has no such file: it was never stored, or it is lost. The text contains the key, which is a digest."""


class FileStoreUnavailable(ClinicError):
    """The store could not be reached, or is full. A later retry may succeed. The reason is for logs and operators."""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class FileStore(Protocol):
    """Stores bytes under keys. A key is derived from the bytes, so no file is overwritten with different bytes."""

    async def put(self, key: str, content: bytes) -> None:
        """Store the bytes atomically. Storing them again changes nothing. Raises `FileStoreUnavailable`."""
        ...

    async def get(self, key: str) -> bytes:
        """The bytes. Raises `FileMissing` or `FileStoreUnavailable`."""
        ...

    async def exists(self, key: str) -> bool:
        """Whether the key has a file. Raises `FileStoreUnavailable`."""
        ...

    async def delete(self, key: str) -> None:
        """Delete the file, or all files under a key that ends with a slash; nothing there is no error.

        For files of erased records only. Raises `FileStoreUnavailable`.
        """
        ...

    async def probe(self) -> None:
        """Write, read and delete a few bytes. Raises `FileStoreUnavailable` if that fails."""
        ...


class PdfReader(Protocol):
    """Reads untrusted PDFs in subprocesses with limits of time and memory."""

    def slot(self) -> AbstractAsyncContextManager[None]:
        """A slot to hold while a stored file is fetched and read, so that waiting requests hold no file in memory."""
        ...

    async def inspect(self, content: bytes) -> int:
        """Open every page, and answer the number of pages. Raises `PdfRefused`."""
        ...

    async def accept(self, content: bytes) -> AcceptedPdf:
        """What of an upload may become a document: static, and tried up to the seal. Raises `PdfRefused`."""
        ...

    async def differing_pages(self, shown: bytes, made: bytes) -> tuple[int, ...]:
        """The numbers (from 1) of the pages of `shown` that look or read differently in `made`, which may have more.

        Raises `PdfRefused` if a file can't be read.
        """
        ...

    async def page_image(self, content: bytes, page: int, width: int) -> bytes:
        """Page number `page` (from 1) as a PNG `width` pixels wide. Raises `PdfRefused` if it can't be rendered."""
        ...

    async def page_texts(self, content: bytes) -> tuple[str, ...]:
        """The text of each page in reading order, empty for a page that is only an image. Raises `PdfRefused`."""
        ...


class LogoPainter(Protocol):
    """Redraws untrusted pictures in subprocesses with limits of time and memory."""

    async def redraw(self, content: bytes) -> DrawnLogo:
        """The picture in the sizes we need. Raises `LogoRefused`."""
        ...


class SealUnavailable(Exception):
    """The seal can't be made now: there is no usable key, or sealing failed. The text names the remedy, no secret."""


class TimestampUnavailable(Exception):
    """The timestamp authority gave no valid answer, or none is configured."""


@dataclass(frozen=True)
class SealKey:
    """The public part of the sealing key. `expires_at` is the end of the certificate's validity, in UTC."""

    subject: str
    fingerprint: str
    expires_at: datetime


@dataclass(frozen=True)
class Sealed:
    """A sealed file. `timestamped` says whether it contains an authority's timestamp."""

    content: bytes
    timestamped: bool


class Sealer(Protocol):
    """Makes and checks seals, in subprocesses or threads."""

    async def seal(self, original: bytes, certificate: bytes, evidence: bytes) -> Sealed:
        """One PDF of the original's and the certificate's pages, with the evidence attached, sealed once (PAdES).

        If the timestamp authority does not answer, the seal has no timestamp. The result has been checked and is
        authentic. Raises `SealUnavailable`.
        """
        ...

    async def timestamp(self, content: bytes) -> bytes:
        """The sealed file with a timestamp in its seal, checked to be authentic. Raises `TimestampUnavailable`."""
        ...

    async def verify(self, content: bytes) -> SealReport:
        """What the file itself proves. Raises for no input."""
        ...

    async def probe(self) -> SealKey:
        """The key in use, after a test signature of one byte. Raises `SealUnavailable`."""
        ...


class FellBehind(Exception):
    """A listener read too slowly and was dropped. It must subscribe again and ask for the whole state."""


class Events(Protocol):
    """Carries announced changes from the process that made them to the listeners in this process."""

    def changes(
        self, organization_id: UUID, kind: ChangeKind, contact_ids: frozenset[UUID] | None
    ) -> AbstractAsyncContextManager[AsyncIterator[UUID]]:
        """Ids of the organization's contacts that change from now on: of the given contacts, or of all for None.

        Each change is delivered at least once, after its commit; several changes of one contact may be delivered as
        one. Changes of the last few seconds are delivered too, so that none is lost between a query and the
        subscription. The iterator never ends by itself; it raises `FellBehind`.
        """
        ...


@dataclass(frozen=True)
class Addresses:
    """The public addresses for links, without a trailing slash. They come from settings, never from a request."""

    api_url: str
    portal_url: str
    mail_from: str


# Brings the stored portal states of a practice's contacts up to date, and returns those whose state was not. It is
# called at the end of a change, while the practice's audit chain is locked.
StoreStates = Callable[[UUID, Collection[UUID]], Awaitable[Collection[UUID]]]


@dataclass(frozen=True)
class Services:
    """Everything that an action may need besides the database, made once at start.

    `letter_wait` is how long a letter about documents waits for more documents to the same person. `local_pages` says
    whether a practice may allow pages of this machine to ask the API: never in production.
    """

    clock: Clock
    secrets: Secrets
    pdf: PdfRenderer
    mail: MailSender | None
    addresses: Addresses
    files: FileStore
    reader: PdfReader
    logos: LogoPainter
    sealer: Sealer
    events: Events
    wait: Wait
    factors: FactorChecks
    store_states: StoreStates
    metrics: Metrics = field(default_factory=NoMetrics)
    letter_wait: timedelta = timedelta(0)
    outgoing: Outgoing = field(default_factory=NoOutgoing)
    openid: OpenIdConnect = field(default_factory=NoOpenIdConnect)
    program_keys: ProgramKeys = field(default_factory=NoProgramKeys)
    webhook_signer: WebhookSigner = field(default_factory=NoWebhookSigner)
    local_pages: bool = False
    bounce_notices: BounceNotices = field(default_factory=NoBounceNotices)
