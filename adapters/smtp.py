"""Sends letters over SMTP.

Error messages contain only the reply code and the step, because a server's reply text may contain a person's address.
"""

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
from clinic.values.ports import MailRefused, MailServerUnavailable, MailUnavailable, SenderRefused

SETTING = "VESTIBULE_SMTP_URL"
TIMEOUT = 15.0
"""Seconds for connecting and for each reply."""

ACCEPTANCE_TIMEOUT_FACTOR = 4
"""The reply after DATA may take this many times longer, because a timeout at that point can cause a duplicate."""

CONFIGURATION_ERRORS = frozenset({530, 534, 535, 538})
"""5xx replies about authentication or encryption (RFC 4954, 3207). The letter is valid, so it is retried later."""

SIGN_IN_OR_ENCRYPTION_REQUIRED = 530
"""RFC 4954 section 6, RFC 3207 section 4."""

ABOUT_THE_LETTER_AT_MAIL = frozenset({552, 555})
"""Replies to MAIL that a shorter letter, or one without SMTPUTF8, would not get (RFC 5321 section 4.2.3, RFC 6531)."""

_NO_SMTPUTF8 = re.compile(r"5\.6\.[79]\b")
"""The server, or one behind it, takes no addresses with letters beyond ASCII (RFC 6531 section 3.5)."""

_ABOUT_US_AT_RCPT = re.compile(
    r"relay|client host|helo command|sender address|blocked using|block ?list|black ?list|authentication", re.IGNORECASE
)
"""Many servers put off what they have against the sender until RCPT, and then say so (Postfix: smtpd_delay_reject)."""

_ABOUT_RECIPIENT = re.compile(r"^5\.[12]\.\d|recipient address", re.IGNORECASE)
"""RFC 3463: the classes of addresses and of mailboxes."""

_METHOD = re.compile(r"[A-Za-z0-9_-]{1,20}")
"""The name of a way to sign in (RFC 4422 section 3.1). Anything else a server says there is not repeated."""

_ENHANCED_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?=\s|$)")


class StartTls(StrEnum):
    """Whether STARTTLS is used on a plain connection."""

    REQUIRED = "required"
    AUTO = "auto"
    NEVER = "never"


