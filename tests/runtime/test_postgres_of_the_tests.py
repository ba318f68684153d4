"""The PostgreSQL server that tests start ends with the run, however the run ends."""

import os
import subprocess
import time

import pytest

from tests.databases import PostgresServer

pytestmark = pytest.mark.processes

_ENDS_WITHIN = 30


def test_server_and_its_folder_are_gone_after_the_process_it_belongs_to_was_killed() -> None:
    run = subprocess.Popen(["cat"], stdin=subprocess.PIPE)
    server = PostgresServer()
    server.start(until_end_of=run.pid)
    postmaster = int((server.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(postmaster, 0)

    run.kill()
    run.communicate()

    until = time.monotonic() + _ENDS_WITHIN
    while (server.folder.exists() or _runs(postmaster)) and time.monotonic() < until:
        time.sleep(0.1)  # between two looks at a process we don't control; bounded above
    assert not server.folder.exists()
    assert not _runs(postmaster)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
