"""The server's HTTP protocol with bounds: how large a request's head is, how slowly it may come, how many may wait.

uvicorn bounds none of this with httptools: a header that never ends costs the square of its length on the event loop,
and stops every other request of the process (decision 0026).
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakKeyDictionary

import httptools
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from runtime.http.load_shedding import REFUSES_AT_ONCE, RefusesAtOnce
from runtime.http.one_host import host_of
from runtime.http.unfinished import Unfinished

LARGEST_HEAD = 32_768
"""Bytes of the request line and the headers together; also of trailers, and of what stands between two chunks."""

PIECE = 16_384
"""Bytes that are parsed at a time. It bounds what a request may have sent before its head is counted."""

HEAD_SECONDS = 10.0
"""For a whole head, from the connection's beginning or the request's first byte."""

BODY_AFTER_ANSWER_SECONDS = 10.0
"""For the rest of a body that was answered before it had all arrived."""

KEEP_ALIVE_SECONDS = 75
"""How long a connection may stay idle between two requests. Longer than the 60 seconds for which balancers keep one.

Whoever closes first must be the one who asks: a proxy that sends a request down a connection that we are closing can't
know whether it arrived, and answers a person 502 (decision 0096).
"""

MOST_RESTING = 3_000
MOST_RESTING_OF_ONE_NETWORK = 300
"""Connections of a process that are idle between two requests. One more ends the one that is idle for longest."""

READING_SECONDS = 30.0
"""How often it is looked whether a client reads its answer."""

SLOWEST_READER = 30_000
"""Bytes that a client must read in that time."""


@dataclass(frozen=True)
class Refusal:
    """What is answered, in plain text."""

    status: int
    text: str


_TOO_LARGE = Refusal(431, f"The request line and the headers have more than {LARGEST_HEAD} bytes.")
_TOO_SLOW = Refusal(408, "The request line and the headers did not arrive in time.")
_OTHER_HOST = Refusal(400, "The request names two hosts.")
_BAD_BODY = Refusal(400, "The body is not framed as it should be.")
_USUAL_PORTS = {b"http": 80, b"https": 443}


class _Answered:
    """Stands in for upstream's newest request when that was refused without it."""

    response_started = True
    response_complete = True
    message_event = asyncio.Event()


_ANSWERED = cast("RequestResponseCycle", _Answered())


@dataclass(frozen=True)
class _Waiting:
    """The connections of one server that nothing is done for now."""

    unfinished: Unfinished
    resting: Unfinished


