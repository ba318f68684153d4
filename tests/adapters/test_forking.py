"""Single-use processes are forked from one that has the libraries loaded: each is new, and none outlives its caller."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from adapters.forking import ForkServer, is_possible
from adapters.subprocess_pool import ProcessFailed, SubprocessPool
from tests.single_use import all_have_ended_since, is_there, single_use_processes

pytestmark = pytest.mark.skipif(not is_possible(), reason="the system can't wait for a process without a race")

TELLER = "tests.adapters.self_teller"


@pytest.fixture
def server() -> Iterator[ForkServer]:
    server = ForkServer(TELLER)
    yield server
    server.end()


def pool() -> SubprocessPool:
    return SubprocessPool(TELLER, max_concurrent=4, max_answer_bytes=10_000)


async def told(what: str) -> Any:
    word, answer = await pool().ask(b"", 20.0, what)
    assert word == "ok"
    return json.loads(answer)


async def test_each_task_has_a_process_of_its_own_from_one_server() -> None:
    (first, server), (second, same) = await told("process"), await told("process")

    assert len({first, second, server, os.getpid()}) == 4
    assert server == same
    assert not is_there(first)


async def test_nothing_of_one_task_is_left_for_the_next() -> None:
    assert [await told("asked"), await told("asked")] == [["asked"], ["asked"]]


async def test_a_caller_that_goes_at_any_moment_of_a_start_leaves_no_socket(server: ForkServer) -> None:
    process = await server.start(["process"])
    process.kill()
    await process.wait()
    before = _sockets()
    for steps in range(40):
        starting = asyncio.create_task(server.start(["process"]))
        for _ in range(steps):
            await asyncio.sleep(0)
        starting.cancel()
        with suppress(asyncio.CancelledError):
            process = await starting
            process.kill()
            await process.wait()
    deadline = asyncio.get_running_loop().time() + 20
    while _sockets() > before:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.001)


def _sockets() -> int:
    links = [os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return sum(link.startswith("socket:") for link in links)


async def test_chance_differs_between_processes() -> None:
    one, another = await told("chance"), await told("chance")

    assert one[0] != another[0]
    assert one[1] != another[1]


async def test_process_has_no_other_file_open_while_others_run() -> None:
    listed = await asyncio.gather(*(told("open files") for _ in range(4)))

    # Standard input, output and error, the way of the answer, and /dev/null for what libraries print.
    assert listed == [[0, 1, 2, 3, 4]] * 4


async def test_server_that_was_killed_is_started_again() -> None:
    _, server = await told("process")
    os.kill(server, signal.SIGKILL)

    _, another = await told("process")
    assert another != server


async def test_server_ends_when_nobody_asks_and_starts_with_the_next_task() -> None:
    server = ForkServer(TELLER, idle_seconds=0.0)
    try:
        for _ in range(2):
            process = await server.start(["process"])
            process.stdin.write_eof()
            assert (await process.stdout.read()).startswith(b"ok\n")
            await process.wait()
            assert process.returncode == 0
            await asyncio.to_thread(server.wait)
    finally:
        server.end()


async def test_module_that_can_not_be_loaded_fails_each_task() -> None:
    missing = SubprocessPool("tests.adapters.no_such_module", max_concurrent=1, max_answer_bytes=100)

    with pytest.raises(ProcessFailed, match="no whole answer"):
        await missing.ask(b"", 20.0, "anything")


async def test_caller_that_gives_up_leaves_no_process(server: ForkServer) -> None:
    process = await server.start(["process"])
    process.close()

    await process.wait()
    assert process.returncode == -signal.SIGKILL


def test_everything_ends_with_the_process_that_asked() -> None:
    """The program below is killed while a task of its own waits for the rest of its input."""
    code = """
import asyncio, sys
from adapters.forking import ForkServer
from tests.single_use import all_have_ended_since, single_use_processes

async def main():
    server = ForkServer("tests.adapters.self_teller")  # it would end all if nobody held it
    process = await server.start(["process"])
    print(*single_use_processes(), flush=True)
    await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        [waiting] = map(int, program.stdout.readline().split())
        assert is_there(waiting)
        program.kill()
    for _ in range(2_000):
        if not is_there(waiting):
            return
        signal.sigtimedwait([], 0.005)
    pytest.fail("the process is still there")


async def test_no_process_is_left_after_its_answer() -> None:
    before = single_use_processes()
    await told("folder")

    await all_have_ended_since(before)
