"""Sheds load: so many requests are worked on at once, so many more wait in order, and every other one is refused.

Refusing costs little, so what a process can answer it still answers when it is asked for several times as much
(docs/decisions/0049-load-is-shed.md). A refusal that is always the same is sent by the server's protocol itself, which
then neither reads the body nor asks the application (docs/decisions/0085-refused-by-the-protocol.md).
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

SMALL_BODY = 65_536
"""Bytes. What is smaller is awaited before the request takes a place, so that a slow sender keeps none."""

ARRIVAL_SECONDS = 1.0
"""For a small body. One that takes longer takes a place among the large ones."""

LOG_SECONDS = 10.0
"""How often the log has the number of refused requests."""


class Lane(StrEnum):
    """Requests that queue apart from each other."""

    USUAL = "usual"
    # Without a token or a session: somebody signs in, also while others ask for too much.
    SIGN_IN = "sign in"
    # What waits for somebody else's server, so that a slow one holds up nothing else.
    OUTSIDE = "outside"
    # Bodies that are large or slow to arrive.
    LARGE = "large"


@dataclass(frozen=True)
class Places:
    """How many requests of a lane are worked on at once, how many more may wait, and for how many seconds."""

    at_once: int
    waiting: int
    seconds: float = 1.5


# A process works on one request at a time, and others wait for the database meanwhile: as many as the pool has
# connections. More at once would make every one of them, signing in too, wait for all the others.
PLACES: Mapping[Lane, Places] = {
    Lane.USUAL: Places(at_once=10, waiting=40),
    Lane.SIGN_IN: Places(at_once=4, waiting=40),
    Lane.OUTSIDE: Places(at_once=20, waiting=20),
    Lane.LARGE: Places(at_once=8, waiting=32),
}

LaneOf = Callable[[Scope], Lane | None]

REFUSES_AT_ONCE = "refuses_at_once"
"""Under this name an application tells its server, in the state of its lifespan, that it has a `RefusesAtOnce`."""

RefusesAtOnce = Callable[[Scope], "Prepared | None"]
"""Asked with a request's head: the answer, if it would be refused in any case. It counts as refused then."""


