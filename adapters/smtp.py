"""Letters over SMTP. What failed is told by code and step alone: a server's own words may hold a person's address."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.message import EmailMessage
from enum import StrEnum
from functools import partial
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import aiosmtplib

from adapters.wire_format import Letter, UnsupportedAddress, write_letter
from clinic.values.ports import MailRefused, MailUnavailable

SETTING = "VESTIBULE_SMTP_URL"
TIMEOUT = 15.0
"""Seconds for the connection and for each answer."""

ACCEPTANCE_PATIENCE = 4
"""How many times longer the answer to a whole letter may take: giving up there is what makes duplicates."""

DEPLOYMENT_FAULTS = frozenset({530, 534, 535, 538})
"""5xx answers about our sign-in or encryption (RFC 4954, 3207): no letter's fault, so letters wait for the repair."""

_ENHANCED_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")


class StartTls(StrEnum):
    """Whether a plain connection is encrypted before anything is said."""

    REQUIRED = "required"
    AUTO = "auto"
    NEVER = "never"


@dataclass(frozen=True)
class SmtpServer:
    """Where letters are handed in. `tls_from_start` is smtps."""

    host: str
    port: int
    tls_from_start: bool
    start_tls: StartTls
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @classmethod
    def from_url(cls, url: str) -> "SmtpServer":
        """Read the setting; ValueError says what is wrong without repeating it, for it may hold a password.

        Without `starttls`, encryption is required unless the server is this very machine.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError(f"{SETTING} must be smtp://[user:password@]host[:port] or smtps://…")
        secure = parts.scheme == "smtps"
        local = _is_loopback(parts.hostname)
        start_tls = _start_tls(parts.query, StartTls.AUTO if local else StartTls.REQUIRED)
        username, password = _credentials(parts)
        if username and not (secure or local or start_tls is StartTls.REQUIRED):
            raise ValueError(f"{SETTING}: a password would travel unprotected. Use starttls=required or smtps://.")
        return cls(parts.hostname, _port(parts, secure), secure, start_tls, username, password)

    @property
    def verifies_certificate(self) -> bool:
        """Opportunistic encryption takes any certificate: whoever could forge one could as well strip the offer."""
        return self.tls_from_start or self.start_tls is StartTls.REQUIRED


class SmtpSender:
    """The `MailSender` port. Made from the setting; `timeout` is in seconds; `hello_name` is how we greet (EHLO)."""

    def __init__(
        self,
        url: str,
        *,
        timeout: float = TIMEOUT,
        tls_context: ssl.SSLContext | None = None,
        hello_name: str | None = None,
    ) -> None:
        self._connect = partial(_connect, SmtpServer.from_url(url), timeout, tls_context, hello_name)
        self._timeout = timeout

    async def deliver(self, message: EmailMessage) -> None:
        """One letter over a connection of its own. It goes to all its recipients or to none."""
        async with self.session() as session:
            await session.deliver(message)

    @asynccontextmanager
    async def session(self) -> AsyncIterator["SmtpSession"]:
        """A `MailSender` for several letters, over one connection as long as it holds. Opened at the first letter."""
        session = SmtpSession(self._connect, self._timeout)
        try:
            yield session
        finally:
            await session.close()

    async def probe(self) -> None:
        """Connect, encrypt and sign in as a letter would; MailUnavailable says what stands in the way."""
        async with self.session() as session:
            await session.connect()


class SmtpSession:
    """One connection, replaced when it fails or has gone stale. Letters wait for each other."""

    def __init__(self, connect: Callable[[], Awaitable[aiosmtplib.SMTP]], timeout: float) -> None:
        self._connect = connect
        self._timeout = timeout
        self._client: aiosmtplib.SMTP | None = None
        self._turn = asyncio.Lock()

    async def connect(self) -> None:
        """Make the connection ready for a letter; MailUnavailable if it can't be."""
        async with self._turn:
            await self._live_client()

    async def deliver(self, message: EmailMessage) -> None:
        """Return once the server answered 250 to the whole letter; see `MailSender`."""
        async with self._turn:
            client = await self._live_client()
            letter = _written(message, client)
            try:
                await _hand_over(client, letter, self._timeout)
            except BaseException:
                # Whatever happened, cancellation too: the next letter must not go on in a half-told transaction.
                self._drop()
                raise

    async def close(self) -> None:
        """Take leave if the server still listens. Never fails: the letters are already handed over."""
        if self._client is not None and self._client.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._client.quit()
        self._drop()

    async def _live_client(self) -> aiosmtplib.SMTP:
        """The connection if it still answers, else a new one."""
        if self._client is not None:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._client.noop()
                return self._client
            self._drop()
        self._client = await self._connect()
        return self._client

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None


