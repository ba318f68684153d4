"""Processes untrusted files in new processes that have limited time, limited memory and no secrets.

A process that crashes or hangs affects no other request, and no data of one document remains when the next is read.
Where the system allows it, they are forked from a process that has the libraries loaded (`adapters.forking`).
`adapters.subprocess_child` is the code that runs in the child process.
"""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from contextlib import suppress

from adapters.forking import ENVIRONMENT, ForkedProcess, ServerGone, is_possible, server_for, starter_arguments

# Seconds a process may take to exit after its answer.
_EXIT_TIMEOUT = 2.0


class ProcessFailed(Exception):
    """The process gave no complete answer: it crashed or exceeded a limit. `reason` may be logged."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SubprocessPool:
    """Runs a module's `main` in a new process for each request. Up to `max_concurrent` run at once; others wait.

    `max_answer_bytes` protects this process's memory from an oversized answer.
    """

    def __init__(self, module: str, *, max_concurrent: int, max_answer_bytes: int, forked: bool = True) -> None:
        """Where not `forked`, each is a new Python: for what is asked once, a server would be kept for nothing."""
        self._module = module
        self._forked = forked and is_possible()
        self._slots = asyncio.Semaphore(max_concurrent)
        self._max_answer_bytes = max_answer_bytes

    async def ask(self, content: bytes, seconds: float, *task: str) -> tuple[str, bytes]:
        """The status word and the content of the answer. Raises `ProcessFailed`.

        `task` is visible in the list of processes, so it must not be secret. `content` is sent through a pipe.
        """
        async with self._slots:
            process: Process | ForkedProcess | None = None
            answered = False
            try:
                async with asyncio.timeout(seconds):
                    process = await self._start(task)
                    answer = await self._exchange(process, content)
                answered = True
            except TimeoutError:
                raise ProcessFailed(f"no answer within {seconds:g} s") from None
            finally:
                # Also after a cancellation, so that no process keeps running without a caller.
                if process is not None:
                    await asyncio.shield(_end_process(process, kill=not answered))
        word, newline, came = answer.partition(b"\n")
        if not newline or len(answer) > self._max_answer_bytes:
            raise ProcessFailed(f"it ended with status {process.returncode} and no whole answer")
        return word.decode("ascii", "replace"), came

    async def _start(self, task: Sequence[str]) -> Process | ForkedProcess:
        if self._forked:
            with suppress(ServerGone):
                return await server_for(self._module).start(task)
        command = [*starter_arguments(self._module), *task]
        return await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=ENVIRONMENT, close_fds=True
        )

    async def _exchange(self, process: Process | ForkedProcess, content: bytes) -> bytes:
        """Send the content and read the answer, which is incomplete if the process crashed."""
        assert process.stdin and process.stdout  # noqa: S101, PT018  both are pipes
        answer = bytearray()
        # uvloop raises RuntimeError where the process has ended before.
        with suppress(ConnectionError, RuntimeError):
            process.stdin.write(content)
            await process.stdin.drain()
            process.stdin.write_eof()
        with suppress(ConnectionError):
            while len(answer) <= self._max_answer_bytes and (chunk := await process.stdout.read(1 << 18)):
                answer += chunk
        return bytes(answer)


async def _end_process(process: Process | ForkedProcess, *, kill: bool) -> None:
    """Kill the process, at once or if it does not exit within `_EXIT_TIMEOUT`, and wait for its end."""
    try:
        async with asyncio.timeout(0 if kill else _EXIT_TIMEOUT):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