@dataclass(frozen=True)
class Prepared:
    """An answer that is always the same, as an ASGI application. It has a `content-length` among its headers."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": list(self.headers)})
        await send({"type": "http.response.body", "body": self.body})

    @cached_property
    def after_status_line(self) -> bytes:
        """Headers and body, as they are sent."""
        return b"".join(b"%b: %b\r\n" % header for header in self.headers) + b"\r\n" + self.body


class Queue:
    """The requests of one lane, first come, first served."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._working = 0
        # Let in by the protocol, and not begun yet: the requests of one moment are all read before any of them begins.
        self._coming = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def is_full(self) -> bool:
        """Whether whoever comes now is refused."""
        return self._working >= self._places.at_once and len(self._waiting) >= self._places.waiting

    def lets_in(self) -> bool:
        """Whether one more request may come. It counts until the loop's next turn, in which it asks for its place."""
        if self._working + len(self._waiting) + self._coming >= self._places.at_once + self._places.waiting:
            return False
        self._coming += 1
        asyncio.get_running_loop().call_soon(self._came)
        return True

    def _came(self) -> None:
        self._coming -= 1

    async def enter(self) -> bool:
        """Take a place, after waiting for one if need be. False if too many wait, or for too long."""
        if self.is_full:
            return False
        if self._working < self._places.at_once:
            self._working += 1
            return True
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._places.seconds):
                await turn
        except TimeoutError:
            return self._gave_up(turn)
        except asyncio.CancelledError:
            if self._gave_up(turn):
                self.leave()
            raise
        return True

    def _gave_up(self, turn: asyncio.Future[None]) -> bool:
        """Whether the place came in the same moment."""
        with suppress(ValueError):
            self._waiting.remove(turn)
        return turn.done() and not turn.cancelled()

    def leave(self) -> None:
        """Give the place to the next one who still waits."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._working -= 1


class LoadShedding:
    """ASGI middleware. `lane_of` answers None for what is never refused; `refuse` answers 503 with Retry-After,
    `counted` is called for each.

    A place is given back when the answer begins to leave, so that a slow reader keeps none.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        lane_of: LaneOf,
        refuse: ASGIApp,
        counted: Callable[[], None] = lambda: None,
        places: Mapping[Lane, Places] = PLACES,
    ) -> None:
        self._app = app
        self._lane_of = lane_of
        self._refuse = refuse
        self._counted = counted
        self._queues = {lane: Queue(each) for lane, each in places.items()}
        self._refused = 0
        self._logged_at = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" and isinstance(self._refuse, Prepared):
            scope.get("state", {})[REFUSES_AT_ONCE] = self.refused_at_once
        lane = self._lane_of(scope) if scope["type"] == "http" else None
        if lane is None:
            await self._app(scope, receive, send)
            return
        begun, small = await _beginning(scope, receive)
        queue = self._queues[lane if small else Lane.LARGE]
        if not await queue.enter():
            self._count_refusal()
            await self._refuse(scope, receive, send)
            return
        place = _Place(queue)

        async def giving_back(message: Message) -> None:
            if message["type"] == "http.response.body":
                place.give_back()
            await send(message)

        try:
            await self._app(scope, _continued(begun, receive), giving_back)
        finally:
            place.give_back()

    def refused_at_once(self, scope: Scope) -> Prepared | None:
        """The refusal, if the request's lane is full. What may belong to the large ones is left to its own lane."""
        lane = self._lane_of(scope)
        if lane is None or not _is_small(scope) or self._queues[lane].lets_in():
            return None
        self._count_refusal()
        return self._refuse if isinstance(self._refuse, Prepared) else None

    def _count_refusal(self) -> None:
        self._counted()
        self._refused += 1
        now = time.monotonic()
        if now - self._logged_at >= LOG_SECONDS:
            log.warning("http.too_busy", refused=self._refused)
            self._refused, self._logged_at = 0, now


class _Place:
    def __init__(self, queue: Queue) -> None:
        self._queue: Queue | None = queue

    def give_back(self) -> None:
        if self._queue is not None:
            self._queue.leave()
            self._queue = None


def _is_small(scope: Scope) -> bool:
    """Whether the head says that the body is small, or that there is none."""
    for name, value in scope["headers"]:
        if name == b"transfer-encoding" or (name == b"content-length" and not _is_small_length(value)):
            return False
    return True


def _is_small_length(value: bytes) -> bool:
    return value.isdigit() and len(value) <= 9 and int(value) <= SMALL_BODY


async def _beginning(scope: Scope, receive: Receive) -> tuple[list[Message | Exception], bool]:
    """What of the body has been read, and whether the body is small and has arrived.

    A body that is refused while it arrives ends with the refusal: the application meets it where it reads the body.
    """
    headers = dict(scope["headers"])
    length = headers.get(b"content-length")
    if length is None and b"transfer-encoding" not in headers:
        return [], True
    if length is not None and not _is_small_length(length):
        return [], False
    messages: list[Message | Exception] = []
    arrived = 0
    try:
        async with asyncio.timeout(ARRIVAL_SECONDS):
            while arrived <= SMALL_BODY:
                message = await receive()
                messages.append(message)
                arrived += len(message.get("body", b""))
                if not message.get("more_body"):
                    return messages, True
    except TimeoutError:
        pass
    except Exception as refused:  # noqa: BLE001 - it is raised again where the application reads the body
        return [*messages, refused], True
    return messages, False


def _continued(begun: list[Message | Exception], receive: Receive) -> Receive:
    """The messages that have been read, then those that follow."""
    left = deque(begun)

    async def next_message() -> Message:
        read = left.popleft() if left else await receive()
        if isinstance(read, Exception):
            raise read
        return read

    return next_message