async def _connect(
    server: SmtpServer, patience: float, tls_context: ssl.SSLContext | None, hello_name: str | None
) -> aiosmtplib.SMTP:
    """A connection ready for a letter. Whatever fails here is no letter's fault: always MailUnavailable."""
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        local_hostname=hello_name,
        timeout=patience,
        use_tls=server.tls_from_start,
        start_tls=False,
        validate_certs=server.verifies_certificate,
        tls_context=tls_context,
    )
    step = "connecting"
    try:
        await client.connect()
        step = "EHLO"
        await client.ehlo()
        step = "STARTTLS"
        await _encrypt(client, server)
        step = "sign-in"
        if server.username is not None:
            await client.login(server.username, server.password or "")
    except BaseException as error:
        client.close()
        if isinstance(error, (aiosmtplib.SMTPException, OSError)):
            raise MailUnavailable(_told(error, step)) from None
        raise
    return client


async def _encrypt(client: aiosmtplib.SMTP, server: SmtpServer) -> None:
    if server.tls_from_start or server.start_tls is StartTls.NEVER:
        return
    if client.supports_extension("starttls"):
        await client.starttls()
        await client.ehlo()
    elif server.start_tls is StartTls.REQUIRED:
        raise MailUnavailable(f"The mail server offers no STARTTLS, and {SETTING} requires it: nothing was sent.")


def _written(message: EmailMessage, client: aiosmtplib.SMTP) -> Letter:
    try:
        return write_letter(message, smtputf8_offered=client.supports_extension("smtputf8"))
    except UnsupportedAddress as error:
        reason = str(error)
    except (ValueError, MessageError):
        reason = "it can't be written as mail"  # the standard library's own words quote the header
    raise MailRefused(f"The letter was not sent: {reason}.")


async def _hand_over(client: aiosmtplib.SMTP, letter: Letter, patience: float) -> None:
    """MAIL, RCPT for each, DATA. The first refusal ends it, before DATA: a retry then doubles nobody's letter."""
    options = ["SMTPUTF8", "BODY=8BITMIME"] if letter.smtputf8 else []
    encoding = "utf-8" if letter.smtputf8 else "ascii"
    step = "MAIL"
    try:
        await client.mail(letter.sender, options=options, encoding=encoding)
        step = "RCPT"
        for recipient in letter.recipients:
            await client.rcpt(recipient, encoding=encoding)
        step = "DATA"
        await client.data(letter.content, timeout=patience * ACCEPTANCE_PATIENCE)
    except aiosmtplib.SMTPResponseException as error:
        refused = 500 <= error.code < 600 and error.code not in DEPLOYMENT_FAULTS
        raise (MailRefused if refused else MailUnavailable)(_told(error, step)) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise MailUnavailable(_told(error, step)) from None


def _told(error: Exception, step: str) -> str:
    """What happened and where, by code or kind."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        status = _ENHANCED_STATUS.match(error.message)
        code = f"{error.code} {status.group()}" if status else f"{error.code}"
        return f"The mail server answered {code} at {step}."
    if isinstance(error, TimeoutError):
        return f"The mail server did not answer in time at {step}."
    return f"The connection to the mail server failed at {step} ({type(error).__name__})."


def _credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    username = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return username, password


def _port(parts: SplitResult, secure: bool) -> int:
    """The port named, else submission's: 465 with TLS from the start, 587 otherwise (RFC 8314, RFC 6409)."""
    try:
        port = parts.port
    except ValueError:
        raise ValueError(f"{SETTING}: the port must be a number up to 65535.") from None
    return port if port is not None else (465 if secure else 587)


def _start_tls(query: str, default: StartTls) -> StartTls:
    options = parse_qs(query, keep_blank_values=True)
    unknown = options.keys() - {"starttls"}
    if unknown:
        raise ValueError(f"{SETTING}: {', '.join(sorted(unknown))} is not known; there is only starttls.")
    try:
        return StartTls(options["starttls"][-1]) if options else default
    except ValueError:
        raise ValueError(f"{SETTING}: starttls is one of {', '.join(StartTls)}.") from None


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
