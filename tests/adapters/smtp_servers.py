"""Real SMTP servers (aiosmtpd) on a free port of 127.0.0.1, well-behaved or not, for the tests of the sender."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Inbox:
    """What a server took, and how it answers: a status line per step, None for yes. `sign_in` is what it offers."""

    answers: dict[str, str] = field(default_factory=dict)
    envelopes: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    drop_after_data: bool = False
    sign_in: str | None = None
    silent_from: asyncio.Event | None = None
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait_for(self, letters: int, seconds: float = 20) -> None:
        """Return once so many letters have arrived; TimeoutError if they don't."""
        async with asyncio.timeout(seconds):
            while len(self.envelopes) < letters:
                self.arrived.clear()
                await self.arrived.wait()

    @property
    def contents(self) -> list[bytes]:
        return [envelope.content for envelope in self.envelopes if isinstance(envelope.content, bytes)]

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        if answer := self.answers.get("EHLO") or self.answers.get("HELO"):
            return [answer]
        session.host_name = hostname
        return responses if self.sign_in is None else [responses[0], f"250-AUTH {self.sign_in}", *responses[1:]]

    async def handle_HELO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str
    ) -> str:
        if answer := self.answers.get("HELO"):
            return answer
        session.host_name = hostname
        return "250 test"

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.answers.get("MAIL"):
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.answers.get("RCPT") or self.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.silent_from is not None:
            await self.silent_from.wait()
        if answer := self.answers.get("DATA"):
            return answer
        self.envelopes.append(envelope)
        self.arrived.set()
        self.encrypted.append(session.ssl is not None)
        if self.drop_after_data:
            hang_up(server)
        return "250 OK"


class RunningServer(SMTP):
    """aiosmtpd's server, counting connections."""

    def __init__(self, inbox: Inbox, **options: Any) -> None:
        super().__init__(inbox, hostname="test", **options)
        self._inbox = inbox

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self.session is None:
            self._inbox.connections += 1
        super().connection_made(transport)


def hang_up(server: SMTP) -> None:
    """End the connection at once, without a word."""
    # uvloop's transports are no subclasses of asyncio's.
    transport = cast("asyncio.WriteTransport | None", server.transport)
    if transport is not None:
        transport.abort()


def only(username: str, password: str) -> Any:
    """An authenticator that knows one person."""

    def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        known = LoginPassword(username.encode(), password.encode())
        return AuthResult(success=data == known, handled=False)

    return authenticate


@asynccontextmanager
async def smtp_server(inbox: Inbox, **options: Any) -> AsyncIterator[Inbox]:
    """Serve the inbox; `options` are aiosmtpd's. `smtps` in them is a TLS context from the first byte."""
    from_start: ssl.SSLContext | None = options.pop("smtps", None)
    running: list[RunningServer] = []

    def protocol() -> RunningServer:
        running.append(RunningServer(inbox, **options))
        return running[-1]

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, ssl=from_start)
    inbox.port = server.sockets[0].getsockname()[1]
    try:
        yield inbox
    finally:
        server.close()
        for session in running:
            hang_up(session)
        await server.wait_closed()


@asynccontextmanager
async def silent_server() -> AsyncIterator[int]:
    """A port that takes connections and never says a word."""
    finished = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await finished.wait()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        finished.set()
        server.close()
        await server.wait_closed()