@dataclass(frozen=True)
class SmtpServer:
    """The submission server. `tls_from_start` means smtps."""

    host: str
    port: int
    tls_from_start: bool
    start_tls: StartTls
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @classmethod
    def from_url(cls, url: str) -> "SmtpServer":
        """Parse the setting. Raises ValueError without repeating the URL, which may contain a password.

        If `starttls` is absent, encryption is required unless the host is a loopback address.
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
        """Opportunistic TLS accepts any certificate: an attacker who can forge one can also strip STARTTLS."""
        return self.tls_from_start or self.start_tls is StartTls.REQUIRED


class SmtpSender:
    """Implements the port `MailSender`. `timeout` is in seconds; `ehlo_hostname` is the name sent with EHLO."""

    def __init__(
        self,
        url: str,
        *,
        timeout: float = TIMEOUT,
        tls_context: ssl.SSLContext | None = None,
        ehlo_hostname: str | None = None,
    ) -> None:
        self._connect = partial(_connect, SmtpServer.from_url(url), timeout, tls_context, ehlo_hostname)
        self._timeout = timeout

    async def deliver(self, message: EmailMessage) -> None:
        """Send one letter over a new connection. All its recipients get it, or none."""
        async with self.session() as session:
            await session.deliver(message)

    @asynccontextmanager
    async def session(self) -> AsyncIterator["SmtpSession"]:
        """A `MailSender` that sends several letters over one connection, which the first letter opens."""
        session = SmtpSession(self._connect, self._timeout)
        try:
            yield session
        finally:
            await session.close()

    async def probe(self, sender: str | None = None) -> None:
        """Connect, encrypt and authenticate as for a letter, and name its sender. Raises `MailServerUnavailable`."""
        async with self.session() as session:
            await session.probe(sender)


class SmtpSession:
    """One connection, which is replaced when it fails. Letters are sent one at a time."""

    def __init__(self, connect: Callable[[], Awaitable[aiosmtplib.SMTP]], timeout: float) -> None:
        self._connect = connect
        self._timeout = timeout
        self._client: aiosmtplib.SMTP | None = None
        self._lock = asyncio.Lock()

    async def connect(self) -> None:
        """Open the connection if needed. Raises MailUnavailable."""
        async with self._lock:
            await self._live_client()

    async def probe(self, sender: str | None) -> None:
        """Like a letter up to MAIL, which names the sender; RSET undoes it."""
        async with self._lock:
            client = await self._live_client()
            try:
                if sender is not None:
                    await client.mail(sender)
                    await client.rset()
            except (aiosmtplib.SMTPException, OSError) as error:
                raise _no_letter_now(error, "MAIL") from None

    async def deliver(self, message: EmailMessage) -> None:
        """Return after the server has accepted the complete letter with 250; see `MailSender`."""
        async with self._lock:
            client = await self._live_client()
            letter = _serialized(message, client)
            try:
                await _send_letter(client, letter, self._timeout)
            except BaseException:
                # Also after a cancellation: the next letter must not continue an unfinished SMTP transaction.
                self._disconnect()
                raise

    async def close(self) -> None:
        """Send QUIT if the connection is open. Errors are ignored, because the letters have been accepted."""
        if self._client is not None and self._client.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._client.quit()
        self._disconnect()

    async def _live_client(self) -> aiosmtplib.SMTP:
        """The current connection if it answers NOOP, otherwise a new one."""
        if self._client is not None:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self._client.noop()
                return self._client
            self._disconnect()
        self._client = await self._connect()
        return self._client

    def _disconnect(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None


async def _connect(
    server: SmtpServer, timeout: float, tls_context: ssl.SSLContext | None, ehlo_hostname: str | None
) -> aiosmtplib.SMTP:
    """Connect, encrypt and authenticate. Every failure is MailServerUnavailable: no letter can be sent."""
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        local_hostname=ehlo_hostname,
        timeout=timeout,
        use_tls=server.tls_from_start,
        start_tls=False,
        validate_certs=server.verifies_certificate,
        tls_context=tls_context,
    )
    step = "connecting"
    try:
        await client.connect()
        step = "EHLO"
        await _say_hello(client)
        step = "STARTTLS"
        await _encrypt(client, server)
        step = "sign-in"
        if server.username is not None:
            _require_sign_in(client)
            await client.login(server.username, server.password or "")
    except BaseException as error:
        client.close()
        if isinstance(error, (aiosmtplib.SMTPException, OSError)):
            raise _no_letter_now(error, step) from None
        raise
    return client


async def _say_hello(client: aiosmtplib.SMTP) -> None:
    """EHLO, or HELO if the server does not know that (RFC 5321 section 3.2)."""
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError as refusal:
        if not 500 <= refusal.code < 600:
            raise
        await client.helo()


def _no_letter_now(error: Exception, step: str) -> MailServerUnavailable:
    """The failure of a step before any letter: a permanent answer is about us (RFC 5321 section 4.2.1)."""
    refused = isinstance(error, aiosmtplib.SMTPResponseException) and 500 <= error.code < 600
    return (SenderRefused if refused else MailServerUnavailable)(_error_summary(error, step))


async def _encrypt(client: aiosmtplib.SMTP, server: SmtpServer) -> None:
    if server.tls_from_start or server.start_tls is StartTls.NEVER:
        return
    if client.supports_extension("starttls"):
        await client.starttls()
        await client.ehlo()
    elif server.start_tls is StartTls.REQUIRED:
        raise SenderRefused(f"The mail server offers no STARTTLS, and {SETTING} requires it: nothing was sent.")


def _require_sign_in(client: aiosmtplib.SMTP) -> None:
    """Raises `MailUnavailable` with the remedy if the server offers no way to sign in, or none that we speak."""
    if not client.supports_extension("auth"):
        encrypted = client.get_transport_info("sslcontext") is not None
        remedy = (
            "" if encrypted else " Many servers offer it on an encrypted connection only (starttls=required, smtps://)."
        )
        raise SenderRefused(
            f"The mail server offers no sign-in, but {SETTING} has a user name: "
            f"leave it out, or use another port.{remedy}"
        )
    if not client.supported_auth_methods:
        offered = ", ".join(name.upper() for name in client.server_auth_methods if _METHOD.fullmatch(name))
        ours = ", ".join(name.upper() for name in client.AUTH_METHODS)
        raise SenderRefused(
            f"The mail server offers no sign-in that we speak: it offers {offered[:80] or 'none'}, we speak {ours}."
        )


def _serialized(message: EmailMessage, client: aiosmtplib.SMTP) -> Letter:
    try:
        return write_letter(message, smtputf8_offered=client.supports_extension("smtputf8"))
    except UnsupportedAddress as error:
        reason = str(error)
    except (ValueError, MessageError):
        reason = "it can't be written as mail"  # the standard library's message quotes the header
    raise MailRefused(f"The letter was not sent: {reason}.")


async def _send_letter(client: aiosmtplib.SMTP, letter: Letter, timeout: float) -> None:
    """MAIL, RCPT for each recipient, DATA. A refused recipient stops it before DATA, so a retry sends no duplicates."""
    options = ["SMTPUTF8", "BODY=8BITMIME"] if letter.smtputf8 else []
    encoding = "utf-8" if letter.smtputf8 else "ascii"
    step = "MAIL"
    try:
        await client.mail(letter.sender, options=options, encoding=encoding)
        step = "RCPT"
        for recipient in letter.recipients:
            await client.rcpt(recipient, encoding=encoding)
        step = "DATA"
        await client.data(letter.content, timeout=timeout * ACCEPTANCE_TIMEOUT_FACTOR)
    except aiosmtplib.SMTPResponseException as error:
        raise _kind(error, step)(_error_summary(error, step)) from None
    except (aiosmtplib.SMTPException, OSError) as error:
        raise MailUnavailable(_error_summary(error, step)) from None


def _kind(error: aiosmtplib.SMTPResponseException, step: str) -> type[Exception]:
    """What the answer to a step of a letter means: about the letter for good, about us for good, or later."""
    if not 500 <= error.code < 600:
        return MailUnavailable
    about_letter = error.code in ABOUT_THE_LETTER_AT_MAIL or _NO_SMTPUTF8.match(error.message)
    if error.code in CONFIGURATION_ERRORS or (step == "MAIL" and not about_letter):
        return SenderRefused
    about_recipient = _ABOUT_RECIPIENT.search(error.message)
    if step == "RCPT" and not about_recipient and _ABOUT_US_AT_RCPT.search(error.message):
        return SenderRefused
    return MailRefused


def _error_summary(error: Exception, step: str) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        status = _ENHANCED_STATUS.match(error.message)
        code = f"{error.code} {status.group()}" if status else f"{error.code}"
        if error.code == SIGN_IN_OR_ENCRYPTION_REQUIRED:
            return f"The mail server answered {code} at {step}: it asks for a sign-in or encryption, see {SETTING}."
        return f"The mail server answered {code} at {step}."
    if isinstance(error, TimeoutError):
        return f"The mail server did not answer in time at {step}."
    return f"The connection to the mail server failed at {step} ({type(error).__name__})."


def _credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    username = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return username, password


def _port(parts: SplitResult, secure: bool) -> int:
    """The URL's port, or the default for submission: 465 with implicit TLS, otherwise 587 (RFC 8314, RFC 6409)."""
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
