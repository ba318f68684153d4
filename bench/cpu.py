"""Processor time of processes, from Linux's `/proc`: unlike the clock it says little of what else the machine does."""

import os
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def of_process(pid: int) -> float:
    """Milliseconds that a process has taken so far, with its children that have ended."""
    fields = _fields(pid)
    return sum(int(value) for value in fields[11:15]) * _TICK_MS


def of_family(pid: int) -> float:
    """The same of a process and of those that it has started and that still run."""
    return of_process(pid) + sum(of_process(child) for child in _children(pid))


def of_postgres(database_url: str) -> float:
    """Milliseconds of all processes of the server that the bench started; 0 for any other database."""
    [folder] = parse_qs(urlsplit(database_url).query).get("host", [""])
    pid_file = Path(folder) / "data" / "postmaster.pid"
    if not folder or not pid_file.exists():
        return 0.0
    server = int(pid_file.read_text().split("\n")[0])
    return of_process(server) + sum(of_process(pid) for pid in _children(server))


def _children(parent: int) -> list[int]:
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
    return [pid for pid in pids if _parent(pid) == parent]


def _parent(pid: int) -> int:
    try:
        return int(_fields(pid)[1])
    except OSError:  # it ended meanwhile
        return 0


def _fields(pid: int) -> list[str]:
    """What `/proc/PID/stat` has behind the name of the program: state, parent, and so on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
