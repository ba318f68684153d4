"""Hostile code where strangers' files are parsed finds no secret, no network and no other process, and is bounded."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.pdf_reading.reader import ProcessPdfReader
from adapters.sandbox_report import what_the_box_leaves_open
from adapters.subprocess_pool import ProcessFailed, SubprocessPool
from tests.adapters.hostile_code import ATTEMPTS, ATTEMPTS_ON_TIME_AND_SIZE
from tests.factories.pdfs import sound_pdf

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has these walls")

SECRET = "VESTIBULE_SECRET_KEYS=do-not-tell"
QUICK = [name for name in ATTEMPTS if name not in ATTEMPTS_ON_TIME_AND_SIZE]
# A machine may refuse these to everybody, and starts with more of them than the box.
NOT_EVERYWHERE = {"memory", "tracing the parent", "memory of the parent", "memory by a call"}


@pytest.fixture
async def question(tmp_path: Path) -> AsyncIterator[bytes]:
    """Where a secret lies, and the port of a server that listens."""
    secret = tmp_path / ".env"
    secret.write_text(SECRET)
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    yield f"{secret}\n{server.sockets[0].getsockname()[1]}".encode()
    server.close()
    await server.wait_closed()


def pool(module: str) -> SubprocessPool:
    return SubprocessPool(f"tests.adapters.{module}", max_concurrent=2, max_answer_bytes=10_000)


@pytest.mark.parametrize("name", QUICK)
async def test_hostile_code_in_the_box_gets_nothing(name: str, question: bytes, tmp_path: Path) -> None:
    word, got = await pool("hostile_code").ask(question, 20.0, name)
    assert word == "shut", got
    assert os.listdir(tmp_path) == [".env"]


@pytest.mark.parametrize("name", [name for name in QUICK if name not in NOT_EVERYWHERE])
async def test_the_same_code_outside_gets_it(name: str, question: bytes) -> None:
    word, got = await pool("hostile_code_outside").ask(question, 20.0, name)
    assert word == "got", got


async def test_code_that_never_ends_is_ended(question: bytes) -> None:
    with pytest.raises(ProcessFailed, match="no answer within 1 s"):
        await pool("hostile_code").ask(question, 1.0, "time")


async def test_parsers_work_in_the_box() -> None:
    reader = ProcessPdfReader()
    content = sound_pdf(2)
    assert await reader.inspect(content) == 2
    assert len(await reader.page_image(content, 1, 800)) > 100
    assert len(await reader.page_texts(content)) == 2


async def test_this_system_has_every_wall() -> None:
    assert await what_the_box_leaves_open() == ()


def test_server_can_not_be_read_by_a_process_of_the_same_user() -> None:
    """Without Landlock, too. The process of the test becomes nobody, because root may read everything."""
    code = """
import os, ctypes
if os.getuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)

def can_be_read():
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if open(f"/proc/{os.getppid()}/environ", "rb").read() else 1)
        except OSError:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0

before = can_be_read()
protect_this_process()
print(before, can_be_read())
"""
    begin = "from runtime.hardening import protect_this_process"
    environment = {**os.environ, "VESTIBULE_SECRET_KEYS": SECRET}
    program = [sys.executable, "-c", begin + code]
    printed = subprocess.run(program, env=environment, capture_output=True, text=True, check=True, timeout=60).stdout
    assert printed == "True False\n"
