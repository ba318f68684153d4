"""A process of the bench that is forked from one with our libraries loaded: a kill test starts five."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from bench.stage import ROOT, VESTIBULE, Child, Running
from tests import preloaded


class ForkedChild(Child):
    """Started in a tenth of the processor time."""

    async def _launched(self, arguments: Sequence[str], environment: Mapping[str, str], log: IO[bytes]) -> Running:
        return _Forked(await asyncio.to_thread(_forked, arguments[len(VESTIBULE) :], environment, log))


def _forked(command: Sequence[str], environment: Mapping[str, str], log: IO[bytes]) -> preloaded.StartedProgram:
    with Path(os.devnull).open("rb") as nothing:
        return preloaded.start(command, environment, (nothing.fileno(), log.fileno(), log.fileno()), ROOT)


class _Forked:
    def __init__(self, started: preloaded.StartedProgram) -> None:
        self._started = started
        self.pid = started.pid

    @property
    def returncode(self) -> int | None:
        return self._started.poll()

    def kill(self) -> None:
        self._started.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self._started.send_signal(signal.SIGTERM)

    async def wait(self) -> int:
        while (code := self._started.poll()) is None:  # noqa: ASYNC110 - another process can't set an event
            await asyncio.sleep(0.01)
        return code
