"""Sealing, checking and comparing in processes that stay, for measurements that need a thousand sealed files.

It is the product's own code with the product's own steps. Only the single-use process and its box are left out, which
take most of the time for a small file; a bench reads nobody else's files.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context

from adapters.pdf_reading import child as reading
from adapters.pdf_reading.reader import ProcessPdfReader
from adapters.sealing import PyhankoSealer, SigningKeyFile
from adapters.sealing import child as sealing
from adapters.subprocess_pool import SubprocessPool
from bench.practice import services_of
from bench.stage import Deployment
from clinic.values.ports import Services

PROCESSES = 2

Answer = Callable[[bytes, list[str]], tuple[str, bytes]]


class _Staying(SubprocessPool):
    """Answers what the single-use process would, in one of the processes that stay."""

    def __init__(self, answer: Answer, processes: ProcessPoolExecutor) -> None:
        self._answer = answer
        self._processes = processes

    async def ask(self, content: bytes, seconds: float, *task: str) -> tuple[str, bytes]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._processes, self._answer, content, list(task))


class _WarmSealer(PyhankoSealer):
    def __init__(self, key: SigningKeyFile, processes: ProcessPoolExecutor) -> None:
        super().__init__(key)
        self._sealing = self._checking = _Staying(sealing.answer, processes)


class _WarmReader(ProcessPdfReader):
    def __init__(self, processes: ProcessPoolExecutor) -> None:
        super().__init__()
        self._processes = _Staying(reading.answer, processes)


@contextmanager
def warm_services(deployment: Deployment) -> Iterator[Services]:
    """The deployment's services, but that sealer and reader start no process for each file."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        sealer = _WarmSealer(SigningKeyFile(deployment.signing_key), processes)
        yield replace(services_of(deployment), sealer=sealer, reader=_WarmReader(processes))
