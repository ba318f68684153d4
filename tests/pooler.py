"""Debian's PgBouncer in transaction mode before the PostgreSQL of the tests."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.databases import PostgresServer
from tests.ports import HOST, free_port

_PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
_STARTS_WITHIN = 20.0
_CONFIGURATION = """
[databases]
* = host={folder} user=vestibule
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 200
logfile = {log}
pidfile = {folder}/pgbouncer-{port}.pid
"""


class Pooler:
    """A running PgBouncer. It shares few connections to the server among all of its clients."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, database: str, options: str = "statement_cache_size=0") -> str:
        """The database's address through the pooler."""
        return f"postgres://vestibule@{HOST}:{self.port}/{database}?{options}"


def require_pgbouncer() -> str:
    """Its path. Without it the test is skipped. `.ci/run` installs it, and says so where it can't."""
    if _PROGRAM is None:
        pytest.skip("pgbouncer is not installed (apt-get install pgbouncer)")
    return _PROGRAM


@contextmanager
def pgbouncer(server: PostgresServer, *, connections: int = 2) -> Iterator[Pooler]:
    """A pooler with so many connections to each database of the server, until the block ends."""
    program = require_pgbouncer()
    port = free_port()
    configuration = server.folder / f"pgbouncer-{port}.ini"
    log = server.folder / f"pgbouncer-{port}.log"
    configuration.write_text(
        _CONFIGURATION.format(folder=server.folder, host=HOST, port=port, connections=connections, log=log)
    )
    # PgBouncer refuses to run as root, as PostgreSQL does.
    user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
    started = subprocess.Popen(
        [program, "--quiet", str(configuration)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=user,
    )
    try:
        _wait_until_it_answers(started, port, log)
        yield Pooler(port)
    finally:
        started.terminate()
        started.wait(10)


def _wait_until_it_answers(started: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while True:
        try:
            socket.create_connection((HOST, port), timeout=2).close()
        except OSError as problem:
            if started.poll() is not None or time.monotonic() > until:
                said = log.read_text() if log.exists() else ""
                raise AssertionError(f"pgbouncer does not answer: {said}") from problem
            time.sleep(0.05)  # between two looks at a process we don't control; bounded above
        else:
            return
