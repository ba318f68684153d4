"""The demo, as a newcomer meets it: one command, every door open, a clean end, nothing lost between starts."""

import asyncio
import fcntl
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from dev.demo.page import page
from dev.demo.ports import Ports, choose_ports, is_free
from tests.campaign import SOAK

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="watches processes through /proc"),
]


@pytest.fixture(scope="module", autouse=True)
def alone() -> Iterator[None]:
    """Demos side by side would race for the same ports: of the test run's processes one at a time starts any."""
    with (Path(tempfile.gettempdir()) / f"vestibule-demo-tests-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


COMMANDS = {"mail-catcher", "api", "portal", "worker"}
START_SECONDS = 60
END_SECONDS = 10


@dataclass
class Demo:
    """A demo that is up: what it printed, and its parts by command."""

    process: asyncio.subprocess.Process
    printed: str
    parts: dict[str, int]

    def address(self, label: str) -> str:
        found = re.search(rf"^  {label} +(http://\S+)", self.printed, re.MULTILINE)
        assert found, self.printed
        return found[1]

    async def ended(self) -> str:
        """What it printed at its end."""
        async with asyncio.timeout(END_SECONDS):
            rest, _ = await self.process.communicate()
        return rest.decode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Kept from one start to the next, as var/demo is."""
    return tmp_path_factory.mktemp("demo") / "demo"


@asynccontextmanager
async def demo(folder: Path) -> AsyncIterator[Demo]:
    process = await start(folder)
    try:
        printed = await until_open(process)
        yield Demo(process, printed, children(process.pid))
    finally:
        if process.returncode is None:
            process.terminate()
            await process.communicate()


async def start(folder: Path) -> asyncio.subprocess.Process:
    # Somebody's real deployment, which the demo must not touch.
    environment = os.environ | {"VESTIBULE_DATABASE_URL": "postgres://real@127.0.0.1/real", "VESTIBULE_API_URL": "x"}
    return await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("vestibule"),
        *("demo", "--folder", str(folder)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
        cwd=folder.parent,
    )


async def until_open(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    printed = ""
    async with asyncio.timeout(START_SECONDS):
        while "End: Ctrl-C" not in printed:
            line = await process.stdout.readline()
            assert line, printed
            printed += line.decode()
        # The line under the page.
        return printed + (await process.stdout.readline()).decode()


def children(parent: int) -> dict[str, int]:
    """The running processes that `parent` started, by their command."""
    found: dict[str, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            words = (stat.parent / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == parent and b"dev.demo.child" in words:
            found[words[words.index(b"dev.demo.child") + 1].decode()] = int(stat.parent.name)
    return found


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(END_SECONDS):
        while not holds():  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.05)


def is_gone(pid: int) -> bool:
    try:
        return "Z" in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True


async def ends_cleanly(running: Demo, number: signal.Signals) -> None:
    running.process.send_signal(number)
    last_words = await running.ended()

    assert running.process.returncode == 0
    assert last_words == "Ended. What the demo stored is kept; make demo-reset forgets it.\n"
    assert [command for command, pid in running.parts.items() if not is_gone(pid)] == []


async def every_door_is_open(running: Demo) -> None:
    async with httpx2.AsyncClient(timeout=20) as client:
        assert set(running.parts) == COMMANDS
        home = await client.get(running.address("Patient portal"))
        other = await client.get(running.address("Other practice"))
        desk = await client.get(running.address("Staff screen"))
        api = await client.post(running.address("Staff API"), json={"query": "{__typename}"})
        assert (home.status_code, "Willow Creek Counseling" in home.text) == (200, True)
        assert (other.status_code, "Harbor House Therapy" in other.text) == (200, True)
        assert (desk.status_code, desk.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert api.headers["content-type"].startswith("application/")
        assert api.status_code in {200, 401}

        async with asyncio.timeout(30):
            while "ines.novak@example.com" not in (await client.get(running.address("Letters"))).text:  # noqa: ASYNC110
                await asyncio.sleep(0.1)


@pytest.mark.campaign
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGHUP] if SOAK else [signal.SIGINT])
async def test_every_door_is_open_at_free_ports_until_it_is_ended(end: signal.Signals, folder: Path) -> None:
    usual = choose_ports().ports
    with socket.create_server(("127.0.0.1", usual.api)), socket.create_server(("127.0.0.1", usual.smtp)):
        async with demo(folder) as running:
            assert f"Port {usual.api} is taken: the API uses " in running.printed or usual.api != 8000
            assert not running.address("Staff API").startswith(f"http://127.0.0.1:{usual.api}/")
            await every_door_is_open(running)
            await ends_cleanly(running, end)


@pytest.mark.campaign
@pytest.mark.parametrize("command", sorted(COMMANDS) if SOAK else ["api"])
async def test_a_part_that_dies_ends_all_with_a_clear_line(command: str, folder: Path) -> None:
    async with demo(folder) as running:
        os.kill(running.parts[command], signal.SIGKILL)
        last_words = await running.ended()

    name = {"api": "API", "mail-catcher": "mail catcher"}.get(command, command)
    assert running.process.returncode == 1
    assert last_words.startswith(f"vestibule: the {name} ended by itself (exit -9), so all ended. Log: ")
    assert len(last_words.splitlines()) == 1
    assert [part for part, pid in running.parts.items() if not is_gone(pid)] == []


async def test_a_second_start_keeps_the_data_and_killed_without_warning_leaves_nothing_running(folder: Path) -> None:
    async with demo(folder) as first:
        await ends_cleanly(first, signal.SIGTERM)
    async with demo(folder) as running:
        assert "contacts" not in running.printed.split("Starting")[0]
        assert "One password for everybody:  willow creek demo 2026" in running.printed
        beside = await start(folder)
        said, _ = await beside.communicate()
        assert beside.returncode == 1
        assert said.decode().startswith("vestibule: a demo runs already in ")

        running.process.kill()
        await running.process.wait()
        await eventually(lambda: all(is_gone(pid) for pid in running.parts.values()))


def test_free_ports_are_taken_as_they_come() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        assert not is_free(port)
        choice = choose_ports(Ports(api=port, portal=port + 1, smtp=port + 2, letters=port + 3))

    assert choice.ports.api > port + 3
    assert len(set(vars(choice.ports).values())) == 4
    assert choice.notes[0] == f"Port {port} is taken: the API uses {choice.ports.api} instead."


def test_the_page_says_what_each_sign_in_may() -> None:
    lines = page(Ports(65532, 65533, 65534, 65535), Path("var/demo")).splitlines()
    may = {words[0]: words[1:] for line in lines if len(words := line.split()) > 1}
    assert may["front.desk@willow-creek.example"] == ["MANAGE_CONTACTS,", "VIEW_CONTACTS,", "WEB_PORTAL"]
    assert may["admin@willow-creek.example"] == ["every", "permission"]


def test_the_page_fits_a_terminal() -> None:
    lines = page(Ports(65532, 65533, 65534, 65535), Path("var/demo")).splitlines()
    assert max(len(line) for line in lines) <= 80
    assert len(lines) <= 30
    assert not re.search(r"[^\x20-\x7e]", "".join(lines))
