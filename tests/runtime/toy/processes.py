"""Several Python processes that start their work at the same moment."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

ROOT = Path(__file__).parents[3]


async def start(module: str, *arguments: str, python_path: Path = ROOT) -> Process:
    """The process, once it said that it is ready."""
    command = [sys.executable, "-m", module, *arguments]
    environment = os.environ | {"PYTHONPATH": str(python_path)}
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=ROOT, env=environment
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def run_together(count: int, module: str, *arguments: str) -> list[str]:
    """What each printed after its start; fails with the error output of one that failed."""
    processes = await asyncio.gather(*(start(module, *arguments) for _ in range(count)))
    answers = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    for process, (_, errors) in zip(processes, answers, strict=True):
        assert process.returncode == 0, errors.decode()
    return [output.decode().strip() for output, _ in answers]
