"""The servers and the worker as scripts see them: they answer, count, say that a port is taken, and end on TERM."""

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

import pytest

from tests import preloaded
from tests.factories.metrics import metric
from tests.ports import free_port
from tests.runtime.test_cli import Program, refused
from tests.runtime.test_cli import migrated as migrated
from tests.runtime.test_cli import program as program

pytestmark = pytest.mark.processes

Server = subprocess.Popen[str] | preloaded.StartedProgram


@pytest.mark.parametrize("face", ["api", "portal"])
def test_a_server_says_that_its_port_is_taken(face: str, migrated: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused(migrated.run(face, "--port", port), port, "--port")


def answers_and_counts(face: str, port: int, server: Server) -> None:
    """Whichever process is asked knows what all of them counted."""
    answer = answered(f"http://127.0.0.1:{port}/healthz?token=secret-word", server)
    for _ in range(5):
        body_of(f"http://127.0.0.1:{port}/readyz", server)
    ready = {"operation": "readyz" if face == "portal" else "/readyz", "result": "ok"}
    counted_within(5, lambda: body_of(f"http://127.0.0.1:{port}/metrics", server), ready)
    assert answer.status == 200
    assert answer.headers.get("server") is None


@pytest.mark.parametrize("face", ["api", "portal"])
def test_a_server_of_one_process_answers_and_ends_on_term(face: str, migrated: Program) -> None:
    port, log = free_port(), migrated.folder / "log"
    server = migrated.start_forked(log, face, "--port", str(port), "--workers", "1")
    try:
        answers_and_counts(face, port, server)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)

    said = log.read_text()
    assert "Traceback" not in said
    assert "secret-word" not in said


def said_by_two_processes(face: str, program: Program, *, end_within: int) -> str:
    """All output of the installed command, which answers, counts and ends. Seconds are given to its end."""
    port = free_port()
    server = program.start(face, "--port", str(port), "--workers", "2")
    try:
        answers_and_counts(face, port, server)
    finally:
        server.send_signal(signal.SIGTERM)
        output, _ = server.communicate(timeout=end_within)
    assert "Traceback" not in output
    assert "secret-word" not in output
    return output


def test_a_server_of_two_processes_answers_and_ends_on_term(migrated: Program) -> None:
    """The API. The portal's two start slowly, below."""
    said_by_two_processes("api", migrated, end_within=10)


# Run by Python itself when it starts. It holds up only what `--workers` starts, longer than Uvicorn's own limit of 5 s.
SLOW_START = """
import sys, time
if "--multiprocessing-fork" in sys.orig_argv:
    print("a slow start", flush=True)
    time.sleep(6)
"""


def test_processes_that_start_slowly_are_not_ended_meanwhile_and_answer(migrated: Program) -> None:
    (migrated.folder / "sitecustomize.py").write_text(SLOW_START)
    migrated.environment["PYTHONPATH"] = str(migrated.folder)
    output = said_by_two_processes("portal", migrated, end_within=20)

    assert output.count("a slow start") == 2
    assert output.count("died") == 0


def test_a_worker_answers_and_ends_on_term(migrated: Program) -> None:
    port = free_port()
    migrated.environment["VESTIBULE_WORKER_LISTEN"] = f"127.0.0.1:{port}"
    worker = migrated.start("worker")
    assert worker.stdout is not None
    first_line, second_line = worker.stdout.readline(), worker.stdout.readline()
    alive = body_of(f"http://127.0.0.1:{port}/healthz", worker)
    text = body_of(f"http://127.0.0.1:{port}/metrics", worker)
    worker.send_signal(signal.SIGTERM)
    rest, _ = worker.communicate(timeout=10)

    assert "pdf_box." in first_line
    assert "worker.no_mail_server" in second_line
    assert worker.returncode == 0
    assert "worker.stopped" in rest
    assert json.loads(alive) == {"stuck": []}
    assert metric(text, "vestibule_worker_round_age_seconds", loop="seals") < 60
    assert metric(text, "vestibule_letters_total", result="sent") == 0
    assert metric(text, "vestibule_part_ok", part="mail") == 0


def test_a_worker_says_that_its_port_is_taken(migrated: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        migrated.environment["VESTIBULE_WORKER_LISTEN"] = f"127.0.0.1:{taken.getsockname()[1]}"
        refused(migrated.run("worker"), "VESTIBULE_WORKER_LISTEN")


def counted_within(times: int, ask: Callable[[], str], labels: dict[str, str]) -> None:
    """A request is counted just after its answer has left."""
    deadline = time.monotonic() + 5
    while metric(ask(), "vestibule_request_seconds_count", **labels) != times:
        assert time.monotonic() < deadline, ask()
        time.sleep(0.05)


def answered(address: str, server: Server) -> Any:
    """The first answer of a server that is starting."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return urlopen(address, timeout=5)
        except OSError:
            assert server.poll() is None, server.communicate()[0] if isinstance(server, subprocess.Popen) else ""
            assert time.monotonic() < deadline
            time.sleep(0.05)


def body_of(address: str, server: Server) -> str:
    with answered(address, server) as answer:
        return str(answer.read().decode())
