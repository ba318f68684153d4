"""Requests beyond what a process can answer are refused at once; those within it are answered, in order."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message, Receive, Scope, Send

from runtime.http.load_shedding import Lane, LoadShedding, Places

FEW = {
    Lane.USUAL: Places(at_once=2, waiting=3, seconds=60),
    Lane.SIGN_IN: Places(at_once=1, waiting=1, seconds=60),
    Lane.LARGE: Places(at_once=1, waiting=0),
}


class Work:
    """An application whose requests end when the test says so."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.bodies: list[bytes] = []
        self.go = asyncio.Semaphore(0)
        self.reading = asyncio.Event()
        self.reading.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun.append(scope["path"])
        if scope["path"] == "/fails":
            raise KeyError
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.bodies.append(body)
        await self.go.acquire()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})


async def too_busy(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 503, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def lane_of(scope: Scope) -> Lane | None:
    return {"/healthz": None, "/sign-in": Lane.SIGN_IN}.get(scope["path"], Lane.USUAL)


class Server:
    """Asks the application as a server does, with a small body in one piece unless told otherwise."""

    def __init__(self, work: Work) -> None:
        self.app = LoadShedding(work, lane_of=lane_of, refuse=too_busy, places=FEW)

    async def ask(
        self,
        path: str = "/",
        pieces: AsyncIterator[Message] | None = None,
        length: int | None = None,
        reads: asyncio.Event | None = None,
    ) -> int:
        status = 0

        async def receive() -> Message:
            if pieces is None:
                return {"type": "http.request", "body": b"body", "more_body": False}
            return await anext(pieces)

        async def send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            if message["type"] == "http.response.body" and reads is not None:
                await reads.wait()

        headers = [(b"content-length", b"%d" % (4 if length is None else length))]
        await self.app({"type": "http", "path": path, "headers": headers}, receive, send)
        return status


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def server(work: Work) -> Server:
    return Server(work)


async def turns(number: int = 20) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_so_many_work_so_many_wait_and_the_rest_is_refused_at_once(server: Server, work: Work) -> None:
    tasks = [asyncio.create_task(server.ask(f"/{number}")) for number in range(8)]
    await turns()
    assert work.begun == ["/0", "/1"]
    assert [task.result() for task in tasks if task.done()] == [503, 503, 503]
    for _ in range(5):
        work.go.release()
    assert [await task for task in tasks] == [200] * 5 + [503] * 3
    assert work.begun == [f"/{number}" for number in range(5)]
    work.go.release()
    assert await server.ask() == 200
    assert set(work.bodies) == {b"body"}


async def test_health_and_sign_in_have_their_own_way(server: Server, work: Work) -> None:
    tasks = [asyncio.create_task(server.ask()) for _ in range(9)]
    await turns()
    apart = [asyncio.create_task(server.ask(path)) for path in ("/healthz", "/sign-in")]
    await turns()
    assert work.begun[2:] == ["/healthz", "/sign-in"]
    for _ in range(11):
        work.go.release()
    assert [await task for task in apart] == [200, 200]
    await asyncio.gather(*tasks)


async def test_what_fails_or_gives_up_waiting_gives_its_place_back(server: Server, work: Work) -> None:
    for _ in range(5):
        with pytest.raises(KeyError):
            await server.ask("/fails")
    tasks = [asyncio.create_task(server.ask()) for _ in range(5)]
    await turns()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    work.go.release()
    assert await server.ask() == 200


async def test_place_that_comes_with_the_cancellation_is_passed_on(server: Server, work: Work) -> None:
    tasks = [asyncio.create_task(server.ask()) for _ in range(4)]
    await turns()
    work.go.release()
    work.go.release()
    await asyncio.wait(tasks[:2])
    # Their places have just been given to the other two, which end in the same moment.
    for task in tasks[2:]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for _ in range(2):
        work.go.release()
    answers = await asyncio.gather(server.ask(), server.ask())
    assert list(answers) == [200, 200]


async def test_slow_reader_keeps_no_place(server: Server, work: Work) -> None:
    reads = asyncio.Event()
    slow = [asyncio.create_task(server.ask(reads=reads)) for _ in range(2)]
    await turns()
    for _ in range(3):
        work.go.release()
    await turns()
    assert await server.ask() == 200
    reads.set()
    assert await asyncio.gather(*slow) == [200, 200]


async def test_waiting_ends(work: Work) -> None:
    places = {**FEW, Lane.USUAL: Places(at_once=1, waiting=1, seconds=0.01)}
    server = Server(work)
    server.app = LoadShedding(work, lane_of=lane_of, refuse=too_busy, places=places)
    first = asyncio.create_task(server.ask())
    await turns()
    assert await server.ask() == 503
    work.go.release()
    assert await first == 200


async def test_large_and_slow_bodies_keep_no_place_of_others(server: Server, work: Work) -> None:
    more = asyncio.Event()

    async def trickling() -> AsyncIterator[Message]:
        yield {"type": "http.request", "body": b"a", "more_body": True}
        await more.wait()
        yield {"type": "http.request", "body": b"b", "more_body": False}

    slow = [asyncio.create_task(server.ask("/slow", trickling(), 2)) for _ in range(2)]
    large = asyncio.create_task(server.ask("/large", None, 100_000))
    await turns()
    assert work.begun == ["/large"]
    usual = [asyncio.create_task(server.ask("/usual")) for _ in range(2)]
    await turns()
    assert work.begun == ["/large", "/usual", "/usual"]
    for _ in range(3):
        work.go.release()
    assert await asyncio.gather(large, *usual) == [200, 200, 200]
    more.set()
    for _ in range(2):
        work.go.release()
    assert await asyncio.gather(*slow) == [200, 200]
    assert work.bodies.count(b"ab") == 2
