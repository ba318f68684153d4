"""Work on strangers' files in fresh processes with little time, little memory and no secrets of ours.

A process that crashes, hangs or swells takes nothing along, and what it held of one person's paper is gone before the
next is read. Starting one takes a tenth of a second. The other side is `adapters.subprocess_child`.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

# Seconds between a process's answer and its end.
_GRACE = 2.0

# The child finds our code where this process found it, without its environment, which holds the secret keys.
_START = "import sys, importlib; sys.path[:] = sys.argv[1].split('\\n'); importlib.import_module(sys.argv[2]).main()"


class ProcessFailed(Exception):
    """The process gave no whole answer: it crashed, or took too long or too much. `reason` is fit for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SubprocessPool:
    """Runs `main` of a module of ours in a process for each question, `at_once` side by side; further ones wait.

    `longest_answer` in bytes: a process gone mad must not fill our memory through its answer.
    """

    def __init__(self, module: str, *, at_once: int, longest_answer: int) -> None:
        self._module = module
        self._turns = asyncio.Semaphore(at_once)
        self._longest_answer = longest_answer

    async def ask(self, content: bytes, seconds: float, *task: str) -> tuple[str, bytes]:
        """The process's word and what came with it. `task` is seen by whoever lists processes, `content` is not.

        Raises `ProcessFailed`.
        """
        async with self._turns:
            process = await _start(self._module, task)
            answered = False
            try:
                async with asyncio.timeout(seconds):
                    answer = await self._exchange(process, content)
                answered = True
            except TimeoutError:
                raise ProcessFailed(f"no answer within {seconds:g} s") from None
            finally:
                # Also when whoever asked went away, or this program ends: nothing goes on working for nobody.
                await asyncio.shield(_ended(process, at_once=not answered))
        word, newline, came = answer.partition(b"\n")
        if not newline or len(answer) > self._longest_answer:
            raise ProcessFailed(f"it ended with status {process.returncode} and no whole answer")
        return word.decode("ascii", "replace"), came

    async def _exchange(self, process: Process, content: bytes) -> bytes:
        """Send the content and take the answer; whatever came until the process died."""
        assert process.stdin and process.stdout  # noqa: S101, PT018  both are pipes
        with suppress(ConnectionError):
            process.stdin.write(content)
            await process.stdin.drain()
        process.stdin.close()
        answer = bytearray()
        while len(answer) <= self._longest_answer and (chunk := await process.stdout.read(1 << 18)):
            answer += chunk
        return bytes(answer)


def framed(parts: Sequence[bytes]) -> bytes:
    """Several pieces as one, to be taken apart by `unframed`."""
    return b"".join(piece for part in parts for piece in (len(part).to_bytes(8, "big"), part))


def unframed(content: bytes) -> list[bytes]:
    """The pieces again."""
    parts, at = [], 0
    while at < len(content):
        end = at + 8 + int.from_bytes(content[at : at + 8], "big")
        parts.append(content[at + 8 : end])
        at = end
    return parts


async def _start(module: str, task: Sequence[str]) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-c",
        _START,
        "\n".join(path or os.getcwd() for path in sys.path),
        module,
        *task,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,
        env={"LANG": "C.UTF-8"},
        close_fds=True,
    )


async def _ended(process: Process, *, at_once: bool) -> None:
    """Wait for its end; kill it first, or when it stays although it has answered."""
    try:
        async with asyncio.timeout(0 if at_once else _GRACE):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