_waiting: WeakKeyDictionary[ServerState, _Waiting] = WeakKeyDictionary()


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection. It uses inner parts of upstream's class; tests/runtime/test_bounded_protocol.py checks them."""

    head_seconds = HEAD_SECONDS
    body_after_answer_seconds = BODY_AFTER_ANSWER_SECONDS
    reading_seconds = READING_SECONDS
    most_resting_of_one_network = MOST_RESTING_OF_ONE_NETWORK

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.server_state not in _waiting:
            _waiting[self.server_state] = self._nobody_waiting()
        self._others = _waiting[self.server_state].unfinished
        self._resting = _waiting[self.server_state].resting
        # Between two requests; a new connection is not, because its first request is awaited.
        self._idle = False
        self._in_head = True
        # Changes with each new request and each part of a body.
        self._progress = 0
        # Bytes since then, which are neither a whole head nor a body.
        self._overhead = 0
        self._refusal: Refusal | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None
        self._unread = 0

    def _nobody_waiting(self) -> _Waiting:
        trusted = self.config.forwarded_allow_ips
        networks = trusted if isinstance(trusted, list) else ()
        resting = Unfinished(networks, most=MOST_RESTING, most_of_one_network=self.most_resting_of_one_network)
        return _Waiting(Unfinished(networks), resting)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as upstream's
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._resting.discard(self)
        if len(data) <= PIECE:
            self._feed(data)
        else:
            for start in range(0, len(data), PIECE):
                self._feed(data[start : start + PIECE])
                if self._is_over():
                    return
        if not self._is_over():
            self._watch()

    def _feed(self, piece: bytes) -> None:
        before, was_between = self._progress, self._idle or self._progress == 0
        super().data_received(piece)
        if self._progress == before:
            self._overhead += len(piece)
        elif was_between and self._progress == before + 1:
            self._overhead = len(piece)  # all of it belongs to the request that it begins
        else:
            self._overhead = 0
        if self._overhead > LARGEST_HEAD and not self._idle and not self._is_over():
            self._refuse(_TOO_LARGE if self._in_head else _BAD_BODY)

    def _is_over(self) -> bool:
        """Refused, closed, or handed over to the WebSocket's protocol."""
        return self.transport.is_closing() or self.transport.get_protocol() is not self

    @property
    def _answering(self) -> RequestResponseCycle | None:
        """The newest request that has a whole head. Upstream says that there always is one."""
        return self.cycle

    # What the parser calls.

    def on_message_begin(self) -> None:
        self._idle, self._in_head = False, True
        self._progress += 1
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        # Without an overhead it came in at most two pieces, which are not larger than a head may be.
        if self._overhead and self._size_of_head() > LARGEST_HEAD:
            self._refuse_within_parser(_TOO_LARGE)
        if not self.url.startswith(b"/"):
            self._check_target()
        self._in_head = False
        if self._refused_at_once():
            return
        super().on_headers_complete()
        # Trailers are added to this list. They must not become headers of the request that is being answered.
        self.headers = list(self.headers)

    def _refused_at_once(self) -> bool:
        """Answer a request that its application would refuse in any case, without a task and without its body.

        Only where the answer is simple: it comes next on this connection, has a body, and the connection stays.
        """
        refuses: RefusesAtOnce | None = self.app_state.get(REFUSES_AT_ONCE)
        if refuses is None or not (self._answering is None or self._answering.response_complete):
            return False
        parser = self.parser
        if parser.get_method() == b"HEAD" or parser.get_http_version() != "1.1" or not parser.should_keep_alive():
            return False
        if self.expect_100_continue or parser.should_upgrade() or b"%" in self.url or not self.url.startswith(b"/"):
            return False
        self.scope["path"] = self.url.partition(b"?")[0].decode("ascii")
        answer = refuses(cast("Scope", self.scope))
        if answer is None:
            return False
        dated = [b"%b: %b\r\n" % header for header in self.server_state.default_headers]
        self.transport.write(b"".join([STATUS_LINE[answer.status], *dated, answer.after_status_line]))
        self.server_state.total_requests += 1
        self.cycle = _ANSWERED
        self._clear_deadline()
        return True

    def on_body(self, body: bytes) -> None:
        self._progress += 1
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._idle = True
        super().on_message_complete()

    def _size_of_head(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _check_target(self) -> None:
        """A whole address as target (RFC 9112 section 3.2.2) names the host that the headers name."""
        target = httptools.parse_url(self.url)
        if target.host is not None:
            usual = _USUAL_PORTS.get(target.schema.lower(), 0)
            named = _name_and_port(host_of(self.headers) or b"", usual)
            if named != (target.host.lower().strip(b"[]"), target.port or usual):
                self._refuse_within_parser(_OTHER_HOST)

    # Refusals.

    def _refuse_within_parser(self, refusal: Refusal) -> None:
        """Stop the parser. Upstream then calls `send_400_response`."""
        self._refusal = refusal
        raise ValueError(refusal.text)

    def _refuse(self, refusal: Refusal) -> None:
        self._refusal = refusal
        self.send_400_response(refusal.text)

    def send_400_response(self, msg: str) -> None:
        """Upstream's answer to what can't be parsed, or ours to what we refused. Closes the connection."""
        cycle = self._answering
        if cycle and cycle.response_started and not cycle.response_complete:
            self.transport.abort()
            return
        refusal = self._refusal or Refusal(400, msg)
        lines = [STATUS_LINE[refusal.status], b"content-type: text/plain; charset=utf-8\r\n"]
        lines += [b"content-length: %d\r\nconnection: close\r\n\r\n" % len(refusal.text), refusal.text.encode("ascii")]
        self.transport.write(b"".join(lines))
        self.transport.close()

    # Time.

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._rest()
        if not self._idle and not self._in_head and not self._is_over():
            self._unset_keepalive_if_required()
            self._set_deadline(self.body_after_answer_seconds, self.transport.close)

    def _watch(self) -> None:
        """Bound how long the rest of a request takes, and how many of them wait."""
        if self._idle:
            if self._others.discard(self):
                self._clear_deadline()
                self._restart_keep_alive()
            elif self.cycle is _ANSWERED:
                self._restart_keep_alive()
            self._rest()
            return
        self._others.add(self)
        if not self._in_head:
            if self._answering and not self._answering.response_complete:
                self._clear_deadline()  # the application bounds its bodies
            elif self.cycle is _ANSWERED and self._deadline is None:
                self._set_deadline(self.body_after_answer_seconds, self.transport.close)
        elif self._deadline is None:
            self._set_deadline(self.head_seconds, self._head_is_late)

    def _rest(self) -> None:
        """Count it among those that are idle, if all that was asked is answered."""
        if self._idle and self.cycle.response_complete and not self._is_over():
            self._resting.add(self)

    def _restart_keep_alive(self) -> None:
        """For a body that ended after its answer: its bytes have ended the wait for the next request."""
        if self.cycle.response_complete and self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _head_is_late(self) -> None:
        if self._is_over():
            return
        if self._progress:
            self._refuse(_TOO_SLOW)
        else:
            self.transport.abort()  # nothing was asked

    def _set_deadline(self, seconds: float, action: Any) -> None:
        self._clear_deadline()
        self._deadline = self.loop.call_later(seconds, action)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _forget(self) -> None:
        self._clear_deadline()
        self._others.discard(self)
        self._resting.discard(self)

    def handle_websocket_upgrade(self) -> None:
        self._forget()
        super().handle_websocket_upgrade()

    # Clients that don't read their answer.

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._reading is None:
            self._unread = self.transport.get_write_buffer_size()
            self._reading = self.loop.call_later(self.reading_seconds, self._check_reading)

    def resume_writing(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        super().resume_writing()

    def _check_reading(self) -> None:
        left = self.transport.get_write_buffer_size()
        if self._unread - left < SLOWEST_READER:
            self.transport.abort()
            return
        self._unread = left
        self._reading = self.loop.call_later(self.reading_seconds, self._check_reading)


def _name_and_port(host: bytes, usual_port: int) -> tuple[bytes, int]:
    """The parts of a Host header, without the brackets of an IPv6 address."""
    found = re.fullmatch(rb"\[?(.*?)\]?(?::([0-9]*))?", host.lower()) if b"[" in host or host.count(b":") < 2 else None
    return (found[1], int(found[2] or usual_port)) if found else (host, usual_port)


HTTP: Mapping[str, Any] = {"http": BoundedHttpProtocol, "timeout_keep_alive": KEEP_ALIVE_SECONDS}
"""How large and how slow a request may be: uvicorn's settings for every server of ours."""
