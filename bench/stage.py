"""Where a measurement plays: an empty database of either kind, and real processes that end when this one does."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import IO, Any, Protocol, TypeVar

from adapters.secrets import new_key
from runtime.database import migrate
from runtime.made_keys import load_or_create_signing_key
from tests.databases import PostgresServer
from tests.ports import HOST as HOST
from tests.ports import free_port

T = TypeVar("T")

ROOT = Path(__file__).parents[1]
KINDS = ("sqlite", "postgres")
GIVEN_POSTGRES = "VESTIBULE_BENCH_POSTGRES_URL"

# The product's own programs: `dev.demo.child` ends when the process that holds its standard input ends.
VESTIBULE = ("-m", "dev.demo.child")

# On a machine that others keep busy, too.
_START_SECONDS = 600
_END_SECONDS = 15


class ProcessFailed(Exception):
    """A process of the bench ended, or never answered. Carries the end of what it wrote."""


@asynccontextmanager
async def migrated_database(kind: str, folder: Path) -> AsyncIterator[str]:
    """The URL of a migrated database. A PostgreSQL database named by the caller must be empty."""
    if kind == "sqlite":
        url = f"sqlite://{folder / 'vestibule.sqlite3'}"
        await migrate(url)
        yield url
        return
    given = os.environ.get(GIVEN_POSTGRES)
    if given:
        await migrate(given)
        yield given
        return
    server = PostgresServer()
    try:
        server.start()
        await server.run("CREATE DATABASE vestibule")
        url = server.url("vestibule")
        await migrate(url)
        yield url
    finally:
        server.stop()


def run_until_term(program: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run`, but TERM cancels the program, so that all it started ends too."""

    async def guarded() -> T:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await program

    try:
        return asyncio.run(guarded())
    except asyncio.CancelledError:
        sys.exit(128 + signal.SIGTERM)


class Running(Protocol):
    """A process that was started: `asyncio.subprocess.Process`, or one like it."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    def kill(self) -> None: ...

    def terminate(self) -> None: ...

    async def wait(self) -> int: ...


@dataclass(frozen=True)
class Deployment:
    """The settings that all processes of one measurement share."""

    database_url: str
    folder: Path
    api_port: int = field(default_factory=free_port)
    portal_port: int = field(default_factory=free_port)
    smtp_port: int | None = None
    secret_key: str = field(default_factory=new_key, repr=False)
    # Whose word about a client's address counts: a run whose clients stand for people at many places names itself.
    trusted_proxies: str = ""
    # How its processes are started.
    child: type["Child"] = field(default_factory=lambda: Child)

    @property
    def signing_key(self) -> Path:
        """The file with the key seals are made with."""
        return load_or_create_signing_key(self.folder)

    @property
    def environment(self) -> dict[str, str]:
        """As in production, so that nothing of development is measured."""
        ours = {
            "ENVIRONMENT": "production",
            "DATABASE_URL": self.database_url,
            "FILES_URL": f"file://{self.folder}/files",
            "API_URL": f"http://{HOST}:{self.api_port}",
            "PORTAL_URL": "http://portal.example",
            "SMTP_URL": f"smtp://{HOST}:{self.smtp_port}" if self.smtp_port else "",
            "SECRET_KEYS": self.secret_key,
            "SIGNING_PKCS12": str(self.signing_key),
            "TRUSTED_PROXIES": self.trusted_proxies,
        }
        others = {name: value for name, value in os.environ.items() if not name.startswith("VESTIBULE_")}
        return others | {f"VESTIBULE_{name}": value for name, value in ours.items()} | {"PYTHONPATH": str(ROOT)}

    def api(self) -> "Child":
        arguments = (*VESTIBULE, "api", "--host", HOST, "--port", str(self.api_port))
        return self.child("api", arguments, self.environment, self.folder, self.api_port)

    def portal(self) -> "Child":
        arguments = (*VESTIBULE, "portal", "--host", HOST, "--port", str(self.portal_port))
        return self.child("portal", arguments, self.environment, self.folder, self.portal_port)

    def worker(self, name: str = "worker") -> "Child":
        return self.child(name, (*VESTIBULE, "worker"), self.environment, self.folder)


class Child:
    """A Python process. Its standard input stays open as long as this process lives, its output goes to a file."""

    def __init__(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, port: int | None = None
    ) -> None:
        self.name = name
        self._arguments = arguments
        self._environment = dict(environment)
        self._log = folder / f"{name}.log"
        self._port = port
        self._process: Running | None = None

    async def start(self) -> None:
        """Returns once the process listens on its port, if it has one."""
        with self._log.open("ab") as log:
            self._process = await self._launched(self._arguments, self._environment, log)
        await self._listening(self._process)

    async def _launched(self, arguments: Sequence[str], environment: Mapping[str, str], log: IO[bytes]) -> Running:
        return await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log, cwd=ROOT, env=environment
        )

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ProcessFailed(f"{self.name} is not running")
        return self._process.pid

    async def kill(self) -> int | None:
        """End it as a power cut does: SIGKILL. Its exit code, or None if it did not run."""
        return await self._end(at_once=True)

    async def stop(self) -> None:
        """Ask it to end, and make it end if it does not."""
        await self._end(at_once=False)

    async def _end(self, *, at_once: bool) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        with contextlib.suppress(ProcessLookupError):
            process.kill() if at_once else process.terminate()
        try:
            await asyncio.wait_for(process.wait(), _END_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
        if isinstance(process, asyncio.subprocess.Process) and process.stdin is not None:
            process.stdin.close()
        return process.returncode

    async def _listening(self, process: Running) -> None:
        until = monotonic() + _START_SECONDS
        while self._port is not None:
            if process.returncode is not None or monotonic() > until:
                raise ProcessFailed(f"{self.name} did not start: {self.said()}")
            try:
                _, writer = await asyncio.open_connection(HOST, self._port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            return

    def said(self) -> str:
        """The end of its output."""
        return self._output()[-2000:]

    def errors(self) -> str:
        """The last of its log lines that tell of an error, whole: a defect's has the traceback."""
        lines = [line for line in self._output().splitlines() if '"level":"error"' in line.replace(" ", "")]
        return "\n".join(lines[-3:])

    def _output(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""


@asynccontextmanager
async def running(*children: Child) -> AsyncIterator[None]:
    """The processes, started one after another, and always ended."""
    try:
        for child in children:
            await child.start()
        yield
    finally:
        await asyncio.gather(*(child.stop() for child in children))


@asynccontextmanager
async def scratch_folder() -> AsyncIterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="vestibule-bench-") as folder:
        yield Path(folder)
